#!/usr/bin/env python3
"""Pages per second of `vouch work` beside the tesseract command line, on the same pages in the same run.

Both sides get both processors: vouch as it comes, tesseract as two processes with OMP_THREAD_LIMIT=1. The rounds
alternate, and medians are printed, since machines are noisy. The pages are drawn by the fixtures' generator.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VOUCH = ROOT / "target/release/vouch"
ENVIRONMENT = {**os.environ, "OMP_THREAD_LIMIT": "1"}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--pages", type=Path, help="a folder of PNG pages [default: 40 pages, drawn]")
    options.add_argument("--rounds", type=int, default=3)
    options = options.parse_args()
    if not VOUCH.exists():
        sys.exit("build it first: cargo build --release")
    with tempfile.TemporaryDirectory() as scratch:
        pages = sorted((options.pages or drawn(Path(scratch) / "pages")).glob("*.png"))
        rounds = [one_round(pages, Path(scratch)) for _ in range(options.rounds)]
    show(pages, rounds)


def drawn(folder: Path) -> Path:
    generator = [str(ROOT / ".venv/bin/python"), str(ROOT / "fixtures/generator/generate.py")]
    subprocess.run([*generator, "--bench", str(folder)], check=True, stdout=subprocess.DEVNULL)
    return folder


def one_round(pages: list[Path], scratch: Path) -> dict:
    tesseract = timed(["xargs", "-P2", "-I{}", "tesseract", "{}", "-", "tsv"], "\n".join(map(str, pages)))
    data = scratch / "data"
    shutil.rmtree(data, ignore_errors=True)
    submissions = scratch / "pages.jsonl"
    submissions.write_text("".join(json.dumps(submission(page)) + "\n" for page in pages))
    command = [str(VOUCH), "--data", str(data)]
    subprocess.run([*command, "submit", "--submissions", str(submissions)], check=True, stdout=subprocess.DEVNULL)
    vouch = timed([*command, "work", "--until-empty"])
    stages = dict.fromkeys(["fetch", "decode", "recognise", "judge", "publish"], 0.0)
    for noted in data.glob("store/verdicts/*/*.timings.json"):
        timings = json.loads(noted.read_text())
        for stage in stages:
            stages[stage] += timings[f"{stage}_ms"] / 1000
    return {"tesseract": tesseract, "vouch": vouch, "stages": stages}


def submission(page: Path) -> dict:
    return {
        "schema": "vouch/submission/1",
        "submission_id": page.stem,
        "case_id": "bench",
        "program": "medi-cal",
        "proof_of": "income",
        "received_date": "2026-11-02",
        "files": [str(page)],
        "applicant": {"first_name": "Ines", "last_name": "Okafor"},
    }


def timed(command: list[str], given: str = "") -> float:
    start = time.monotonic()
    subprocess.run(
        command, input=given, text=True, check=True, env=ENVIRONMENT,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    return time.monotonic() - start


def show(pages: list[Path], rounds: list[dict]) -> None:
    count = len(pages)
    for number, one in enumerate(rounds, 1):
        print(f"round {number}: tesseract {count / one['tesseract']:.2f} pages/s, vouch {count / one['vouch']:.2f} pages/s")
    ratio = statistics.median(one["tesseract"] / one["vouch"] for one in rounds)
    print(f"pages: {count}; vouch is {ratio:.2f} x tesseract (median of {len(rounds)} rounds)")
    total = {stage: sum(one["stages"][stage] for one in rounds) for stage in rounds[0]["stages"]}
    whole = sum(total.values())
    for stage, seconds in total.items():
        print(f"  {stage:10} {1000 * seconds / count / len(rounds):8.1f} ms a page  {100 * seconds / whole:5.1f} %")
    print(f"not the reader's: {100 * (1 - total['recognise'] / whole):.1f} % of vouch's time")


if __name__ == "__main__":
    main()
