#!/usr/bin/env python3
"""A burst of messages on documents that were read before: how many a second, how old they get, whether memory stays flat;
beside the emulator's own rate of receiving and deleting and nothing else.

    benches/burst.py SET [--messages 10000]
"""

import argparse
import json
import os
import sys
import tempfile
import time
import urllib.request
from hashlib import sha256
from pathlib import Path

from remote import Cloud, Crew, announced, cloud, submissions_of

LISTEN = "127.0.0.1:19090"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("set", type=Path)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--workers", default="2", help="how many documents the one worker judges at once")
    options = parser.parse_args()
    with cloud() as services, tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "submissions.jsonl"
        submissions = submissions_of(options.set, path)
        bare = bare_rate(services, 1000)
        services.submit(path)
        environment = services.environment() | {"VOUCH_WORKERS": options.workers}
        crew = Crew(1, environment, Path(scratch) / "log", "--listen", LISTEN)
        crew.tend()
        while services.depth("submissions"):
            time.sleep(1)
        services.take_all("verdicts")
        known = len(services.verdicts())
        send(services, submissions, options.messages)
        begun, rows = time.monotonic(), []
        while True:
            left = services.depth("submissions")
            rows.append((time.monotonic() - begun, options.messages - left, memory(crew.workers[0].pid)))
            if left == 0:
                break
            time.sleep(5)
        seconds = time.monotonic() - begun
        ages = metrics("vouch_message_age_seconds_bucket")
        crew.stop()
        told = announced(services.take_all("verdicts"))
        verdicts = len(services.verdicts()) - known
        print(f"{options.messages} messages on {len(submissions)} documents, one worker, {options.workers} at once")
        print("  seconds     done  MiB, all processes")
        for at in range(0, len(rows), max(1, len(rows) // 12)):
            print("  {:7.0f} {:8d} {:8.0f}".format(*rows[at]))
        print(f"{options.messages / seconds:.1f} a second; the emulator alone receives and deletes {bare:.0f} a second")
        print(f"verdicts: {verdicts}; announced: {len(told)}")
        half = [row[2] for row in rows[len(rows) // 4 :]]
        print(f"memory from a quarter of the way on: {min(half):.0f} to {max(half):.0f} MiB")
        print("messages by age when received, in seconds: " + ", ".join(f"<= {edge}: {n:.0f}" for edge, n in ages))
        return 0 if verdicts == len(told) == options.messages else 1


def bare_rate(services: Cloud, count: int) -> float:
    """Receives and deletes so many small messages, one after the other, as a worker does with nothing else to do."""
    url = services.urls["backlog"]
    batches = [[{"Id": str(at), "MessageBody": "{}"} for at in range(10)]] * (count // 10)
    for batch in batches:
        services.call("SendMessageBatch", QueueUrl=url, Entries=batch)
    begun = time.monotonic()
    assert len(services.take_all("backlog")) == count
    return count / (time.monotonic() - begun)


def send(services: Cloud, submissions: list[dict], count: int) -> None:
    """Sends submissions with ids of their own on documents that lie in the store already."""
    entries = []
    for number in range(count):
        submission = dict(submissions[number % len(submissions)], submission_id=f"burst-{number}")
        digests = [sha256(Path(name).read_bytes()).hexdigest() for name in submission["files"]]
        submission["files"] = [f"documents/{digest}" for digest in digests]
        entries.append({"Id": str(number % 10), "MessageBody": json.dumps(submission)})
    for at in range(0, count, 10):
        services.call("SendMessageBatch", QueueUrl=services.urls["submissions"], Entries=entries[at : at + 10])


def memory(pid: int) -> float:
    """Of a process and its children, in MiB; what they share is counted once."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    tasks = [child for task in os.listdir(f"/proc/{pid}/task")
             for child in Path(f"/proc/{pid}/task/{task}/children").read_text().split()]
    kilobytes = 0
    for process in {str(pid), *children, *tasks}:
        try:
            rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
        except OSError:
            continue
        kilobytes += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return kilobytes / 1024


def metrics(name: str) -> list[tuple[str, float]]:
    """A histogram's buckets: the edge, and how many lie below it."""
    with urllib.request.urlopen(f"http://{LISTEN}/metrics", timeout=10) as answer:
        lines = [line for line in answer.read().decode().splitlines() if line.startswith(name) and 'lane="live"' in line]
    return [(line.split('le="')[1].split('"')[0], float(line.rsplit(" ", 1)[1])) for line in lines]


if __name__ == "__main__":
    sys.exit(main())
