"""What the benches share: `vouch` run on documents, other programs beside it, labels, and words counted.

What is measured, and with what it is compared, is left to each bench.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Where cargo puts what it builds; `CARGO_TARGET_DIR` may be relative to the workspace.
BUILT = ROOT / os.environ.get("CARGO_TARGET_DIR", "target") / "release"
VOUCH = BUILT / "vouch"
PYTHON = ROOT / ".venv/bin/python"
# Each side's own processes share the processors between them; their libraries need not.
ENVIRONMENT = {**os.environ, "OMP_THREAD_LIMIT": "1"}
# The steps of `vouch work`, and those of its reader that no other way of reading could do without.
STAGES = ["fetch", "decode", "prepare", "quality", "find", "transcribe", "reread", "zone", "barcode", "judge", "publish"]
RECOGNITION = ["find", "transcribe", "reread", "zone"]
A_DATE = re.compile(r"\d{4}-\d\d-\d\d|\d{8}")


@dataclass
class Worked:
    """What `vouch work` made of documents."""

    # The pages of each document as they were read; none where it was not.
    pages: list[list[dict]]
    # How long it worked, start and end of the program included, but not the submitting.
    seconds: float
    # What the workers' time went into, in seconds, from what they noted beside each verdict.
    stages: dict[str, float]


def need_vouch() -> None:
    if not VOUCH.exists():
        sys.exit("build it first: cargo build --release")


def work(files: list[Path], *options: str) -> Worked:
    """Submits each file by itself to a queue of its own making, and works the queue empty."""
    with tempfile.TemporaryDirectory() as scratch:
        data = Path(scratch) / "data"
        submissions = written_submissions(files, Path(scratch) / "all.jsonl")
        command = [VOUCH, "--data", data, *options]
        subprocess.run([*command, "submit", "--submissions", submissions], check=True, stdout=subprocess.DEVNULL)
        _, seconds = timed(lambda: quietly([*command, "work", "--until-empty"]))
        return Worked(pages_read(files, data), seconds, stage_seconds(data))


def written_submissions(files: list[Path], into: Path) -> Path:
    """A submission for each file, on a line of its own."""
    into.write_text("".join(json.dumps(submission(number, file)) + "\n" for number, file in enumerate(files)))
    return into


def submission(number: int, file: Path) -> dict:
    return {
        "schema": "vouch/submission/1",
        "submission_id": f"bench-{number}",
        "case_id": "bench",
        "program": "medi-cal",
        "proof_of": "income",
        "received_date": "2026-11-02",
        "files": [str(file.resolve())],
        "applicant": {"first_name": "Ines", "last_name": "Okafor"},
    }


def pages_read(files: list[Path], data: Path) -> list[list[dict]]:
    readings = [json.loads(path.read_text()) for path in data.glob("store/readings/*/*.json")]
    pages = {reading["document"]: reading["pages"] for reading in readings}
    return [pages.get(f"sha256:{sha256(file.read_bytes()).hexdigest()}", []) for file in files]


def stage_seconds(data: Path) -> dict[str, float]:
    noted = [json.loads(path.read_text()) for path in data.glob("store/verdicts/*/*.timings.json")]
    spent = [{**timings["reader_ms"], **{name.removesuffix("_ms"): ms for name, ms in timings.items()}} for timings in noted]
    return {stage: sum(timings.get(stage, 0) for timings in spent) / 1000 for stage in STAGES}


def show_stages(stages: dict[str, float], documents: int) -> None:
    """Where the workers' time went, and how fast two of them would be if all else cost nothing."""
    whole, recognition = sum(stages.values()), sum(stages[stage] for stage in RECOGNITION)
    for stage, seconds in stages.items():
        print(f"  {stage:10} {1000 * seconds / documents:8.1f} ms each  {100 * seconds / whole:5.1f} %")
    print(
        f"  recognition is {100 * recognition / whole:.1f} % of it; were it all, two processes would do "
        f"{2 * documents / recognition:.2f} a second"
    )


def found_on(pages: list[dict], what: str) -> list:
    """All `words`, lines of a zone (`mrz`) or `barcodes` that were read on the pages."""
    return [one for page in pages for one in (page.get("text") or {}).get(what, [])]


def text_on(pages: list[dict]) -> str:
    return " ".join(word[0] for word in found_on(pages, "words"))


def labelled(folder: Path) -> tuple[list[dict], list[Path]]:
    """The lines of the folder's `labels.jsonl`, and the documents that they label."""
    labels = json_lines((folder / "labels.jsonl").read_text())
    return labels, [folder / label["file"] for label in labels]


def json_lines(text: str) -> list[dict]:
    """Only a line feed ends a line: what else Python takes for an end of line may stand in a JSON string."""
    return [json.loads(line) for line in text.split("\n") if line]


def count_words(labels: list[dict], texts: list[str], tiers: list[str]) -> tuple[Counter, Counter]:
    """How many words the labels want, and how many of these are in the texts, wherever they stand; by tier."""
    wanted, found = Counter(), Counter()
    for label, text, tier in zip(labels, texts, tiers, strict=True):
        by_label = wanted_words(label)
        wanted[tier] += by_label.total()
        found[tier] += (by_label & Counter(words(text))).total()
    return wanted, found


def wanted_words(label: dict) -> Counter:
    """All of the label's `text`, or the values of its `fields` but for dates, which it gives in another form than print."""
    if "text" in label:
        return Counter(words(label["text"]))
    values = [value for value in label.get("fields", {}).values() if isinstance(value, str)]
    return Counter(word for value in values if not A_DATE.fullmatch(value) for word in words(value))


def words(text: str) -> list[str]:
    """Runs of letters and digits; amounts lose the commas between their thousands, as labels write them."""
    plain = "".join(sign for sign in unicodedata.normalize("NFD", text) if not unicodedata.combining(sign))
    return re.findall(r"[A-Z0-9]+", re.sub(r"(?<=\d),(?=\d{3})", "", plain.upper()))


def drawn(folder: Path, kind: str, *options: str) -> Path:
    """The folder, filled by the fixtures' generator with what its option `kind` stands for."""
    generator = [PYTHON, ROOT / "fixtures/generator/generate.py"]
    subprocess.run([*generator, kind, folder, *options], check=True, stdout=subprocess.DEVNULL)
    return folder


def installed(package: str) -> bool:
    """Whether a peer is there to compare with; if not, says why."""
    run = subprocess.run([PYTHON, "-c", f"import {package}"], capture_output=True, text=True)
    if run.returncode != 0:
        print(f"left out: {package}, because .venv cannot import it: {last_line(run.stderr)}")
    return run.returncode == 0


def last_line(text: str) -> str:
    """Of what a program wrote before it failed, the line that says why."""
    return text.rstrip().rpartition("\n")[2]


def quietly(command: list) -> None:
    subprocess.run(command, check=True, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def output(command: list) -> str:
    run = subprocess.run(command, check=True, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return run.stdout


def two_at_a_time(make: Callable, items: Iterable) -> list:
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(make, items))


def with_peak(command: list) -> tuple[subprocess.CompletedProcess, int]:
    """The finished run, and the most memory that the program and all that it started held at one time, in MiB.

    Pages that processes share, such as libraries, are counted for each.
    """
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        running = subprocess.Popen([str(part) for part in command], stdout=out, stderr=errors, env=ENVIRONMENT)
        peak = 0
        while running.poll() is None:
            peak = max(peak, sum(resident_kib(pid) for pid in with_children(running.pid)))
            time.sleep(0.02)
        written = [(file.seek(0), file.read())[1] for file in (out, errors)]
    return subprocess.CompletedProcess(command, running.returncode, *written), peak // 1024


def with_children(pid: int) -> list[int]:
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [one for child in task.read_text().split() for one in with_children(int(child))]
        except OSError:
            pass  # The thread has ended.
    return found


def resident_kib(pid: int) -> int:
    try:
        sizes = re.search(r"^VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    except OSError:
        return 0  # The process has ended.
    return int(sizes.group(1)) if sizes else 0


def timed(make: Callable) -> tuple:
    """What was made, and in how many seconds."""
    start = time.monotonic()
    made = make()
    return made, time.monotonic() - start
