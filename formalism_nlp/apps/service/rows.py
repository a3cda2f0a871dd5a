"""A batch: JSON lines in, JSON lines out, in order, each line on its own; nothing but a few lines is held."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from starlette.requests import ClientDisconnect, Request

from formalism_nlp.apps.service.answers import failure_answer
from formalism_nlp.apps.service.inputs import JSON
from formalism_nlp.apps.service.limits import Budget, Limits
from formalism_nlp.apps.service.pool import Pool
from formalism_nlp.values.errors import FormalismError

_PAUSE = 0.05


class Batch:
    """One batch on its way.

    A client may send all its lines before it reads an answer, so lines are taken in while answers wait to be read;
    what is taken in counts against the budget and against ``batch_bytes``.

    Args:
        request: its body is the batch.
        pool: does the work, at most ``window`` lines of this batch at a time.
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
        """Yield one line of JSON for each line of the batch; a line that cannot be scored gives a failure line."""
        reader = asyncio.create_task(self._read())
        running: list[asyncio.Task[bytes]] = []
        number, more = 0, True
        try:
            while running or more:
                while more and len(running) < window and (not running or not self._lines.empty()):
                    line = await self._lines.get()
                    if line is None:
                        more = False
                    else:
                        number += 1
                        running.append(asyncio.create_task(self._answer(line, number)))
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

    async def _answer(self, line: bytes | FormalismError, number: int) -> bytes:
        """Answer one line; a batch waits its turn where a single request would be told that the service is busy."""
        if isinstance(line, FormalismError):
            return failure_answer(FormalismError(line.code, f"line {number}", line.detail)).body + b"\n"
        try:
            while True:
                try:
                    _, body = await self._pool.ask("row", JSON, line)
                except FormalismError as error:
                    if error.code != "F503":
                        return failure_answer(FormalismError(error.code, f"line {number}", error.detail)).body + b"\n"
                    await asyncio.sleep(_PAUSE)
                else:
                    return body + b"\n"
        finally:
            self._give_back(len(line))

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
