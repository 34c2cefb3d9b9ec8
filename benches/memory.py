#!/usr/bin/env python3
"""The most memory that `vouch work` with two workers holds, all its processes together: over the documents of folders, and
for PDFs of more and more pages, which must not take more for being longer.

The pages of the PDFs are drawn by the fixtures' generator, halved in size and repeated.
"""

import argparse
import tempfile
from pathlib import Path

from PIL import Image

from shared import VOUCH, drawn, need_vouch, quietly, timed, with_peak, written_submissions

SUFFIXES = {".jpg", ".jpeg", ".png", ".tif", ".tiff", ".pdf", ".heic", ".webp", ".gif", ".bmp"}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folders", type=Path, nargs="*", help="documents, in these folders or below them")
    options.add_argument("--pages", type=int, nargs="*", default=[5, 50, 500], help="lengths of PDFs [5 50 500]")
    options = options.parse_args()
    need_vouch()
    with tempfile.TemporaryDirectory() as scratch:
        for folder in options.folders:
            files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
            measure(f"{folder.name}: {len(files)} documents", files, Path(scratch) / folder.name)
        if options.pages:
            scans = sorted(drawn(Path(scratch) / "drawn", "--bench").glob("*.png"))[:5]
        for count in options.pages:
            document = Path(scratch) / f"{count}.pdf"
            first, *others = [Image.open(scans[number % len(scans)]).convert("L").reduce(2) for number in range(count)]
            first.save(document, save_all=True, append_images=others, resolution=150, quality=60)
            measure(f"one PDF of {count} pages", [document], Path(scratch) / str(count))


def measure(what: str, files: list[Path], data: Path) -> None:
    submissions = written_submissions(files, data.with_suffix(".jsonl"))
    quietly([VOUCH, "--data", data, "submit", "--submissions", submissions])
    (run, peak), seconds = timed(lambda: with_peak([VOUCH, "--data", data, "work", "--until-empty", "--workers", "2"]))
    print(f"{what:<40} {peak:>5} MiB  {seconds:>6.0f} s  status {run.returncode}", flush=True)


if __name__ == "__main__":
    main()
