#!/usr/bin/env python3
"""From upload to published verdict, one document at a time, with a warm `vouch work`; beside one call of the tool that would
read that document alone: tesseract for scanned pages, pdftotext for printed PDFs.

The documents are drawn by the fixtures' generator and each is new to vouch, so that nothing is remembered. The time of vouch
includes its `submit`, a program of its own; the second ratio is without it, from the message in the queue on. tesseract has both processors to itself too, with one thread, as it is fastest.
"""

import argparse
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from shared import ENVIRONMENT, VOUCH, drawn, labelled, need_vouch, quietly, timed, written_submissions

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
    worker = subprocess.Popen([VOUCH, "--data", data, "work"], env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        verdict_on(warm, data)
        # In turn, so that what else the machine does meets both.
        pairs = [(verdict_on(file, data), timed(lambda: quietly(alone(file)))[1]) for file in measured]
    finally:
        worker.terminate()
        worker.wait()
    whole = statistics.median(whole for (whole, _), _ in pairs)
    queued = statistics.median(queued for (_, queued), _ in pairs)
    theirs = statistics.median(theirs for _, theirs in pairs)
    print(
        f"{kind:<13} {len(pairs):>3} documents: vouch {whole * 1000:.0f} ms, from the queue on {queued * 1000:.0f} ms, "
        f"{name} {theirs * 1000:.0f} ms: {whole / theirs:.2f} x, {queued / theirs:.2f} x (medians)"
    )


def verdict_on(file: Path, data: Path) -> tuple[float, float]:
    """The seconds until a verdict on a document that is handed in now, and those of them after it was handed in."""
    submissions = written_submissions([file], data.with_name("one.jsonl"))
    submissions.write_text(submissions.read_text().replace("bench-0", file.stem))
    before, start = verdicts(data), time.monotonic()
    quietly([VOUCH, "--data", data, "submit", "--submissions", submissions])
    queued = time.monotonic()
    while verdicts(data) == before:
        if time.monotonic() - start > PATIENCE:
            raise TimeoutError(f"no verdict on {file}")
        time.sleep(0.002)
    return time.monotonic() - start, time.monotonic() - queued


def verdicts(data: Path) -> int:
    return sum(not path.name.endswith(".timings.json") for path in data.glob("store/verdicts/*/*.json"))


if __name__ == "__main__":
    main()
