#!/usr/bin/env python3
"""Queue and store do not answer for a while, under load: whether every submission gets its verdict after it, and none is
given up, though the queue gives up what was received 25 times.

    benches/outage.py SET [--seconds 150] [--workers 3]
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

from fault_proxy import FaultProxy
from remote import Crew, announced, cloud, submissions_of


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("set", type=Path)
    parser.add_argument("--seconds", type=float, default=150)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--minutes", type=float, default=20, help="give up so long after the outage")
    options = parser.parse_args()
    with cloud() as services, tempfile.TemporaryDirectory() as scratch:
        submissions = Path(scratch) / "submissions.jsonl"
        count = len(submissions_of(options.set, submissions))
        dead = services.call(
            "GetQueueAttributes", QueueUrl=services.urls["submissions-dead-letters"], AttributeNames=["QueueArn"]
        )["Attributes"]["QueueArn"]
        services.call(
            "SetQueueAttributes", QueueUrl=services.urls["submissions"],
            Attributes={"RedrivePolicy": json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": "25"})},
        )
        services.submit(submissions)
        proxy = FaultProxy(services.port)
        proxy.start()
        crew = Crew(options.workers, services.environment(proxy.port), Path(scratch) / "log", "--lease", "20")
        crew.tend()
        while len(services.verdicts()) < count // 10:
            time.sleep(0.5)
        before = len(services.verdicts())
        proxy.down = True
        until = time.monotonic() + options.seconds
        while time.monotonic() < until:
            crew.tend()
            time.sleep(1)
        refused, during = proxy.counts["refused"], len(services.verdicts()) - before
        proxy.down = False
        begun = time.monotonic()
        while services.depth("submissions") and time.monotonic() - begun < options.minutes * 60:
            crew.tend()
            time.sleep(1)
        seconds = time.monotonic() - begun
        crew.stop()
        dead = services.take_all("submissions-dead-letters")
        told, verdicts = announced(services.take_all("verdicts")), services.verdicts()
        print(f"{count} submissions, {options.workers} workers; no answer for {options.seconds:.0f} s after {before} verdicts")
        print(f"connections refused meanwhile: {refused}; verdicts meanwhile: {during}; programs started: {crew.started}")
        print(f"all done {seconds:.0f} s after it: {len(verdicts)} verdicts, {len(told)} announced")
        print(f"left in the queue: {services.depth('submissions')}; dead letters: {len(dead)}")
        holds = len(verdicts) == len(told) == count and not dead
        print("holds" if holds else "DOES NOT HOLD")
        return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
