#!/usr/bin/env python3
"""From upload to published verdict, one document at a time, with a warm `vouch work`; beside one call of the tool that would
read that document alone: tesseract for scanned pages, pdftotext for printed PDFs.

The documents are drawn by the fixtures' generator and each is new to vouch, so that nothing is remembered. They are handed
in as a service would, to a `vouch submit` that waits for more; the tools are started for each document, as they have to be.
tesseract has both processors to itself too, with one thread, as it is fastest.
"""

import argparse
import json
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from shared import ENVIRONMENT, VOUCH, drawn, labelled, need_vouch, quietly, submission, timed

# How long a verdict may take, in seconds.
PATIENCE = 120


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--scans", type=Path, help="a folder of PNG pages [default: drawn]")
    options.add_argument("--printed", type=Path, help="a folder of PDFs [default: drawn]")
    options.add_argument("--count", type=int, default=15, help="documents of each kind")
    options = options.parse_args()
    need_vouch()
    with tempfile.TemporaryDirectory() as scratch:
        room = Path(scratch)
        scans = sorted((options.scans or drawn(room / "scans", "--bench")).glob("*.png"))[: options.count]
        printed = sorted(options.printed.glob("*.pdf"))[: options.count] if options.printed else printed_pdfs(room, options.count)
        compare("scanned page", scans, lambda page: ["tesseract", page, "-"], "tesseract", room / "a")
        compare("printed PDF", printed, lambda document: ["pdftotext", document, "-"], "pdftotext", room / "b")


def printed_pdfs(room: Path, count: int) -> list[Path]:
    labels, files = labelled(drawn(room / "set", "--set", "--count", str(count * 8), "--seed", "81"))
    return [file for label, file in zip(labels, files) if label["capture"] == "pdf"][:count]


def compare(kind: str, files: list[Path], alone, name: str, data: Path) -> None:
    warm, *measured = files
    worker, desk = running(data, "work"), running(data, "submit", "--submissions", "-")
    try:
        verdict_on(warm, data, desk)
        # In turn, so that what else the machine does meets both.
        pairs = [(verdict_on(file, data, desk), timed(lambda: quietly(alone(file)))[1]) for file in measured]
    finally:
        for program in desk, worker:
            program.terminate()
            program.wait()
    ours, theirs = (statistics.median(seconds) for seconds in zip(*pairs, strict=True))
    print(
        f"{kind:<13} {len(pairs):>3} documents: vouch {ours * 1000:.0f} ms, {name} {theirs * 1000:.0f} ms: "
        f"{ours / theirs:.2f} x (medians)"
    )


def running(data: Path, *command: str) -> subprocess.Popen:
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen([VOUCH, "--data", data, *command], env=ENVIRONMENT, stdin=subprocess.PIPE, text=True, **quiet)


def verdict_on(file: Path, data: Path, desk: subprocess.Popen) -> float:
    """The seconds from handing a document in to the verdict on it."""
    line = json.dumps({**submission(0, file), "submission_id": file.stem}) + "\n"
    before, start = verdicts(data), time.monotonic()
    desk.stdin.write(line)
    desk.stdin.flush()
    while verdicts(data) == before:
        if time.monotonic() - start > PATIENCE:
            raise TimeoutError(f"no verdict on {file}")
        time.sleep(0.001)
    return time.monotonic() - start


def verdicts(data: Path) -> int:
    return sum(not path.name.endswith(".timings.json") for path in data.glob("store/verdicts/*/*.json"))


if __name__ == "__main__":
    main()
