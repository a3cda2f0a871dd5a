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
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from formalism_nlp.apps.service.answers import Answer
from formalism_nlp.apps.service.bundles import split
from formalism_nlp.apps.service.limits import MIB, Limits
from formalism_nlp.batch.frames import LONGEST
from formalism_nlp.values.errors import FormalismError

_LOG = logging.getLogger("formalism_nlp.service")
_LENGTH = struct.Struct(">Q")  # the format of batch.frames, which the worker speaks
_START_SECONDS = 120.0
_MOST_DELAY = 30.0
_SMALL = 64_000  # bytes that share a worker's turn: some tens of milliseconds
_TOGETHER = 16
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

    async def ask(self, jobs: Sequence[Job]) -> list[Answer]:
        """Send requests that go together and wait for their answers; raises OSError or EOFError when the process is gone."""
        stdin = self._process.stdin
        assert stdin is not None
        heads = [{"task": job.task, "type": job.type, "size": len(job.body)} for job in jobs]
        line, body = json.dumps({"jobs": heads}).encode(), b"".join(job.body for job in jobs)
        stdin.write(b"".join((_LENGTH.pack(len(line)), line, _LENGTH.pack(len(body)), body)))
        await stdin.drain()
        head, whole = await self._receive()
        return [Answer(one["status"], one["media"], part, one["suffix"]) for one, part in split(head["answers"], whole)]

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


@dataclass(eq=False, slots=True)
class Job:
    """A request that waits or is worked on. ``begun`` is set when a worker takes it, ``done`` when it is answered."""

    task: str
    type: str
    body: bytes
    begun: asyncio.Future[None]
    done: asyncio.Future[Answer]
    alone: bool

    @property
    def small(self) -> bool:
        """Whether it may share a worker's turn with others."""
        return not self.alone and len(self.body) <= _SMALL and self.task in ("score", "check")


class Pool:
    """A fixed number of workers before one queue.

    A worker takes the request whose turn it is, and with a small one others that are small: scored together they cost less
    than half. A small request overtakes large ones that came shortly before.

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
        self._queue: list[tuple[float, int, Job]] = []
        self._numbers = itertools.count()
        self._waiting = 0
        self._alive: set[Worker] = set()
        self._tasks: set[asyncio.Task[None]] = set()

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

    async def ask(self, task: str, content_type: str, body: bytes) -> Answer:
        """Have one request answered.

        Args:
            task: see ``desk.Desk``.
            content_type: of the body.
            body: as it came.

        Raises:
            FormalismError: F503 all workers are busy and too many wait already, or the wait took too long;
                F504 the work took too long; F900 the worker died of it.
        """
        if not self._idle and self._waiting >= self._limits.waiting:
            raise FormalismError("F503", "", f"{self._waiting} requests are waiting")
        loop = asyncio.get_running_loop()
        job = Job(task, content_type, body, loop.create_future(), loop.create_future(), alone=False)
        self._push(job)
        self._waiting += 1
        try:
            self._dispatch()
            async with asyncio.timeout(self._limits.wait_seconds):
                await asyncio.shield(job.begun)
        except TimeoutError:
            job.done.cancel()
            raise FormalismError("F503", "", f"no worker was free within {self._limits.wait_seconds:g} s") from None
        except asyncio.CancelledError:
            job.done.cancel()
            raise
        finally:
            self._waiting -= 1
        try:
            async with asyncio.timeout(self._limits.wait_seconds + 2 * self._limits.score_seconds):
                return await job.done
        except TimeoutError:  # it was tried twice, or no worker can be started
            raise FormalismError("F504", "", "no answer came") from None

    def _push(self, job: Job) -> None:
        # Like a deadline: time goes on, so a large request is overtaken for a while, never forever.
        turn = asyncio.get_running_loop().time() + len(job.body) / _BYTES_A_SECOND
        heapq.heappush(self._queue, (turn, next(self._numbers), job))

    def _dispatch(self) -> None:
        """Give idle workers what waits."""
        while self._idle and (jobs := self._next()):
            self._spawn(self._work(self._idle.pop(), jobs))

    def _next(self) -> list[Job]:
        """The request whose turn it is, with small ones that can go with it: a fair share of those that wait."""
        jobs: list[Job] = []
        most, size = min(_TOGETHER, -(-self._waiting // max(len(self._alive), 1))), 0
        while self._queue:
            job = self._queue[0][2]
            if not job.done.done():
                if jobs and not (job.small and jobs[0].small and len(jobs) < most and size + len(job.body) <= _SMALL):
                    break
                jobs.append(job)
                size += len(job.body)
            heapq.heappop(self._queue)
        return jobs

    async def _work(self, worker: Worker, jobs: list[Job]) -> None:
        for job in jobs:
            if not job.begun.done():
                job.begun.set_result(None)
        try:
            async with asyncio.timeout(self._limits.score_seconds):
                answers = await worker.ask(jobs)
        except TimeoutError:
            error = FormalismError("F504", "", f"{self._limits.score_seconds:g} s")
        except (OSError, EOFError):  # EOFError: also asyncio.IncompleteReadError
            error = FormalismError("F900", "", "the worker process ended")
        else:
            for job, answer in zip(jobs, answers, strict=True):
                if not job.done.done():
                    job.done.set_result(answer)
            self._idle.append(worker)
            self._dispatch()
            return
        self._alive.discard(worker)
        self._spawn(self._start_again(worker))
        self._blame(jobs, error)

    def _blame(self, jobs: list[Job], error: FormalismError) -> None:
        """One request has cost a worker; of several nobody knows which, so each is tried once more, alone."""
        for job in jobs:
            if job.done.done():
                continue
            if len(jobs) == 1:
                job.done.set_exception(error)
            else:
                job.alone = True
                self._push(job)
        self._dispatch()

    def _add(self, worker: Worker) -> None:
        self._alive.add(worker)
        self._idle.append(worker)
        self._dispatch()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

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
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(worker.end() for worker in self._alive))
        self._alive.clear()
        self._idle.clear()
