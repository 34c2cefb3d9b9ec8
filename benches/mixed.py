#!/usr/bin/env python3
"""Documents per second and word recall on a mixed set, beside tesseract, OCRmyPDF and Kreuzberg, all in the same run.

The set is drawn by the fixtures' generator: printed PDFs, scans, faxes and photos. Every side gets both processors and
the files as they are: tesseract, which takes no PDF, gets pages drawn by pdftoppm, two files at a time; OCRmyPDF gets one
PDF of all pages and two jobs, and leaves out pages that have text; Kreuzberg gets all files in one call. Recall counts
the words of the labelled fields. Where a peer is not installed it is left out, and that is said.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

from readers import ROOT, VOUCH, submission, wanted_words, words

# Each side's own processes share the processors between them; their libraries need not.
ENVIRONMENT = {**os.environ, "OMP_THREAD_LIMIT": "1"}
PYTHON = ROOT / ".venv/bin/python"
STAGES = ["fetch", "decode", "recognise", "judge", "publish"]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--set", type=Path, help="a folder of documents with labels.jsonl [default: 100, drawn]")
    options.add_argument("--rounds", type=int, default=1)
    options = options.parse_args()
    if not VOUCH.exists():
        sys.exit("build it first: cargo build --release")
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.set or drawn(Path(scratch) / "set")
        labels = [json.loads(line) for line in (folder / "labels.jsonl").read_text().splitlines()]
        files = [folder / label["file"] for label in labels]
        sides = {"vouch": by_vouch, "tesseract": by_tesseract}
        if installed("ocrmypdf"):
            sides["OCRmyPDF"] = by_ocrmypdf
        if installed("kreuzberg"):
            sides["Kreuzberg"] = by_kreuzberg
        seconds = {side: [] for side in sides}
        for number in range(options.rounds):
            for side, read in sides.items():
                work = Path(scratch) / f"{side}-{number}"
                work.mkdir()
                texts, spent = read(files, work)
                seconds[side].append(spent)
                if number == 0:
                    show(side, labels, texts, spent)
                    if side == "vouch":
                        stages(work)
        for side in list(sides)[1:]:
            ratios = [theirs / ours for theirs, ours in zip(seconds[side], seconds["vouch"])]
            print(f"vouch is {statistics.median(ratios):.2f} x {side} (median of {options.rounds})")


def drawn(folder: Path) -> Path:
    generator = [str(PYTHON), str(ROOT / "fixtures/generator/generate.py")]
    subprocess.run([*generator, "--set", str(folder), "--count", "100", "--seed", "77"], check=True, stdout=subprocess.DEVNULL)
    return folder


def installed(package: str) -> bool:
    there = subprocess.run([PYTHON, "-c", f"import {package}"], stderr=subprocess.DEVNULL).returncode == 0
    if not there:
        print(f"left out: {package}, because it is not in .venv (scripts/setup bench)")
    return there


def by_vouch(files: list[Path], work: Path) -> tuple[list[str], float]:
    data, all_files = work / "data", work / "all.jsonl"
    lines = [submission(file.parent, number, {"file": file.name}) for number, file in enumerate(files)]
    all_files.write_text("".join(json.dumps(line) + "\n" for line in lines))
    command = [str(VOUCH), "--data", str(data)]
    subprocess.run([*command, "submit", "--submissions", str(all_files)], check=True, stdout=subprocess.DEVNULL)
    start = time.monotonic()
    quietly([*command, "work", "--until-empty"])
    spent = time.monotonic() - start
    texts = {}
    for path in data.glob("store/readings/*/*.json"):
        reading = json.loads(path.read_text())
        pages = [page.get("text") or {} for page in reading["pages"]]
        texts[reading["document"].removeprefix("sha256:")] = " ".join(word[0] for page in pages for word in page.get("words", []))
    return [texts.get(sha256(file.read_bytes()).hexdigest(), "") for file in files], spent


def by_tesseract(files: list[Path], work: Path) -> tuple[list[str], float]:
    def read(number: int) -> str:
        file, pages = files[number], [files[number]]
        if file.suffix == ".pdf":
            quietly(["pdftoppm", "-r", "300", "-gray", "-png", str(file), str(work / f"{number}")])
            pages = sorted(work.glob(f"{number}-*.png"))
        return " ".join(output(["tesseract", str(page), "-"]) for page in pages)

    return timed(lambda: list(ThreadPoolExecutor(2).map(read, range(len(files)))))


def by_ocrmypdf(files: list[Path], work: Path) -> tuple[list[str], float]:
    """The PDF of all pages is made beforehand, and that is not counted."""
    joined, made = work / "all.pdf", work / "made.pdf"
    counts = json.loads(output([PYTHON, "-c", JOIN, str(joined), *map(str, files)]))
    command = [PYTHON, "-m", "ocrmypdf", "--skip-text", "--jobs", "2", "--output-type", "pdf", "-O0", "--quiet"]
    texts, spent = timed(lambda: (quietly([*map(str, command), str(joined), str(made)]), output(["pdftotext", str(made), "-"]))[1])
    pages = iter(texts.split("\f"))
    return [" ".join(next(pages, "") for _ in range(count)) for count in counts], spent


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


def by_kreuzberg(files: list[Path], work: Path) -> tuple[list[str], float]:
    texts, spent = timed(lambda: output([PYTHON, "-c", KREUZBERG, *map(str, files)]))
    return json.loads(texts), spent


KREUZBERG = """
import json, sys
from kreuzberg import ExtractionConfig, OcrConfig, batch_extract_files_sync
config = ExtractionConfig(ocr=OcrConfig(backend="tesseract", language="eng"), use_cache=False, max_concurrent_extractions=2)
print(json.dumps([result.content for result in batch_extract_files_sync(sys.argv[1:], config=config)]))
"""


def quietly(command: list) -> None:
    subprocess.run(command, check=True, env=ENVIRONMENT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def output(command: list) -> str:
    run = subprocess.run(command, check=True, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return run.stdout


def timed(work) -> tuple:
    start = time.monotonic()
    made = work()
    return made, time.monotonic() - start


def show(side: str, labels: list[dict], texts: list[str], spent: float) -> None:
    found, wanted = Counter(), Counter()
    for label, text in zip(labels, texts):
        words_of = wanted_words(label)
        wanted[label["capture"]] += words_of.total()
        found[label["capture"]] += (words_of & Counter(words(text))).total()
    tiers = "  ".join(f"{tier} {found[tier] / max(wanted[tier], 1):.3f}" for tier in sorted(wanted))
    print(f"{side:10} {spent:6.1f} s  {len(labels) / spent:5.2f} documents/s  recall {found.total() / wanted.total():.3f}  ({tiers})", flush=True)


def stages(work: Path) -> None:
    """What the workers' time went into, from what they noted beside each verdict."""
    total = dict.fromkeys(STAGES, 0.0)
    for noted in work.glob("data/store/verdicts/*/*.timings.json"):
        timings = json.loads(noted.read_text())
        for stage in STAGES:
            total[stage] += timings[f"{stage}_ms"] / 1000
    whole = sum(total.values())
    print("  of its time: " + ", ".join(f"{stage} {100 * spent / whole:.1f} %" for stage, spent in total.items()))


if __name__ == "__main__":
    main()
