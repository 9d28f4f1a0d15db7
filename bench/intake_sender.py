"""The sender of bench.intake: a process of its own that posts ready-made requests at a constant rate, whatever comes back.

Open loop: each request has its moment, and its time counts from that moment, so that a slow answer is not hidden by a sender
that waits for it. Connections are kept and added when all are busy.
"""

import asyncio
import json
import struct
import sys
import time
from pathlib import Path

SIZE = struct.Struct(">I")


def read_requests(path: Path) -> list[bytes]:
    """The requests of a file: length and bytes, one after the other."""
    data, found, at = path.read_bytes(), [], 0
    while at < len(data):
        (length,) = SIZE.unpack_from(data, at)
        found.append(data[at + SIZE.size : at + SIZE.size + length])
        at += SIZE.size + length
    return found


def write_requests(path: Path, requests: list[bytes]) -> None:
    """The same, written."""
    with path.open("wb") as file:
        for request in requests:
            file.write(SIZE.pack(len(request)) + request)


class Sender:
    """Posts at a rate and notes how each ended."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self.times: list[float] = []
        self.statuses: list[int] = []
        self.connections = 0

    async def _exchange(self, request: bytes) -> int:
        """Post on an idle connection; one that the server closed meanwhile is replaced, as any client does."""
        while self._idle:
            reader, writer = self._idle.pop()
            try:
                return await self._on(reader, writer, request)
            except (OSError, asyncio.IncompleteReadError):
                writer.close()
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        self.connections += 1
        return await self._on(reader, writer, request)

    async def _on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> int:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        lines = head.decode("latin-1").lower().split("\r\n")
        length = next((int(line.split(":")[1]) for line in lines if line.startswith("content-length:")), 0)
        await reader.readexactly(length)
        if any(line.startswith("connection:") and "close" in line for line in lines):
            writer.close()
        else:
            self._idle.append((reader, writer))
        return int(lines[0].split(" ")[1])

    async def _one(self, request: bytes, moment: float) -> None:
        try:
            status = await asyncio.wait_for(self._exchange(request), 30)
        except (OSError, asyncio.IncompleteReadError, TimeoutError, IndexError, ValueError):
            status = 0
        self.times.append(time.perf_counter() - moment)
        self.statuses.append(status)

    async def run(self, requests: list[bytes], rate: float) -> None:
        """Send them all and wait for the last answer."""
        begun, running = time.perf_counter() + 0.2, set()
        for number, request in enumerate(requests):
            moment = begun + number / rate
            pause = moment - time.perf_counter()
            if pause > 0:
                await asyncio.sleep(pause)
            task = asyncio.create_task(self._one(request, moment))
            running.add(task)
            task.add_done_callback(running.discard)
        while running:
            await asyncio.wait(set(running))


def main() -> None:
    """`python -m bench.intake_sender PORT FILE RATE`: one JSON line."""
    port, path, rate = int(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3])
    sender, requests = Sender(port), read_requests(path)
    asyncio.run(sender.run(requests, rate))
    print(json.dumps({"times": sender.times, "statuses": sender.statuses, "connections": sender.connections}))


if __name__ == "__main__" and len(sys.argv) == 4:
    main()
