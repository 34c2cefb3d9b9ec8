#!/usr/bin/env python3
"""Barcodes read by vouch and by zxing-cpp, on the same pictures in the same run.

The folder holds pictures and `labels.jsonl`, a line for each: `{"file": ..., "format": "PDF417", "text": ...}`. A format
of null says that nothing must be found; a text of null that there is a code, but not what stands in it. Run
`scripts/setup bench` first, which installs zxing-cpp into .venv.
"""

import argparse
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from shared import BUILT, PYTHON, ROOT, found_on, json_lines, labelled, output

# The formats that vouch reads; MicroPDF417 is a format of its own.
FORMATS = {"PDF417", "QRCode"}


@dataclass
class Side:
    """What one reader made of the pictures."""

    right: set = field(default_factory=set)
    missed: list = field(default_factory=list)
    wrong: list = field(default_factory=list)

    def judge(self, label: dict, texts: list[str]) -> None:
        file, wanted = label["file"], label["text"]
        if label["format"] not in FORMATS:
            self.wrong += [f"{file}: {text[:40]!r}" for text in texts if text != wanted]
        elif wanted in texts or (wanted is None and texts):
            self.right.add(file)
        elif texts:
            self.wrong.append(f"{file}: {[text[:40] for text in texts]}")
        else:
            self.missed.append(file)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path)
    options = options.parse_args()
    try:
        import zxingcpp  # noqa: F401
    except ImportError:
        if not PYTHON.exists() or Path(sys.executable) == PYTHON:
            sys.exit("install zxing-cpp first: scripts/setup bench")
        os.execv(PYTHON, [str(PYTHON), *sys.argv])
    subprocess.run(["cargo", "build", "--quiet", "--release", "-p", "ocr", "--example", "read"], cwd=ROOT, check=True)
    labels, files = labelled(options.folder)
    ours, theirs = Side(), Side()
    for label, file, read in zip(labels, files, by_vouch(files), strict=True):
        ours.judge(label, read)
        theirs.judge(label, by_zxing(file))
    asked = sum(label["format"] in FORMATS for label in labels)
    print(f"{len(labels)} pictures, {asked} with a code of {' or '.join(sorted(FORMATS))}")
    for name, side in ("vouch", ours), ("zxing-cpp", theirs):
        print(f"{name:10} read {len(side.right):3} of {asked}, {len(side.wrong)} wrong or where nothing must be found")
        for line in side.missed:
            print(f"  missed {line}")
        for line in side.wrong:
            print(f"  wrong  {line}")
    behind = theirs.right - ours.right
    print(f"read by zxing-cpp and not by vouch: {len(behind)} {sorted(behind) or ''}")
    sys.exit(1 if behind or ours.wrong else 0)


def by_vouch(files: list[Path]) -> list[list[str]]:
    readings = json_lines(output([BUILT / "examples/read", *files]))
    return [[code["text"] for code in found_on(reading["pages"], "barcodes")] for reading in readings]


def by_zxing(file: Path) -> list[str]:
    import zxingcpp
    from PIL import Image

    wanted = [zxingcpp.BarcodeFormat.PDF417, zxingcpp.BarcodeFormat.QRCode]
    with Image.open(file) as picture:
        on_paper = Image.new("RGBA", picture.size, "white")
        on_paper.alpha_composite(picture.convert("RGBA"))
    found = zxingcpp.read_barcodes(on_paper.convert("L"), formats=wanted)
    # Its text spells control characters out; the payload is in the bytes. MicroPDF417 counts as a PDF417 to it.
    return [code.bytes.decode("latin-1") for code in found if "Micro" not in str(code.format)]


if __name__ == "__main__":
    main()
