#!/usr/bin/env python3
"""Documents per second and word recall on a mixed set, beside tesseract, OCRmyPDF and Kreuzberg, all in the same run.

The set is drawn by the fixtures' generator: printed PDFs, scans, faxes and photos. Every side gets both processors and
the files as they are: tesseract, which takes no PDF, gets pages drawn by pdftoppm, two files at a time; OCRmyPDF gets one
PDF of all pages and two jobs, and leaves out pages that have text; Kreuzberg gets all files in one call. Recall counts
the words of the labelled fields. A peer that .venv cannot import is left out, and that is said; `scripts/setup bench`
installs them.
"""

import argparse
import json
import statistics
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from shared import (
    PYTHON, count_words, drawn, installed, labelled, need_vouch, output, quietly, show_stages, text_on, timed,
    two_at_a_time, work,
)


@dataclass
class Answer:
    """What one side read of each document, in how many seconds, and what these went into if it says so."""

    texts: list[str]
    seconds: float
    stages: dict[str, float] = field(default_factory=dict)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--set", type=Path, help="a folder of documents with labels.jsonl [default: 100, drawn]")
    options.add_argument("--rounds", type=int, default=1)
    options = options.parse_args()
    need_vouch()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.set or drawn(Path(scratch) / "set", "--set", "--count", "100", "--seed", "77")
        labels, files = labelled(folder)
        sides = {"vouch": by_vouch, "tesseract": by_tesseract}
        if installed("ocrmypdf"):
            sides["OCRmyPDF"] = by_ocrmypdf
        if installed("kreuzberg"):
            sides["Kreuzberg"] = by_kreuzberg
        seconds = {side: [] for side in sides}
        for number in range(options.rounds):
            for side, read in sides.items():
                room = Path(scratch) / f"{side}-{number}"
                room.mkdir()
                answer = read(files, room)
                seconds[side].append(answer.seconds)
                if number == 0:
                    show(side, labels, answer)
        for side in list(sides)[1:]:
            ratios = [theirs / ours for theirs, ours in zip(seconds[side], seconds["vouch"])]
            print(f"vouch is {statistics.median(ratios):.2f} x {side} (median of {options.rounds})")


def by_vouch(files: list[Path], _: Path) -> Answer:
    worked = work(files)
    return Answer([text_on(pages) for pages in worked.pages], worked.seconds, worked.stages)


def by_tesseract(files: list[Path], room: Path) -> Answer:
    def read(number: int) -> str:
        file, pages = files[number], [files[number]]
        if file.suffix == ".pdf":
            quietly(["pdftoppm", "-r", "300", "-gray", "-png", file, room / f"{number}"])
            pages = sorted(room.glob(f"{number}-*.png"))
        return " ".join(output(["tesseract", page, "-"]) for page in pages)

    return Answer(*timed(lambda: two_at_a_time(read, range(len(files)))))


def by_ocrmypdf(files: list[Path], room: Path) -> Answer:
    """The PDF of all pages is made beforehand, and that is not counted."""
    joined, made = room / "all.pdf", room / "made.pdf"
    counts = json.loads(output([PYTHON, "-c", JOIN, joined, *files]))
    command = [PYTHON, "-m", "ocrmypdf", "--skip-text", "--jobs", "2", "--output-type", "pdf", "-O0", "--quiet"]
    texts, spent = timed(lambda: (quietly([*command, joined, made]), output(["pdftotext", made, "-"]))[1])
    pages = iter(texts.split("\f"))
    return Answer([" ".join(next(pages, "") for _ in range(count)) for count in counts], spent)


JOIN = """
import io, json, sys, img2pdf, pikepdf
joined, counts = pikepdf.new(), []
for file in sys.argv[2:]:
    data = file if file.endswith(".pdf") else io.BytesIO(img2pdf.convert(file, rotation=img2pdf.Rotation.ifvalid))
    with pikepdf.open(data) as one:
        joined.pages.extend(one.pages)
        counts.append(len(one.pages))
joined.save(sys.argv[1])
print(json.dumps(counts))
"""


def by_kreuzberg(files: list[Path], _: Path) -> Answer:
    texts, spent = timed(lambda: output([PYTHON, "-c", KREUZBERG, *files]))
    return Answer(json.loads(texts), spent)


KREUZBERG = """
import json, sys
from kreuzberg import ExtractionConfig, OcrConfig, batch_extract_files_sync
config = ExtractionConfig(ocr=OcrConfig(backend="tesseract", language="eng"), use_cache=False, max_concurrent_extractions=2)
print(json.dumps([result.content for result in batch_extract_files_sync(sys.argv[1:], config=config)]))
"""


def show(side: str, labels: list[dict], answer: Answer) -> None:
    wanted, found = count_words(labels, answer.texts, [label["capture"] for label in labels])
    tiers = "  ".join(f"{tier} {found[tier] / max(wanted[tier], 1):.3f}" for tier in sorted(wanted))
    speed = f"{answer.seconds:6.1f} s  {len(labels) / answer.seconds:5.2f} documents/s"
    print(f"{side:10} {speed}  recall {found.total() / wanted.total():.3f}  ({tiers})", flush=True)
    if answer.stages:
        show_stages(answer.stages, len(labels))


if __name__ == "__main__":
    main()
