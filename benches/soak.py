#!/usr/bin/env python3
"""Workers that are killed again and again, over services that break connections off and let requests vanish: whether each
submission gets one verdict, never written again, and at least one announcement.

    benches/soak.py SET [--workers 3] [--kills 150] [--faults 0.03] [--overwrite]

SET is a folder as `generate.py --set` writes it. With --overwrite verdicts are written without a condition: the control,
which must fail.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from fault_proxy import FaultProxy
from remote import Crew, announced, cloud, submissions_of

POINTS = ["received", "fetched", "read", "judged", "published", "announced", "settled"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("set", type=Path)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--kills", type=int, default=150, help="go on killing until there were so many")
    parser.add_argument("--faults", type=float, default=0.03, help="of so many requests the connection fails")
    parser.add_argument("--chance", type=float, default=5.0, help="of a kill at each point, in percent")
    parser.add_argument("--minutes", type=float, default=30, help="give up after")
    parser.add_argument("--overwrite", action="store_true", help="the control")
    options = parser.parse_args()
    with cloud() as services, tempfile.TemporaryDirectory() as scratch:
        submissions = Path(scratch) / "submissions.jsonl"
        count = len(submissions_of(options.set, submissions))
        services.submit(submissions)
        proxy = FaultProxy(services.port, resets=options.faults * 0.8, black_holes=options.faults * 0.2)
        proxy.start()
        points = [f"{point}={options.chance}%return" for point in POINTS]
        calm = ["overwrite=return"] if options.overwrite else []
        environment = services.environment(proxy.port) | {"FAILPOINTS": ";".join(points + calm)}
        crew = Crew(options.workers, environment, Path(scratch) / "log", "--lease", "15", "--grace", "10")
        begun, seen, overwritten = time.monotonic(), {}, set()
        while time.monotonic() - begun < options.minutes * 60:
            crew.tend()
            if crew.killed >= options.kills and "FAILPOINTS" in environment:
                # Enough: what is left is finished in peace.
                environment["FAILPOINTS"] = ";".join(calm)
            now = services.verdicts()
            overwritten |= {key for key, digest in seen.items() if now.get(key) != digest}
            seen |= now
            if services.depth("submissions") == 0:
                break
            time.sleep(1)
        seconds = time.monotonic() - begun
        crew.stop()
        now = services.verdicts()
        overwritten |= {key for key, digest in seen.items() if now.get(key) != digest}
        told, dead = announced(services.take_all("verdicts")), services.take_all("submissions-dead-letters")
        with_verdict = {key.split("/")[1] for key in now}
        published = {Path(key).stem for key in now}
        twice = sum(times - 1 for times in told.values())
        print(f"{count} submissions, {options.workers} workers, {seconds:.0f} s")
        print(f"killed {crew.killed} times: " + ", ".join(f"{name} {n}" for name, n in crew.points().most_common()))
        print("the network: " + ", ".join(f"{n} {name}" for name, n in proxy.counts.items()))
        print(f"without a verdict: {count - len(with_verdict)}; with more than one: {len(now) - len(with_verdict)}")
        print(f"verdicts written again: {len(overwritten)}")
        print(f"never announced: {len(published - told.keys())}; announced of no verdict: {len(told.keys() - published)}")
        print(f"announced more than once, with the same id: {twice}")
        print(f"left in the queue: {services.depth('submissions')}; dead letters: {len(dead)}")
        holds = (
            len(with_verdict) == count == len(now) and not overwritten and published == told.keys() and not dead
            and crew.killed >= options.kills
        )
        print("holds" if holds else "DOES NOT HOLD")
        return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
