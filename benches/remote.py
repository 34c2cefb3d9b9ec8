"""What the benches of the queue under fire share: an emulator of SQS and S3 on this machine, workers on it, and what they
made of the submissions.

Needs `scripts/setup aws` and a vouch that is built with `--features aws,fail-points`; VOUCH names it.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ElementTree
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

from shared import ROOT, submission

VOUCH = Path(os.environ.get("VOUCH", ROOT / "target/debug/vouch"))
REGION = "us-west-2"
BUCKET = "vouch"
QUEUES = ["submissions", "backlog", "verdicts", "submissions-dead-letters"]
# The emulator takes any key.
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


class Cloud:
    """SQS and S3 in an emulator of their own, with the queues and the bucket that vouch needs."""

    def __init__(self, port: int):
        self.port = port
        self.urls = {name: self.call("CreateQueue", QueueName=name)["QueueUrl"] for name in QUEUES}
        place = f"<LocationConstraint>{REGION}</LocationConstraint>"
        self.http("PUT", f"/{BUCKET}", f"<CreateBucketConfiguration>{place}</CreateBucketConfiguration>".encode())

    def call(self, action: str, **parameters) -> dict:
        """Calls SQS."""
        headers = {"X-Amz-Target": f"AmazonSQS.{action}", "Content-Type": "application/x-amz-json-1.0"}
        return json.loads(self.http("POST", "/", json.dumps(parameters).encode(), headers) or b"{}")

    def http(self, method: str, path: str, body: bytes | None = None, headers: dict | None = None) -> bytes:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", body, {**(headers or {}), **self._signed()}, method=method
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.read()

    @staticmethod
    def _signed() -> dict:
        """Names the region and the service; the emulator looks no further."""
        scope = f"test/20260101/{REGION}/s3/aws4_request"
        return {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"}

    def depth(self, queue: str) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible",
                 "ApproximateNumberOfMessagesDelayed"]
        attributes = self.call("GetQueueAttributes", QueueUrl=self.urls[queue], AttributeNames=names)["Attributes"]
        return sum(int(attributes.get(name, 0)) for name in names)

    def take_all(self, queue: str) -> list[dict]:
        """Takes all messages off a queue."""
        taken = []
        while messages := self.call(
            "ReceiveMessage", QueueUrl=self.urls[queue], MaxNumberOfMessages=10, VisibilityTimeout=600,
            MessageAttributeNames=["All"],
        ).get("Messages", []):
            taken += messages
            for message in messages:
                self.call("DeleteMessage", QueueUrl=self.urls[queue], ReceiptHandle=message["ReceiptHandle"])
        return taken

    def keys(self, prefix: str) -> dict[str, str]:
        """The keys that start so, with the digests and times of their values."""
        found, token = {}, None
        while True:
            query = {"list-type": "2", "prefix": prefix} | ({"continuation-token": token} if token else {})
            page = ElementTree.fromstring(self.http("GET", f"/{BUCKET}?{urllib.parse.urlencode(query)}"))
            space = page.tag.partition("}")[0] + "}"
            for entry in page.iter(f"{space}Contents"):
                value = lambda name: entry.findtext(space + name)
                found[value("Key")] = f'{value("ETag")} {value("LastModified")}'
            token = page.findtext(f"{space}NextContinuationToken")
            if not token:
                return found

    def verdicts(self) -> dict[str, str]:
        return {key: digest for key, digest in self.keys("verdicts/").items() if not key.endswith(".timings.json")}

    def environment(self, port: int | None = None) -> dict:
        """What points vouch here, through a proxy at `port` if there is one."""
        at = lambda url: f"http://127.0.0.1:{port or self.port}{urllib.parse.urlparse(url).path}"
        return {
            **os.environ, **KEYS, "OMP_THREAD_LIMIT": "1", "VOUCH_WORKERS": "1",
            "VOUCH_QUEUE": at(self.urls["submissions"]), "VOUCH_BACKLOG_QUEUE": at(self.urls["backlog"]),
            "VOUCH_VERDICT_QUEUE": at(self.urls["verdicts"]),
            "VOUCH_DEAD_LETTER_QUEUE": at(self.urls["submissions-dead-letters"]),
            "VOUCH_BUCKET": BUCKET, "VOUCH_REGIONS": REGION, "VOUCH_PATH_STYLE": "true",
            "VOUCH_ENDPOINT": f"http://127.0.0.1:{port or self.port}",
        }

    def submit(self, submissions: Path, *options: str) -> None:
        subprocess.run([VOUCH, "submit", *options, "--submissions", submissions], env=self.environment(), check=True,
                       stdout=subprocess.DEVNULL)


def submissions_of(folder: Path, into: Path) -> list[dict]:
    """A submission for each document of a set, written with whole paths into a file: the set's own, or, where it has none for
    a document, one of somebody else, for whom it proves nothing."""
    read = lambda name: [json.loads(line) for line in (folder / name).read_text().splitlines() if line.strip()]
    known = {entry["submission_id"]: entry for entry in read("submissions.jsonl")}
    for number, label in enumerate(read("labels.jsonl")):
        known.setdefault(label["id"], submission(number, folder / label["file"]))
    for entry in known.values():
        entry["files"] = [str((folder / name).resolve()) for name in entry["files"]]
    into.write_text("".join(json.dumps(entry) + "\n" for entry in known.values()))
    return list(known.values())


@contextmanager
def cloud():
    """Starts the emulator, and stops it by its own pid."""
    program = ROOT / ".venv/bin/ministack"
    if not program.exists() or not VOUCH.exists():
        sys.exit("first: scripts/setup aws; cargo build --features aws,fail-points")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "SERVICES": "s3,sqs",
                   "MINISTACK_REGION": REGION, "LOG_LEVEL": "ERROR"}
    server = subprocess.Popen([program], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.1)
        time.sleep(1)
        yield Cloud(port)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(20)


class Crew:
    """Workers, each started again when it ends."""

    def __init__(self, size: int, environment: dict, log: Path, *options: str):
        self.command = [VOUCH, "work", "--log", "info", "--log-format", "json", *options]
        self.environment, self.log, self.killed, self.started = environment, log, 0, 0
        self.by_point: Counter = Counter()
        self.workers: list[subprocess.Popen | None] = [None] * size

    def tend(self) -> None:
        """Starts whoever is not at work; counts who was killed."""
        for place, worker in enumerate(self.workers):
            if worker is not None and worker.poll() is None:
                continue
            if worker is not None and worker.returncode == -signal.SIGKILL:
                self.killed += 1
            with self.log.open("ab") as log:
                self.workers[place] = subprocess.Popen(
                    self.command, env=self.environment, stdout=subprocess.DEVNULL, stderr=log
                )
            self.started += 1

    def stop(self) -> list[int]:
        """Asks all to end in good order; how they ended."""
        for worker in filter(None, self.workers):
            worker.terminate()
        return [worker.wait(60) for worker in self.workers if worker]

    def points(self) -> Counter:
        """How often a worker was killed at each point, by the last word of each."""
        return Counter(
            json.loads(line)["fields"]["point"]
            for line in self.log.read_text().splitlines()
            if '"killed at a fail point"' in line
        )


def announced(messages: list[dict]) -> Counter:
    """How often each verdict was announced, by the id of the announcement."""
    return Counter(json.loads(message["Body"])["id"] for message in messages)
