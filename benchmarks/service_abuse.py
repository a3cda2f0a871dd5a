"""What hostile clients do to a service; each attack is bounded in count and time and tells what it saw."""

from __future__ import annotations

import asyncio
import io
import json
import time
import zipfile
from collections import Counter
from collections.abc import Awaitable, Callable

from benchmarks.http_load import answer, once, post

_BOUNDARY = "xxBOUNDARYxx"


def upload(data: bytes, *, name: str = "a.docx", boundary: str = _BOUNDARY) -> bytes:
    """The bytes of a request that uploads a file."""
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
    body = head + data + f"\r\n--{boundary}--\r\n".encode()
    return post("/v1/score-file", body, f"multipart/form-data; boundary={boundary}")


async def slow_heads(port: int) -> str:
    """600 connections that send a header line every second and never end: more than the service holds open."""
    started = time.perf_counter()
    closed = 0

    async def one() -> None:
        nonlocal closed
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"POST /v1/score HTTP/1.1\r\nhost: x\r\n")
            for i in range(15):
                await asyncio.sleep(1)
                writer.write(b"x-slow-%d: 1\r\n" % i)
                await writer.drain()
        except OSError:
            closed += 1

    await asyncio.gather(*(one() for _ in range(600)))
    return f"600 connections, {closed} cut, {time.perf_counter() - started:.0f} s"


async def slow_bodies(port: int) -> str:
    """200 uploads that announce 2 MB and send a byte a second."""
    seen: Counter[str] = Counter()

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(
                b"POST /v1/score HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2000000\r\n\r\n{"
            )
            for _ in range(40):
                await asyncio.sleep(1)
                writer.write(b" ")
                await writer.drain()
                if reader.at_eof() or reader._buffer:  # type: ignore[attr-defined]
                    break
            async with asyncio.timeout(10):
                status, _ = await answer(reader)
            seen[str(status)] += 1
        except (OSError, EOFError, TimeoutError) as error:
            seen[type(error).__name__] += 1
        finally:
            writer.close()

    await asyncio.gather(*(one() for _ in range(200)))
    return f"200 uploads → {dict(seen)}"


async def unread_answers(port: int) -> str:
    """60 clients that ask for large answers and read nothing for 30 s."""
    text = "会议强调，要高度重视、狠抓落实，全年办结事项312件。\n" * 4000
    request = post("/v1/score", json.dumps({"text": text}, ensure_ascii=False).encode())
    writers = []
    for _ in range(60):
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
        reader._transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(request)
        writers.append(writer)
        await asyncio.sleep(0.4)
    await asyncio.sleep(6)
    for writer in writers:
        writer.transport.abort()
    return "60 clients of 100,000 characters each, nothing read"


async def oversized(port: int) -> str:
    """Bodies over every limit, announced and unannounced."""
    seen: Counter[int | str] = Counter()

    async def ask(request: bytes) -> None:
        try:
            seen[(await once(port, request, seconds=30))[0]] += 1
        except (OSError, EOFError, TimeoutError) as error:
            seen[type(error).__name__] += 1

    big = b"x" * 3_000_000
    await asyncio.gather(*(ask(post("/v1/score", b'{"text":"' + big + b'"}')) for _ in range(20)))
    await ask(upload(b"y" * (21 * 2**20), name="a.txt"))
    announced = b"POST /v1/score HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 99999999999999\r\n\r\n"
    await ask(announced)
    chunk = b"%x\r\n%b\r\n" % (2**16, b"z" * 2**16)
    chunked = b"POST /v1/score HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
    await ask(chunked + chunk * 64 + b"0\r\n\r\n")
    return f"23 bodies → {dict(seen)}"


async def malformed(port: int) -> str:
    """Requests that are no HTTP, no JSON, no form, no document."""
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", b"<w>" + b" " * 200_000_000)
    xxe = (
        '<?xml version="1.0"?><!DOCTYPE html [<!ENTITY a SYSTEM "file:///etc/passwd">]><html><body>&a;正文</body></html>'.encode()
    )
    requests = {
        "no http": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 10 + b"\r\n\r\n",
        "bad length": b"POST /v1/score HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: -5\r\n\r\n",
        "no json": post("/v1/score", b"\xff\xfe{"),
        "deep json": post("/v1/score", b"[" * 200_000),
        "wide json": post("/v1/score", b'{"text":' + b"9" * 100_000 + b"}"),
        "no form": post("/v1/score-file", b"\x00" * 1000, "multipart/form-data; boundary=x"),
        "no boundary": post("/v1/score-file", b"x", "multipart/form-data"),
        "many fields": post("/v2/check", b"&".join(b"a%d=1" % i for i in range(100_000)), "application/x-www-form-urlencoded"),
        "zip bomb": upload(bomb.getvalue()),
        "cut zip": upload(b"PK\x03\x04" + b"\x00" * 100),
        "xxe": upload(xxe, name="a.html"),
        "surrogates": post("/v1/score", b'{"text":"\\ud800\\udfff\\ud800 \\u0000"}'),
        "deep html": upload(b"<html><body>" + b"<div>" * 200_000 + "正文".encode(), name="a.html"),
        "huge head": b"GET / HTTP/1.1\r\nx: " + b"a" * 500_000 + b"\r\n\r\n",
    }
    seen: dict[str, int | str] = {}
    for name, request in requests.items():
        try:
            seen[name] = (await once(port, request, seconds=40))[0]
        except (OSError, EOFError, TimeoutError) as error:
            seen[name] = type(error).__name__
    return ", ".join(f"{name} {status}" for name, status in seen.items())


async def broken_off(port: int) -> str:
    """500 clients that leave in the middle of their request or before their answer."""
    request = post("/v1/score", json.dumps({"text": "各单位要高度重视。" * 300}, ensure_ascii=False).encode())
    for i in range(500):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(request if i % 2 else request[: len(request) // 2])
            await writer.drain()
            writer.transport.abort()
        except OSError:
            pass
        if i % 10 == 0:
            await asyncio.sleep(0.1)
    return "500 clients"


async def endless_batches(port: int) -> str:
    """6 batches of endless lines; two are taken, the others told that the service is busy."""
    seen: Counter[int | str] = Counter()
    line = json.dumps({"text": "各单位要高度重视。" * 40}, ensure_ascii=False).encode() + b"\n"

    async def one() -> None:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
            writer.write(
                b"POST /v1/batch HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n"
            )
            async with asyncio.timeout(8):
                status = 0
                while True:
                    writer.write(b"%x\r\n%b\r\n" % (len(line), line))
                    await writer.drain()
                    await asyncio.sleep(0.001)
                    if not status:
                        status = int((await reader.readuntil(b"\r\n\r\n"))[9:12])
                        seen[status] += 1
        except (OSError, EOFError, TimeoutError):
            writer.transport.abort()

    await asyncio.gather(*(one() for _ in range(6)))
    return f"6 batches → {dict(seen)}"


ATTACKS: dict[str, Callable[[int], Awaitable[str]]] = {
    "slow heads (slow loris)": slow_heads,
    "slow bodies": slow_bodies,
    "unread answers": unread_answers,
    "oversized": oversized,
    "malformed": malformed,
    "broken off": broken_off,
    "endless batches": endless_batches,
}
