"""A batch: JSON lines in, JSON lines out, in order, each line on its own; nothing but a few lines is held."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from starlette.requests import ClientDisconnect, Request

from formalism_nlp.apps.service.answers import LINES, failure_answer
from formalism_nlp.apps.service.limits import Budget, Limits
from formalism_nlp.apps.service.pool import Pool
from formalism_nlp.values.errors import FormalismError

_PAUSE = 0.05
_BUNDLE_LINES, _BUNDLE_BYTES = 32, 64_000


class Batch:
    """One batch on its way.

    A client may send all its lines before it reads an answer, so lines are taken in while answers wait to be read;
    what is taken in counts against the budget and against ``batch_bytes``.

    Args:
        request: its body is the batch.
        pool: does the work, some lines at a time.
        limits: ``text_bytes`` (a line), ``batch_bytes``, ``stall_seconds``.
        budget: shared by all requests.
    """

    def __init__(self, request: Request, pool: Pool, limits: Limits, budget: Budget) -> None:
        self._request = request
        self._pool = pool
        self._limits = limits
        self._budget = budget
        self._lines: asyncio.Queue[bytes | FormalismError | None] = asyncio.Queue()
        self._held = 0
        self._gone = False

    async def answers(self, window: int) -> AsyncIterator[bytes]:
        """Yield lines of JSON, one for each line of the batch; a line that cannot be scored gives a failure line.

        Args:
            window: bundles of lines that are at work at one time.
        """
        reader = asyncio.create_task(self._read())
        running: list[asyncio.Task[bytes]] = []
        number, more = 0, True
        try:
            while running or more:
                while more and len(running) < window and (not running or not self._lines.empty()):
                    lines, more = await self._bundle()
                    if lines:
                        running.append(asyncio.create_task(self._answer(lines, number)))
                        number += len(lines)
                if running:
                    yield await running.pop(0)
                if self._gone:
                    return
        finally:
            reader.cancel()
            for task in running:
                task.cancel()
            await asyncio.gather(reader, *running, return_exceptions=True)
            self._budget.give_back(self._held)

    async def _bundle(self) -> tuple[list[bytes | FormalismError], bool]:
        """Wait for a line and take what else has come, up to a size; also whether more may come."""
        lines: list[bytes | FormalismError] = []
        size = 0
        while True:
            line = await self._lines.get()
            if line is None:
                return lines, False
            lines.append(line)
            size += len(line) if isinstance(line, bytes) else 0
            if self._lines.empty() or size > _BUNDLE_BYTES or len(lines) == _BUNDLE_LINES:
                return lines, True

    async def _answer(self, lines: list[bytes | FormalismError], number: int) -> bytes:
        """Answer lines that stand after ``number`` others; an error, only ever the last, ends the batch."""
        try:
            texts = [line for line in lines if isinstance(line, bytes)]
            out = await self._scored(texts, number) if texts else b""
            error = lines[-1]
            if isinstance(error, FormalismError):
                out += _failure(error, number + len(texts))
            return out
        finally:
            self._give_back(sum(len(line) for line in lines if isinstance(line, bytes)))

    async def _scored(self, texts: list[bytes], number: int) -> bytes:
        """Answer lines together; a batch waits its turn where a single request would be told that the service is busy."""
        while True:
            try:
                return (await self._pool.ask("rows", LINES, b"\n".join(texts))).body + b"\n"
            except FormalismError as error:
                if error.code == "F503":
                    await asyncio.sleep(_PAUSE)
                elif len(texts) == 1:
                    return _failure(error, number)
                else:  # one of them has cost a worker: each on its own
                    return b"".join([await self._scored([text], number + i) for i, text in enumerate(texts)])

    async def _read(self) -> None:
        """Cut the body into lines; every way it can end puts None last. Then watch whether the client is still there."""
        rest = b""
        try:
            async for part in self._parts():
                *lines, rest = (rest + part).split(b"\n")
                for line in lines:
                    self._put(line)
                if len(rest) > self._limits.text_bytes:
                    raise FormalismError("F502", "", f"a line has at most {self._limits.text_bytes} bytes")
            self._put(rest)
        except FormalismError as error:
            self._lines.put_nowait(error)
        finally:
            self._lines.put_nowait(None)
        while (await self._request.receive())["type"] != "http.disconnect":
            pass
        self._gone = True

    async def _parts(self) -> AsyncIterator[bytes]:
        stream = self._request.stream()
        size = 0
        while True:
            try:
                async with asyncio.timeout(self._limits.stall_seconds):
                    part = await anext(stream)
            except StopAsyncIteration:
                return
            except TimeoutError:
                raise FormalismError("F504", "", f"nothing came for {self._limits.stall_seconds:g} s") from None
            except ClientDisconnect:
                raise FormalismError("F501", "", "the client broke off") from None
            size += len(part)
            if size > self._limits.batch_bytes:
                raise FormalismError("F502", "", f"a batch has at most {self._limits.batch_bytes} bytes")
            if not self._budget.take(len(part)):
                raise FormalismError("F503", "", "the service holds too many large requests")
            self._held += len(part)
            yield part

    def _put(self, line: bytes) -> None:
        if line.strip():
            self._lines.put_nowait(line)

    def _give_back(self, size: int) -> None:
        size = min(size, self._held)
        self._held -= size
        self._budget.give_back(size)


def _failure(error: FormalismError, before: int) -> bytes:
    return failure_answer(FormalismError(error.code, f"line {before + 1}", error.detail)).body + b"\n"
