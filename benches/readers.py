#!/usr/bin/env python3
"""Each reader alone beside the two together: how many of the words on labelled documents they find, and in what time.

A folder holds documents and `labels.jsonl`, a line for each with `file`, and either `text` (all that stands on it) or
`fields` (some of it). A word is found if it was read anywhere on the document; letters and digits count, case and accents
do not. Dates are left out, since labels give them in another form than the print. With --fields the labels are also given
to `vouch evaluate`, whose field F1 is printed.
"""

import argparse
import re
from collections import Counter
from pathlib import Path

from shared import VOUCH, count_words, labelled, need_vouch, output, text_on, work

READERS = ["tesseract", "neural", "both"]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("folders", nargs="+", type=Path)
    options.add_argument("--fields", action="store_true", help="also print the field F1")
    options = options.parse_args()
    need_vouch()
    print(f"{'folder':12} {'reader':10} {'tier':8} {'words':>7} {'found':>7} {'recall':>7} {'seconds':>8} {'field F1':>9}")
    for folder in options.folders:
        for reader in READERS:
            show(folder, reader, *measure(folder, reader), field_f1(folder, reader) if options.fields else None)


def measure(folder: Path, reader: str) -> tuple[Counter, Counter, float]:
    """Words wanted and found by tier, and the seconds that reading took."""
    labels, files = labelled(folder)
    worked = work(files, "--readers", reader)
    texts = [text_on(pages) for pages in worked.pages]
    tiers = [pages[0]["capture"] if pages else "unread" for pages in worked.pages]
    return *count_words(labels, texts, tiers), worked.seconds


def field_f1(folder: Path, reader: str) -> str:
    found = re.search(r"field F1: (\S+)", output([VOUCH, "evaluate", "--readers", reader, folder]))
    return found.group(1) if found else "-"


def show(folder: Path, reader: str, wanted: Counter, found: Counter, seconds: float, f1: str | None) -> None:
    rows = [(tier, wanted[tier], found[tier]) for tier in sorted(wanted)]
    for tier, total, read in [*rows, ("all", wanted.total(), found.total())]:
        last = f"{seconds:8.1f} {f1 or '':>9}" if tier == "all" else ""
        print(f"{folder.name:12} {reader:10} {tier:8} {total:7} {read:7} {read / max(total, 1):7.3f} {last}", flush=True)


if __name__ == "__main__":
    main()
