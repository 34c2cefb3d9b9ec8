#!/usr/bin/env python3
"""How many altered or contradictory documents are doubted, and how many honest ones: by kind.

    fixtures/generator/generate.py --doubt DIR --count 20
    benches/doubt.py DIR [--honest FOLDER ...]

The first part judges each file by itself. The second sends stubs one after the other to a queue of its own, for the same
and for other cases. `--honest` counts doubts about documents that nobody altered: a folder with `submissions.jsonl`, or any
folder of documents. `--skip-files` and `--skip-sightings` leave out a part.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from pathlib import Path

from shared import VOUCH, need_vouch, quietly

SUFFIXES = {".pdf", ".jpg", ".jpeg", ".png", ".tif", ".tiff", ".heic", ".webp"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--honest", type=Path, nargs="*", default=[])
    parser.add_argument("--pdf-only", action="store_true", help="of --honest, only PDFs")
    parser.add_argument("--skip-files", action="store_true", help="leave the first part out")
    parser.add_argument("--skip-sightings", action="store_true", help="leave the second part out")
    options = parser.parse_args()
    need_vouch()
    if not options.skip_files:
        cases = lines(options.folder / "cases.jsonl")
        tell(cases, by_id(judged(options.folder / "submissions.jsonl")))
    if not options.skip_sightings:
        print()
        tell(lines(options.folder / "sighted.jsonl"), by_id(worked(options.folder / "sightings.jsonl")))
    for folder in options.honest:
        print()
        honest(folder, options.pdf_only)


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def by_id(verdicts: list[dict]) -> dict[str, dict]:
    return {verdict["submission_id"]: verdict for verdict in verdicts if "submission_id" in verdict}


def judged(submissions: Path) -> list[dict]:
    """The verdict on each submission by itself."""
    run = subprocess.run([VOUCH, "verify", "--json", "--submissions", submissions], stdout=subprocess.PIPE, check=False)
    return [json.loads(line) for line in run.stdout.splitlines()]


def worked(submissions: Path) -> list[dict]:
    """The verdicts on submissions that were sent one after the other."""
    verdicts = []
    with tempfile.TemporaryDirectory() as scratch:
        data = Path(scratch) / "data"
        for line in submissions.read_text().splitlines():
            one = submissions.parent / ".one.jsonl"
            one.write_text(line + "\n")
            subprocess.run([VOUCH, "--data", data, "submit", "--submissions", one], check=True, stdout=subprocess.DEVNULL)
        one.unlink()
        # One at a time, so that who comes first is who was sent first.
        quietly([VOUCH, "--data", data, "work", "--until-empty", "--workers", "1"])
        for path in data.rglob("verdicts/*/*.json"):
            if not path.name.endswith(".timings.json"):
                verdicts.append(json.loads(path.read_text()))
    return verdicts


# Checks by which a document contradicts itself or what cannot be otherwise.
CHECKS = {"ssn-possible", "ein-possible", "stub-number-hidden", "paid-after-period", "within-wage-base", "issued-before-received",
          "barcode-names-applicant", "barcode-birth-date-matches", "barcode-address-matches"}


def doubts(verdict: dict) -> list[dict]:
    """What is open about the file, and what does not hold within a document."""
    types = {document["type"] for document in verdict["documents"]}

    def is_doubt(finding: dict) -> bool:
        group, name = finding["rule"].split("/")
        return group == "doubt" or finding["outcome"] == "fail" and (group in types or name in CHECKS)

    return [finding for finding in verdict["findings"] if is_doubt(finding)]


def tell(cases: list[dict], verdicts: dict[str, dict]) -> None:
    """A line for each kind: how many were doubted as they should be, and how many were not."""
    kinds = defaultdict(Counter)
    seen, first = defaultdict(Counter), {}
    for case in cases:
        verdict = verdicts.get(case["id"])
        if verdict is None:
            kinds[case["kind"]]["no verdict"] += 1
            continue
        found = {finding["rule"].removeprefix("doubt/") for finding in doubts(verdict)}
        wanted = set(case["doubts"])
        good = bool(found & wanted) if wanted else not found
        kinds[case["kind"]]["right" if good else "wrong"] += 1
        kinds[case["kind"]]["verified"] += verdict["disposition"] == "verified"
        kinds[case["kind"]]["altered"] = bool(wanted)
        seen[case["kind"]].update(found)
        for finding in doubts(verdict):
            first.setdefault(case["kind"], finding["reason"])
    for altered, title in ((True, "altered or contradictory"), (False, "honest")):
        print(f"{title:<42} {'doubted' if altered else 'left alone':>10} {'missed' if altered else 'doubted':>8} {'verified':>9}  by")
        for kind, counts in kinds.items():
            if bool(counts["altered"]) == altered:
                by = ", ".join(f"{name} {count}" for name, count in seen[kind].most_common())
                print(f"  {kind:<40} {counts['right']:>10} {counts['wrong']:>8} {counts['verified']:>9}  {by}")
                if altered or counts["wrong"]:
                    print(f"      {first.get(kind, '')}")


def honest(folder: Path, pdf_only: bool) -> None:
    """Doubts about documents that nobody altered."""
    submissions = folder / "submissions.jsonl"
    with tempfile.TemporaryDirectory() as scratch:
        if submissions.exists():
            wanted = [line for line in lines(submissions) if not pdf_only or any(file.endswith(".pdf") for file in line["files"])]
        else:
            found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and (not pdf_only or path.suffix.lower() == ".pdf"))
            wanted = [{"schema": "vouch/submission/1", "submission_id": f"f{number}", "case_id": f"c{number}", "program": "medi-cal", "proof_of": "income",
                       "received_date": "2026-11-02", "files": [str(path)], "applicant": {"first_name": "Nobody", "last_name": "Atall"}} for number, path in enumerate(found)]
        for line in wanted:
            line["files"] = [str(folder / file) for file in line["files"]]
        many = Path(scratch) / "all.jsonl"
        many.write_text("".join(json.dumps(line) + "\n" for line in wanted))
        verdicts = by_id(judged(many))
    rules, doubted = Counter(), 0
    for line in wanted:
        found = doubts(verdicts.get(line["submission_id"], {"findings": []}))
        doubted += bool(found)
        rules.update(finding["rule"] for finding in found)
        for finding in found:
            print(f"  {line['files'][0]}: {finding['rule']}: {finding['reason']}")
    dispositions = Counter(verdict["disposition"] for verdict in verdicts.values())
    print(f"{folder}: {len(wanted)} honest submissions, {len(verdicts)} verdicts ({dict(dispositions)}), {doubted} doubted {dict(rules)}")


if __name__ == "__main__":
    sys.exit(main())
