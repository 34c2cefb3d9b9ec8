#!/usr/bin/env python3
"""Machine readable zones read exactly, beside fastmrz and PassportEye, on the same pictures in the same run.

The folder holds pictures and `labels.jsonl`, a line for each with `file` and `mrz`, the lines as they stand on the paper.
A zone counts if every character of every line is right. A peer that .venv cannot import is left out, and that is said:
PassportEye is not installed with the others, since what it stands on does not go with what OCRmyPDF stands on.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from shared import PYTHON, ROOT, found_on, installed, labelled, last_line, need_vouch, timed, work

PEERS = {
    "fastmrz": """
import sys
from fastmrz import FastMRZ
reader = FastMRZ()
for file in sys.argv[1:]:
    try:
        text = reader.get_details(file, include_checkdigit=True).get("mrz_text") or ""
    except Exception:
        text = ""
    print(text.replace("\\n", "|"))
""",
    "passporteye": """
import sys
from passporteye import read_mrz
for file in sys.argv[1:]:
    try:
        zone = read_mrz(file, save_roi=False)
        text = (zone.aux.get("raw_text") or zone.aux.get("text") or "") if zone else ""
    except Exception:
        text = ""
    print("|".join(line.replace(" ", "") for line in text.splitlines() if line.strip()))
""",
}


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path)
    folder = options.parse_args().folder
    need_vouch()
    labels, files = labelled(folder)
    show("vouch", labels, *timed(lambda: by_vouch(files)))
    for peer in PEERS:
        if installed(peer):
            show(peer, labels, *timed(lambda: by_peer(peer, files)))


def by_vouch(files: list[Path]) -> list[list[str]]:
    return [[line["text"] for line in found_on(pages, "mrz")] for pages in work(files).pages]


def by_peer(peer: str, files: list[Path]) -> list[list[str]]:
    # fastmrz wants the same trained data as vouch, PassportEye that of Debian.
    environment = {**os.environ, **({"TESSDATA_PREFIX": str(ROOT / "models")} if peer == "fastmrz" else {})}
    run = subprocess.run([PYTHON, "-c", PEERS[peer], *files], capture_output=True, text=True, env=environment)
    zones = [line.split("|") for line in run.stdout.removesuffix("\n").split("\n")]
    if run.returncode != 0 or len(zones) != len(files):
        sys.exit(f"{peer} gave {len(zones)} answers to {len(files)} pictures: {last_line(run.stderr)}")
    return zones


def show(reader: str, labels: list[dict], zones: list[list[str]], seconds: float) -> None:
    missed = [label["file"] for label, lines in zip(labels, zones, strict=True) if lines != label["mrz"]]
    print(f"{reader:12} {len(labels) - len(missed)} of {len(labels)} exact in {seconds:.1f} s; missed: {', '.join(missed) or 'none'}", flush=True)


if __name__ == "__main__":
    main()
