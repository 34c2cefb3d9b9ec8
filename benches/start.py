#!/usr/bin/env python3
"""How long from the start of a worker to its first verdict, and from SIGTERM to its end in the middle of its work; whether
anything is lost by it.

    benches/start.py SET [--rounds 7]

SET is a folder as `generate.py --set` writes it.
"""

import argparse
import json
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

from remote import VOUCH, Cloud, cloud

GRACE = 25


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("set", type=Path)
    parser.add_argument("--rounds", type=int, default=7, help="of each kind of document")
    parser.add_argument("--most", type=float, default=3.0, help="seconds that a first verdict may take")
    options = parser.parse_args()
    holds = True
    with cloud() as services:
        services.submit(options.set / "submissions.jsonl")
        references = [json.loads(message["Body"]) for message in services.take_all("submissions")]
        worker = Worker(services)
        print("from the start of the program to the announcement of its first verdict, in seconds:")
        for capture in ["pdf", "scan", "photo"]:
            chosen = [reference for reference in references if reference["submission_id"].endswith(capture)]
            first, ends = [], []
            for number in range(options.rounds):
                send(services, [chosen[number % len(chosen)] | {"submission_id": f"first-{capture}-{number}"}])
                seconds = worker.start()
                first.append(seconds)
                ends.append(worker.stop())
            median = statistics.median(first)
            print(f"  {capture:<6} median {median:.2f}, {min(first):.2f} to {max(first):.2f};"
                  f" from SIGTERM to the end of the idle worker {max(ends):.2f} at the most")
            holds &= median < options.most
        holds &= stopped_at_work(services, worker, references[:40], options.rounds)
    print("holds" if holds else "DOES NOT HOLD")
    return 0 if holds else 1


class Worker:
    """One worker, started and stopped again and again."""

    def __init__(self, services: Cloud):
        self.services = services
        self.environment = services.environment() | {"VOUCH_WORKERS": "2", "VOUCH_GRACE": str(GRACE)}

    def start(self) -> float:
        """Starts it; the seconds until a verdict is announced."""
        self.services.take_all("verdicts")
        begun = time.monotonic()
        self.process = subprocess.Popen([VOUCH, "work"], env=self.environment, stdout=subprocess.DEVNULL)
        url = self.services.urls["verdicts"]
        while not (told := self.services.call("ReceiveMessage", QueueUrl=url, WaitTimeSeconds=1).get("Messages")):
            if self.process.poll() is not None:
                sys.exit(f"the worker ended with status {self.process.returncode}")
        seconds = time.monotonic() - begun
        for message in told:
            self.services.call("DeleteMessage", QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return seconds

    def stop(self) -> float:
        """Asks it to end; the seconds until it has."""
        begun = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(GRACE + 10)
        assert status == 0, status
        return time.monotonic() - begun


def stopped_at_work(services: Cloud, worker: Worker, references: list[dict], rounds: int) -> bool:
    """Stops the worker in the middle of many documents, until all are done."""
    send(services, [it | {"submission_id": f"stopped-{it['submission_id']}"} for it in references])
    seconds = []
    while services.depth("submissions"):
        worker.start()
        if len(seconds) < rounds:
            # Somewhere in the middle of the documents that came after the first.
            time.sleep(0.3 * len(seconds))
            seconds.append(worker.stop())
        else:
            while services.depth("submissions"):
                time.sleep(0.5)
            worker.stop()
    done = sum(1 for key in services.verdicts() if key.split("/")[1].startswith("stopped-"))
    given_up = len(services.take_all("submissions-dead-letters"))
    print(f"from SIGTERM to the end at work, in seconds: median {statistics.median(seconds):.2f}, at the most"
          f" {max(seconds):.2f} of {GRACE} allowed, stopped {len(seconds)} times; of {len(references)} submissions"
          f" {done} have their verdict, {given_up} were given up")
    return done == len(references) and not given_up and max(seconds) < GRACE


def send(services: Cloud, references: list[dict]) -> None:
    for reference in references:
        services.call("SendMessage", QueueUrl=services.urls["submissions"], MessageBody=json.dumps(reference))


if __name__ == "__main__":
    sys.exit(main())
