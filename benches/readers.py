#!/usr/bin/env python3
"""Each reader alone beside the two together: how many of the words on labelled documents they find, and in what time.

A folder holds documents and `labels.jsonl`, a line for each with `file`, and either `text` (all that stands on it) or
`fields` (some of it). A word is found if it was read anywhere on the document; letters and digits count, case and accents
do not. Dates are left out, since labels give them in another form than the print. With --fields the labels are also given
to `vouch evaluate`, whose field F1 is printed.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections import Counter, defaultdict
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VOUCH = ROOT / "target/release/vouch"
READERS = ["tesseract", "neural", "both"]
A_DATE = re.compile(r"\d{4}-\d\d-\d\d|\d{8}")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folders", nargs="+", type=Path)
    options.add_argument("--fields", action="store_true", help="also print the field F1")
    options = options.parse_args()
    if not VOUCH.exists():
        sys.exit("build it first: cargo build --release")
    print(f"{'folder':12} {'reader':10} {'tier':8} {'words':>7} {'found':>7} {'recall':>7} {'seconds':>8} {'field F1':>9}")
    for folder in options.folders:
        labels = [json.loads(line) for line in (folder / "labels.jsonl").read_text().splitlines()]
        for reader in READERS:
            show(folder, reader, *measure(folder, labels, reader), field_f1(folder, reader) if options.fields else None)


def measure(folder: Path, labels: list[dict], reader: str) -> tuple[dict, float]:
    """Words wanted and found by tier, and the seconds that reading took."""
    with tempfile.TemporaryDirectory() as scratch:
        data, submissions = Path(scratch) / "data", Path(scratch) / "all.jsonl"
        submissions.write_text("".join(json.dumps(submission(folder, number, label)) + "\n" for number, label in enumerate(labels)))
        command = [str(VOUCH), "--data", str(data), "--readers", reader]
        subprocess.run([*command, "submit", "--submissions", str(submissions)], check=True, stdout=subprocess.DEVNULL)
        start = time.monotonic()
        subprocess.run([*command, "work", "--until-empty"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        seconds = time.monotonic() - start
        readings = {}
        for path in data.glob("store/readings/*/*.json"):
            reading = json.loads(path.read_text())
            readings[reading["document"].removeprefix("sha256:")] = reading
    tiers = defaultdict(lambda: [0, 0])
    for label in labels:
        reading = readings.get(sha256((folder / label["file"]).read_bytes()).hexdigest(), {"pages": []})
        pages = reading["pages"]
        wanted, read = wanted_words(label), Counter()
        for page in pages:
            for word in (page.get("text") or {}).get("words", []):
                read.update(words(word[0]))
        counts = tiers[pages[0]["capture"] if pages else "unread"]
        counts[0] += wanted.total()
        counts[1] += (wanted & read).total()
    return tiers, seconds


def wanted_words(label: dict) -> Counter:
    if "text" in label:
        return Counter(words(label["text"]))
    values = [value for value in label.get("fields", {}).values() if isinstance(value, str)]
    return Counter(word for value in values if not A_DATE.fullmatch(value) for word in words(value))


def words(text: str) -> list[str]:
    """Runs of letters and digits; amounts lose the commas between their thousands, as labels write them."""
    plain = "".join(sign for sign in unicodedata.normalize("NFD", text) if not unicodedata.combining(sign))
    return re.findall(r"[A-Z0-9]+", re.sub(r"(?<=\d),(?=\d{3})", "", plain.upper()))


def submission(folder: Path, number: int, label: dict) -> dict:
    return {
        "schema": "vouch/submission/1",
        "submission_id": f"{folder.name}-{number}",
        "case_id": "bench",
        "program": "medi-cal",
        "proof_of": "income",
        "received_date": "2026-11-02",
        "files": [str((folder / label["file"]).resolve())],
        "applicant": {"first_name": "Ines", "last_name": "Okafor"},
    }


def field_f1(folder: Path, reader: str) -> str:
    run = subprocess.run([str(VOUCH), "evaluate", "--readers", reader, str(folder)], check=True, capture_output=True, text=True)
    found = re.search(r"field F1: (\S+)", run.stdout)
    return found.group(1) if found else "-"


def show(folder: Path, reader: str, tiers: dict, seconds: float, f1: str | None) -> None:
    rows = [*sorted(tiers.items()), ("all", [sum(counts[at] for counts in tiers.values()) for at in (0, 1)])]
    for tier, (wanted, found) in rows:
        last = f"{seconds:8.1f} {f1 or '':>9}" if tier == "all" else ""
        print(f"{folder.name:12} {reader:10} {tier:8} {wanted:7} {found:7} {found / max(wanted, 1):7.3f} {last}", flush=True)


if __name__ == "__main__":
    main()
