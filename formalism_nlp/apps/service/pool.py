"""Worker processes behind a queue that never grows without bound; a worker that hangs or dies is replaced."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import json
import logging
import os
import struct
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from formalism_nlp.apps.service.limits import MIB, Limits
from formalism_nlp.batch.frames import LONGEST
from formalism_nlp.values.errors import FormalismError

_LOG = logging.getLogger("formalism_nlp.service")
_LENGTH = struct.Struct(">Q")  # the format of batch.frames, which the worker speaks
_START_SECONDS = 120.0
_MOST_DELAY = 30.0
_BYTES_A_SECOND = 30_000  # a request of this size waits up to a second longer than a tiny one that comes with it
# One thread of arithmetic a worker: workers are as many as cores.
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


class Worker:
    """One process, one request at a time."""

    def __init__(self, process: Process) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    @classmethod
    async def start(cls, settings: dict[str, Any]) -> tuple[Worker, dict[str, Any]]:
        """Start a process and wait until it is ready.

        Returns:
            The worker and its greeting.

        Raises:
            FormalismError: F507 with the reason why it cannot work.
        """
        command = (sys.executable, "-m", "formalism_nlp.apps.service.worker", json.dumps(settings))
        process = await asyncio.create_subprocess_exec(
            *command, stdin=PIPE, stdout=PIPE, limit=MIB, env={**os.environ, **_ONE_THREAD}
        )
        worker = cls(process)
        try:
            async with asyncio.timeout(_START_SECONDS):
                head, body = await worker._receive()
        except (TimeoutError, EOFError) as error:
            await worker.end()
            raise FormalismError("F507", "worker", f"it did not get ready ({type(error).__name__})") from error
        except asyncio.CancelledError:
            await worker.end()
            raise
        if not head["ready"]:
            await worker.end()
            raise FormalismError("F507", "", head["error"])
        return worker, json.loads(body)

    async def ask(self, head: dict[str, Any], body: bytes) -> tuple[dict[str, Any], bytes]:
        """Send one request and wait for its answer; raises OSError or EOFError when the process is gone."""
        stdin = self._process.stdin
        assert stdin is not None
        line = json.dumps(head).encode()
        stdin.write(b"".join((_LENGTH.pack(len(line)), line, _LENGTH.pack(len(body)), body)))
        await stdin.drain()
        return await self._receive()

    async def _receive(self) -> tuple[dict[str, Any], bytes]:
        head: dict[str, Any] = json.loads(await self._bytes())
        return head, await self._bytes()

    async def _bytes(self) -> bytes:
        stdout = self._process.stdout
        assert stdout is not None
        (length,) = _LENGTH.unpack(await stdout.readexactly(_LENGTH.size))
        if length > LONGEST:
            raise EOFError(f"a message of {length} bytes")
        return await stdout.readexactly(length)

    async def end(self) -> None:
        """Kill the process and wait until it is gone."""
        with suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()


class Pool:
    """A fixed number of workers.

    Args:
        count: how many.
        limits: ``waiting``, ``wait_seconds`` and ``score_seconds`` bind here.
        lexicons: folders of own rules, see ``api.load``.
        model: folder of an own model.
    """

    def __init__(self, count: int, limits: Limits, *, lexicons: tuple[str, ...] = (), model: str | None = None) -> None:
        self._count = count
        self._limits = limits
        self._settings = {"lexicons": list(lexicons), "model": model, "limits": asdict(limits)}
        self._idle: list[Worker] = []
        self._turns: list[tuple[float, int, asyncio.Future[Worker]]] = []
        self._numbers = itertools.count()
        self._waiting = 0
        self._alive: set[Worker] = set()
        self._replacing: set[asyncio.Task[None]] = set()

    async def start(self) -> dict[str, Any]:
        """Start all workers; returns what they know (see ``greeting``). Raises F507 when one cannot start."""
        started = await asyncio.gather(*(Worker.start(self._settings) for _ in range(self._count)), return_exceptions=True)
        greetings: list[dict[str, Any]] = []
        errors: list[BaseException] = []
        for result in started:
            if isinstance(result, BaseException):
                errors.append(result)
            else:
                self._add(result[0])
                greetings.append(result[1])
        if errors:
            await self.close()
            raise errors[0]
        return greetings[0]

    @property
    def state(self) -> dict[str, int]:
        """Workers that are alive, that work, and requests that wait."""
        return {"workers": len(self._alive), "busy": len(self._alive) - len(self._idle), "waiting": self._waiting}

    @property
    def pids(self) -> list[int]:
        """Process ids of the workers that are alive."""
        return sorted(worker.pid for worker in self._alive)

    async def ask(self, task: str, content_type: str, body: bytes) -> tuple[dict[str, Any], bytes]:
        """Have one request answered; among those that wait, a small one overtakes large ones that came shortly before.

        Args:
            task: see ``desk.Desk``.
            content_type: of the body.
            body: as it came.

        Returns:
            Head (``status``, ``media``, ``suffix``) and body of the answer.

        Raises:
            FormalismError: F503 all workers are busy and too many wait already, or the wait took too long;
                F504 the work took too long; F900 the worker died of it.
        """
        worker = await self._take(len(body))
        try:
            async with asyncio.timeout(self._limits.score_seconds):
                answer = await worker.ask({"task": task, "type": content_type}, body)
        except TimeoutError:
            self._replace(worker)
            raise FormalismError("F504", "", f"{self._limits.score_seconds:g} s") from None
        except (OSError, EOFError):  # EOFError: also asyncio.IncompleteReadError
            self._replace(worker)
            raise FormalismError("F900", "", "the worker process ended") from None
        except asyncio.CancelledError:  # its answer would go to the next request
            self._replace(worker)
            raise
        self._free(worker)
        return answer

    async def _take(self, size: int) -> Worker:
        if self._idle:
            return self._idle.pop()
        if self._waiting >= self._limits.waiting:
            raise FormalismError("F503", "", f"{self._waiting} requests are waiting")
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[Worker] = loop.create_future()
        # Like a deadline: time goes on, so a large request is overtaken for a while, never forever.
        heapq.heappush(self._turns, (loop.time() + size / _BYTES_A_SECOND, next(self._numbers), turn))
        self._waiting += 1
        try:
            async with asyncio.timeout(self._limits.wait_seconds):
                return await turn
        except (TimeoutError, asyncio.CancelledError) as error:
            if turn.done() and not turn.cancelled():  # it was given a worker in the same moment
                self._free(turn.result())
            if isinstance(error, TimeoutError):
                raise FormalismError("F503", "", f"no worker was free within {self._limits.wait_seconds:g} s") from None
            raise
        finally:
            self._waiting -= 1

    def _free(self, worker: Worker) -> None:
        """Give a worker to whose turn it is."""
        while self._turns:
            turn = heapq.heappop(self._turns)[2]
            if not turn.done():
                turn.set_result(worker)
                return
        self._idle.append(worker)

    def _add(self, worker: Worker) -> None:
        self._alive.add(worker)
        self._free(worker)

    def _replace(self, worker: Worker) -> None:
        self._alive.discard(worker)
        task = asyncio.create_task(self._start_again(worker))
        self._replacing.add(task)
        task.add_done_callback(self._replacing.discard)

    async def _start_again(self, lost: Worker) -> None:
        await lost.end()
        delay = 1.0
        while True:
            try:
                worker, _ = await Worker.start(self._settings)
            except (FormalismError, OSError) as error:
                _LOG.error("a worker cannot be replaced, next try in %.0f s: %s", delay, error)
                await asyncio.sleep(delay)
                delay = min(2 * delay, _MOST_DELAY)
            else:
                _LOG.warning("worker %d replaced by %d", lost.pid, worker.pid)
                self._add(worker)
                return

    async def close(self) -> None:
        """End all workers."""
        for task in self._replacing:
            task.cancel()
        await asyncio.gather(*self._replacing, return_exceptions=True)
        await asyncio.gather(*(worker.end() for worker in self._alive))
        self._alive.clear()
