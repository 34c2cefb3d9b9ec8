#!/usr/bin/env python3
"""Gives `vouch verify` every file of a folder, and counts what became of them.

Each file must come to a verdict or a clear error within its limits: no panic of the supervisor, no hang, no more memory than
allowed. What kills a reading process is counted under `upload/unsafe`: such a process says nothing when it dies.
"""

import argparse
import collections
import subprocess
import sys
import tempfile
from pathlib import Path

from shared import VOUCH, json_lines, need_vouch, timed, with_peak, written_submissions


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folder", type=Path)
    options.add_argument("--most-mib", type=int, default=1024, help="the most memory allowed for all processes together, in MiB")
    options = options.parse_args()
    need_vouch()
    files = sorted(path for path in options.folder.iterdir() if path.is_file() and path.name != "labels.jsonl")
    with tempfile.TemporaryDirectory() as scratch:
        submissions = written_submissions(files, Path(scratch) / "all.jsonl")
        command = [VOUCH, "verify", "--submissions", submissions, "--json"]
        (run, peak), seconds = timed(lambda: with_peak(command))
    report(files, run, seconds, peak, options.most_mib)


def report(files: list[Path], run: subprocess.CompletedProcess, seconds: float, peak: int, most_mib: int) -> None:
    lines = json_lines(run.stdout)
    outcomes = collections.Counter()
    for line in lines:
        faults = [finding["rule"] for finding in line.get("findings", []) if finding["rule"].startswith("upload/")]
        outcomes["error" if "error" in line else f"{line['disposition']:9} {faults[0] if faults else 'read'}"] += 1
    for outcome, count in sorted(outcomes.items()):
        print(f"{count:5}  {outcome}")
    verified = sum(count for outcome, count in outcomes.items() if outcome.startswith("verified"))
    panics = run.stderr.count("panicked")
    print(f"files: {len(files)}, answers: {len(lines)}, verified: {verified}, panics: {panics}, status: {run.returncode}")
    print(f"time: {seconds:.0f} s, peak memory: {peak} MiB")
    if len(lines) != len(files) or verified or run.returncode not in (0, 3) or peak > most_mib:
        sys.exit("not as it should be")


if __name__ == "__main__":
    main()
