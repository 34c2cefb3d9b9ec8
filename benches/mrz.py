#!/usr/bin/env python3
"""Machine readable zones read exactly, beside fastmrz and PassportEye, on the same pictures in the same run.

The folder holds pictures and `labels.jsonl`, a line for each with `file` and `mrz`, the lines as they stand on the paper.
A zone counts if every character of every line is right. A peer that is not in .venv is left out, and that is said:
PassportEye is not installed with the others, since what it stands on does not go with what OCRmyPDF stands on.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from hashlib import sha256
from pathlib import Path

from readers import ROOT, VOUCH, submission

PYTHON = ROOT / ".venv/bin/python"
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
    if not VOUCH.exists():
        sys.exit("build it first: cargo build --release")
    labels = [json.loads(line) for line in (folder / "labels.jsonl").read_text().splitlines()]
    files = [folder / label["file"] for label in labels]
    start = time.monotonic()
    show("vouch", labels, by_vouch(folder, labels), time.monotonic() - start)
    for peer, program in PEERS.items():
        if subprocess.run([PYTHON, "-c", f"import {peer}"], stderr=subprocess.DEVNULL).returncode:
            print(f"left out: {peer}, because it is not in .venv")
            continue
        start = time.monotonic()
        # fastmrz wants the same trained data as vouch, PassportEye that of Debian.
        environment = {**os.environ, **({"TESSDATA_PREFIX": str(ROOT / "models")} if peer == "fastmrz" else {})}
        run = subprocess.run([PYTHON, "-c", program, *files], capture_output=True, text=True, env=environment)
        lines = [line.split("|") for line in run.stdout.split("\n")]
        show(peer, labels, lines, time.monotonic() - start)


def by_vouch(folder: Path, labels: list[dict]) -> list[list[str]]:
    with tempfile.TemporaryDirectory() as scratch:
        data, submissions = Path(scratch) / "data", Path(scratch) / "all.jsonl"
        submissions.write_text("".join(json.dumps(submission(folder, number, label)) + "\n" for number, label in enumerate(labels)))
        command = [str(VOUCH), "--data", str(data)]
        subprocess.run([*command, "submit", "--submissions", str(submissions)], check=True, stdout=subprocess.DEVNULL)
        subprocess.run([*command, "work", "--until-empty"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        zones = {}
        for path in data.glob("store/readings/*/*.json"):
            reading = json.loads(path.read_text())
            lines = [line["text"] for page in reading["pages"] for line in (page.get("text") or {}).get("mrz", [])]
            zones[reading["document"].removeprefix("sha256:")] = lines
    return [zones.get(sha256((folder / label["file"]).read_bytes()).hexdigest(), []) for label in labels]


def show(reader: str, labels: list[dict], zones: list[list[str]], seconds: float) -> None:
    missed = [label["file"] for label, lines in zip(labels, zones) if lines != label["mrz"]]
    print(f"{reader:12} {len(labels) - len(missed)} of {len(labels)} exact in {seconds:.1f} s; missed: {', '.join(missed) or 'none'}", flush=True)


if __name__ == "__main__":
    main()
