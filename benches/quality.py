#!/usr/bin/env python3
"""How many words spoiled pictures still give, and whether vouch says what is wrong with them.

Photos and scans are drawn by the fixtures' generator and spoiled step by step: blurred, darkened, lit by a shine, made
small, cut off, overlaid with a screen's pattern. For each step the table gives the share of the labelled words that were
read, how many of the pictures were called poor for that reason, and how many for another. The first line is the pictures
as they were drawn: what is called poor there is a false alarm. Folders of real documents may follow.
"""

import argparse
import json
import tempfile
from collections import defaultdict
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter, ImageOps

from shared import drawn, labelled, need_vouch, text_on, wanted_words, words, work

# From this severity on a flaw is held against a picture (`flaw_severity` in rules/tables/confidence.yaml).
SEVERE = 0.5
# Strengths are for pictures with a longest side of so many pixels.
SIDE = 1600


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folders", type=Path, nargs="*", help="documents with labels.jsonl, as they are")
    options.add_argument("--count", type=int, default=8, help="how many drawn pictures are spoiled")
    options = options.parse_args()
    need_vouch()
    with tempfile.TemporaryDirectory() as scratch:
        folder = drawn(Path(scratch) / "set", "--set", "--count", "100", "--seed", "78")
        show(*spoiled(folder, Path(scratch), options.count))
    for folder in options.folders:
        labels, files = labelled(folder)
        show([(folder.name, "", label) for label in labels], files)


def spoiled(folder: Path, into: Path, count: int) -> tuple[list, list[Path]]:
    """Each picture as it was drawn and in all spoiled forms: the flaw, how strong, its label; and the files."""
    labels = [label for label in labelled(folder)[0] if label["capture"] in ("photo", "scan")]
    pictures = [label for label in labels if label["file"].endswith((".jpg", ".png")) and label["fields"]]
    made, files = [], []
    for number, label in enumerate(pictures[:: max(1, len(pictures) // count)][:count]):
        picture = ImageOps.exif_transpose(Image.open(folder / label["file"])).convert("L")
        for step, (flaw, strength, poor) in enumerate(forms(picture)):
            files.append(into / f"{number}-{step}.jpg")
            Image.fromarray(np.clip(np.asarray(poor), 0, 255).astype(np.uint8)).save(files[-1], quality=88)
            made.append((flaw, strength, label))
    return made, files


def forms(picture: Image.Image):
    """The picture as it is, then spoiled: the flaw, its strength, the picture."""
    width, height = picture.size
    scale = max(width, height) / SIDE
    levels = np.asarray(picture).astype(np.float32)
    grain = np.random.default_rng(1).normal(0, 3, levels.shape)
    down, across = np.mgrid[0:height, 0:width]
    yield "none", "", picture
    for spread in (1, 2, 3, 4, 6):
        yield "blur", f"{spread} px", picture.filter(ImageFilter.GaussianBlur(spread * scale))
    for light in (0.4, 0.2, 0.1, 0.05):
        yield "dark", f"x {light}", levels * light + grain
    for reach in (0.1, 0.2, 0.35):
        from_centre = ((across / width - 0.5) / reach) ** 2 + ((down / height - 0.45) / reach) ** 2
        yield "glare", f"{reach:.0%}", np.minimum(levels, 235) + 260 * np.exp(-(from_centre**2))
    for side in (800, 560, 400, 290):
        smaller = (max(1, round(width / scale * side / SIDE)), max(1, round(height / scale * side / SIDE)))
        yield "small", f"{side} px", picture.resize(smaller, Image.Resampling.BOX)
    for share in (0.2, 0.4):
        yield "cropped", f"{share:.0%}", levels[:, int(width * share) :]
    for swing in (6, 14, 30):
        pixels = 0.6 * np.sin(across * 1.19 / scale) * np.sin(down * 1.21 / scale)
        beat = np.sin((across * 0.8 + down * 0.6) * 0.27 / scale)
        yield "moire", f"{swing} levels", levels * 0.92 + 8 + swing * (pixels + beat)


def show(made: list, files: list[Path]) -> None:
    wanted, found, called = defaultdict(int), defaultdict(int), defaultdict(list)
    for (flaw, strength, label), pages in zip(made, work(files).pages, strict=True):
        want = wanted_words(label)
        wanted[flaw, strength] += want.total()
        read = defaultdict(int)
        for word in words(text_on(pages)):
            read[word] += 1
        found[flaw, strength] += sum(min(count, read[word]) for word, count in want.items())
        severe = {one["kind"] for page in pages for one in page.get("flaws", []) if one["severity"] >= SEVERE}
        called[flaw, strength].append(severe)
    print(f"{'flaw':<10} {'strength':<10} {'pictures':>8} {'words':>6} {'recall':>7} {'called so':>9} {'otherwise':>9}")
    for (flaw, strength), severe in called.items():
        recall = found[flaw, strength] / max(1, wanted[flaw, strength])
        so = sum(flaw in kinds for kinds in severe)
        otherwise = sum(bool(kinds - {flaw}) for kinds in severe)
        print(
            f"{flaw:<10} {strength:<10} {len(severe):>8} {wanted[flaw, strength]:>6} {recall:>7.3f} {so:>9} {otherwise:>9}"
            f"  {json.dumps(sorted(set().union(*severe) - {flaw})) if otherwise else ''}"
        )


if __name__ == "__main__":
    main()
