"""A proxy on this machine that fails as networks and services do: it breaks connections off, before a request went on or
after the answer came, lets requests vanish, or refuses everything for a while.

Used by the benches of the queue under fire; it knows nothing of what passes through it.
"""

import asyncio
import random
import socket
import struct
import threading
from collections import Counter
from dataclasses import dataclass, field


@dataclass
class FaultProxy:
    """Passes requests on to `upstream`, a port on this machine, from a port of its own."""

    upstream: int
    # Of so many requests the connection is broken off, half of them after the service has done what was asked.
    resets: float = 0.0
    # So many get no answer at all.
    black_holes: float = 0.0
    seed: int = 1
    port: int = 0
    # While set, every connection is refused or broken off.
    down: bool = False
    counts: Counter = field(default_factory=Counter)

    def start(self) -> None:
        """Starts it in a thread; `port` is set when this returns."""
        self._random = random.Random(self.seed)
        ready = threading.Event()
        threading.Thread(target=lambda: asyncio.run(self._serve(ready)), daemon=True).start()
        ready.wait()

    async def _serve(self, ready: threading.Event) -> None:
        server = await asyncio.start_server(self._connection, "127.0.0.1", self.port, limit=1 << 26)
        self.port = server.sockets[0].getsockname()[1]
        ready.set()
        async with server:
            await server.serve_forever()

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        service = None
        try:
            while request := await message(reader, writer):
                if self.down:
                    self.counts["refused"] += 1
                    return self._reset(writer)
                fault = self._random.random()
                self.counts["requests"] += 1
                if fault < self.black_holes:
                    self.counts["black holes"] += 1
                    # Whoever asked gives up first.
                    await asyncio.sleep(600)
                    return
                if fault < self.black_holes + self.resets / 2:
                    self.counts["broken off before"] += 1
                    return self._reset(writer)
                if service is None:
                    service = await asyncio.open_connection("127.0.0.1", self.upstream, limit=1 << 26)
                service[1].write(request)
                await service[1].drain()
                answer = await message(service[0], to_head=request.startswith(b"HEAD "))
                if fault < self.black_holes + self.resets:
                    self.counts["broken off after"] += 1
                    return self._reset(writer)
                if not answer:
                    return
                writer.write(answer)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            for stream in filter(None, [writer, service and service[1]]):
                stream.close()

    @staticmethod
    def _reset(writer: asyncio.StreamWriter) -> None:
        """Closes with a reset, not in good order."""
        connection = writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()


async def message(
    reader: asyncio.StreamReader, sender: asyncio.StreamWriter | None = None, to_head: bool = False
) -> bytes:
    """One HTTP request or answer, whole; empty where the other side has closed. A sender who waits to be told to go on
    is told so."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise
        return b""
    fields = dict(line.split(":", 1) for line in head.decode("latin-1").lower().split("\r\n")[1:] if ":" in line)
    if head.startswith(b"HTTP/1.1 100"):
        return head + await message(reader, to_head=to_head)
    if sender and "expect" in fields:
        sender.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        head = b"\r\n".join(line for line in head.split(b"\r\n") if not line.lower().startswith(b"expect:"))
    if to_head or head.startswith((b"HTTP/1.1 204", b"HTTP/1.1 304")):
        return head
    if "chunked" in fields.get("transfer-encoding", ""):
        body = b""
        while True:
            size = await reader.readline()
            part = await reader.readexactly(int(size.split(b";")[0], 16) + 2)
            body += size + part
            if part == b"\r\n":
                return head + body
    return head + await reader.readexactly(int(fields.get("content-length", "0")))
