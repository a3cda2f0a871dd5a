"""A lean HTTP/1.1 client: it shares two cores with the server it measures, so it must cost almost nothing."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Tally:
    """What the clients saw: seconds of each answered request by status, and what went wrong."""

    seconds: dict[int, list[float]] = field(default_factory=dict)
    errors: Counter[str] = field(default_factory=Counter)
    took: float = 0.0

    def note(self, status: int, seconds: float) -> None:
        self.seconds.setdefault(status, []).append(seconds)

    def count(self, status: int) -> int:
        return len(self.seconds.get(status, []))

    def quantile(self, share: float, *statuses: int) -> float:
        """Milliseconds; nan when there is nothing."""
        values = sorted(x for status in statuses for x in self.seconds.get(status, []))
        return 1000 * values[min(int(share * len(values)), len(values) - 1)] if values else float("nan")


def post(path: str, body: bytes, content_type: str = "application/json") -> bytes:
    """The bytes of one request."""
    head = f"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: {content_type}\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


def score_request(text: str) -> bytes:
    return post("/v1/score", json.dumps({"text": text}, ensure_ascii=False).encode())


async def answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Read one answer with a content-length."""
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    at = head.lower().find(b"content-length:")
    size = int(head[at + 15 : head.find(b"\r\n", at)]) if at >= 0 else 0
    return status, await reader.readexactly(size)


async def once(port: int, request: bytes, *, seconds: float = 60.0) -> tuple[int, bytes, float]:
    """Send one request on a connection of its own; returns status, body and seconds."""
    started = time.perf_counter()
    async with asyncio.timeout(seconds):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
        try:
            writer.write(request)
            status, body = await answer(reader)
        finally:
            writer.close()
    return status, body, time.perf_counter() - started


async def load(port: int, requests: list[bytes], *, clients: int, seconds: float) -> Tally:
    """Let many clients ask on kept-alive connections, each as soon as it has its answer.

    Args:
        port: on this machine.
        requests: taken in turn.
        clients: at one time.
        seconds: how long; what has begun is finished.
    """
    tally = Tally()
    started = time.perf_counter()
    until = started + seconds

    async def client(number: int) -> None:
        turn = number
        reader = writer = None
        while time.perf_counter() < until:
            try:
                if writer is None:
                    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
                begun = time.perf_counter()
                writer.write(requests[turn % len(requests)])
                turn += clients
                async with asyncio.timeout(60):
                    status, _ = await answer(reader)
                tally.note(status, time.perf_counter() - begun)
                if status == 503:
                    await asyncio.sleep(1)  # what Retry-After asks for
            except (OSError, EOFError, TimeoutError) as error:
                tally.errors[type(error).__name__] += 1
                if writer is not None:
                    writer.close()
                writer = None
        if writer is not None:
            writer.close()

    await asyncio.gather(*(client(i) for i in range(clients)))
    tally.took = time.perf_counter() - started
    return tally
