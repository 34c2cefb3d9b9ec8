#!/usr/bin/env python3
"""How often words are right that the reader is so and so sure of; with --write, makes rules/calibration.yaml of it.

Two sets of documents are drawn by the fixtures' generator, which knows every word that it prints: curves are fitted on
the first, a curve for each capture, and both sets are judged by them. The table shows, for the second, how many words have
a calibrated confidence in each range, the mean of these confidences, and the share of the words that are right. A word is
right if it stands on the document, without regard to capitals, accents, marks and spaces; words of one or two letters stand
nearly everywhere and are not counted.
"""

import argparse
import bisect
import tempfile
from collections import defaultdict
from pathlib import Path

from shared import ROOT, drawn, found_on, labelled, need_vouch, words, work

RULES = ROOT / "rules/calibration.yaml"
READER = "pp-ocr"
CAPTURES = ["scan", "fax", "photo"]
# Words are gathered in cells with these limits, and each cell with enough of them is a point of the curve.
LIMITS = [0.2, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.94, 0.97, 0.985, 0.995]
FEWEST = 25
SHORTEST = 3
RANGES = [0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 1.0]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--count", type=int, default=120, help="documents in each set")
    options.add_argument("--write", action="store_true", help=f"write {RULES.relative_to(ROOT)}")
    options = options.parse_args()
    need_vouch()
    with tempfile.TemporaryDirectory() as scratch:
        fitting, apart = (read(Path(scratch) / seed, options.count, seed) for seed in ("79", "80"))
    curves = {capture: curve(fitting[capture]) for capture in CAPTURES if fitting[capture]}
    for capture, points in curves.items():
        show(capture, [(at(points, sure), right) for sure, right in apart[capture]])
    if options.write:
        RULES.write_text(as_rules(curves, options.count, {c: len(fitting[c]) for c in curves}))
        print(f"written: {RULES.relative_to(ROOT)}")


def read(folder: Path, count: int, seed: str) -> dict[str, list[tuple[float, bool]]]:
    """For each capture, the reader's confidence in each word, and whether the word is right."""
    labels, files = labelled(drawn(folder, "--set", "--count", str(count), "--seed", seed))
    seen = defaultdict(list)
    for label, pages in zip(labels, work(files).pages, strict=True):
        printed = "".join(words(label["printed"]))
        for text, _, sure, _ in found_on(pages, "words"):
            plain = "".join(words(text))
            if sure is not None and len(plain) >= SHORTEST:
                seen[label["capture"]].append((sure, plain in printed))
    return seen


def curve(seen: list[tuple[float, bool]]) -> list[tuple[float, float]]:
    """Points that rise: confidence, and share of words right about there."""
    cells = defaultdict(list)
    for sure, right in seen:
        cells[bisect.bisect_right(LIMITS, sure)].append((sure, right))
    # Of a cell: the sum of confidences, words right, words; small cells join the next.
    points: list[list[float]] = []
    for _, cell in sorted(cells.items()):
        sums = [sum(sure for sure, _ in cell), sum(right for _, right in cell), len(cell)]
        if points and points[-1][2] < FEWEST:
            sums = [one + two for one, two in zip(points.pop(), sums)]
        points.append(sums)
        # What falls is put together until it rises (pool adjacent violators).
        while len(points) > 1 and share(points[-2]) >= share(points[-1]):
            last = points.pop()
            points[-1] = [one + two for one, two in zip(points[-1], last)]
    curve = [(sums[0] / sums[2], share(sums)) for sums in points]
    return [(0.0, 0.0), *curve, (1.0, curve[-1][1])]


def share(sums: list[float]) -> float:
    """The share of words right, as far as so many words can show it."""
    return sums[1] / (sums[2] + 1)


def at(points: list[tuple[float, float]], sure: float) -> float:
    for (start, low), (end, high) in zip(points, points[1:]):
        if start <= sure <= end:
            return low + (high - low) * (sure - start) / (end - start)
    return points[-1][1]


def show(capture: str, seen: list[tuple[float, bool]]) -> None:
    print(f"{capture:<8} {'confidence':<14} {'words':>6} {'mean':>7} {'right':>7}")
    for start, end in zip(RANGES, RANGES[1:]):
        here = [(sure, right) for sure, right in seen if start <= sure < end or sure == end == 1.0]
        if here:
            mean, right = sum(sure for sure, _ in here) / len(here), sum(right for _, right in here) / len(here)
            print(f"{'':<8} {f'{start:.2f} to {end:.2f}':<14} {len(here):>6} {mean:>7.3f} {right:>7.3f}")


def as_rules(curves: dict, count: int, words_seen: dict) -> str:
    lines = [
        "schema: vouch/calibration/1",
        "description: >",
        "  How often words are right that the reader is so and so sure of. Made by benches/calibrate.py --write from",
        f"  {count} drawn documents; do not change by hand.",
        f"reader: {READER}",
        "curves:",
    ]
    for capture, points in curves.items():
        lines += [f"  # {words_seen[capture]} words", f"  {capture}:"]
        lines += [f"    - [{sure:.4f}, {right:.4f}]" for sure, right in points]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
