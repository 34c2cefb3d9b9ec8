#!/usr/bin/env python3
"""Pages per second of `vouch work` beside the tesseract command line, on the same pages in the same run.

Both sides get both processors: vouch as it comes, tesseract as two processes with OMP_THREAD_LIMIT=1. The rounds
alternate, and medians are printed, since machines are noisy. The pages are drawn by the fixtures' generator.
"""

import argparse
import statistics
import tempfile
from pathlib import Path

from shared import STAGES, drawn, need_vouch, quietly, show_stages, timed, two_at_a_time, work


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--pages", type=Path, help="a folder of PNG pages [default: 40 pages, drawn]")
    options.add_argument("--rounds", type=int, default=3)
    options = options.parse_args()
    need_vouch()
    with tempfile.TemporaryDirectory() as scratch:
        pages = sorted((options.pages or drawn(Path(scratch) / "pages", "--bench")).glob("*.png"))
        rounds = [one_round(pages) for _ in range(options.rounds)]
    show(pages, rounds)


def one_round(pages: list[Path]) -> dict:
    _, tesseract = timed(lambda: two_at_a_time(by_tesseract, pages))
    worked = work(pages)
    return {"tesseract": tesseract, "vouch": worked.seconds, "stages": worked.stages}


def by_tesseract(page: Path) -> None:
    quietly(["tesseract", page, "-", "tsv"])


def show(pages: list[Path], rounds: list[dict]) -> None:
    count = len(pages)
    for number, one in enumerate(rounds, 1):
        print(f"round {number}: tesseract {count / one['tesseract']:.2f} pages/s, vouch {count / one['vouch']:.2f} pages/s")
    ratio = statistics.median(one["tesseract"] / one["vouch"] for one in rounds)
    print(f"pages: {count}; vouch is {ratio:.2f} x tesseract (median of {len(rounds)} rounds)")
    show_stages({stage: sum(one["stages"][stage] for one in rounds) for stage in STAGES}, count * len(rounds))


if __name__ == "__main__":
    main()
