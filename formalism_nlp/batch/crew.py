"""The engine of one machine: a few supervised worker processes that share one list of files."""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Protocol

from formalism_nlp.batch.lane import Lane
from formalism_nlp.batch.outcome import Outcome, Setup, Task
from formalism_nlp.values.errors import FormalismError

_Message = Outcome | BaseException | None


class Engine(Protocol):
    """Whatever scores a list of files somewhere: processes of this machine (``Crew``) or a cluster (``cluster.Cluster``)."""

    @property
    def key(self) -> str:
        """``Setup.key`` with the versions of the scorer in use."""

    def outcomes(self, tasks: Iterable[Task]) -> Iterator[Outcome]:
        """Yield one outcome a task, in the order in which they are ready."""

    def __enter__(self) -> Engine:
        """Nothing runs yet."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """End what runs, at once."""


def usable_cores() -> int:
    """Cores this process may use: those it is bound to, not all the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class Crew:
    """Worker processes on this machine; use it as a context manager.

    Args:
        setup: how to score.
        workers: number of processes; default one for each core this process may use.
    """

    def __init__(self, setup: Setup, workers: int = 0) -> None:
        self._lanes = [Lane(setup) for _ in range(max(workers or usable_cores(), 1))]
        self._stopped = threading.Event()
        self._taking = threading.Lock()

    @property
    def key(self) -> str:
        """``Setup.key`` with the versions of the scorer; starts the first worker.

        Raises:
            FormalismError: the worker cannot start (F201, F301, F401, F606).
        """
        return self._lanes[0].key

    def outcomes(self, tasks: Iterable[Task]) -> Iterator[Outcome]:
        """Yield one outcome a task, in the order in which they are ready; may be called once.

        Args:
            tasks: taken one by one as workers become free, so that they may be many.

        Raises:
            FormalismError: a worker cannot start, or starts with another lexicon or model than the first one had (F606): they
                were changed during the run. The others are ended.
        """
        key = self.key
        waiting = iter(tasks)
        # Bounded: when the ledger is slower than the workers, the workers wait.
        ready: queue.Queue[_Message] = queue.Queue(maxsize=4 * len(self._lanes))
        threads = [
            threading.Thread(target=self._work, args=(lane, key, waiting, ready), name="formalism-lane", daemon=True)
            for lane in self._lanes
        ]
        for thread in threads:
            thread.start()
        working = len(threads)
        try:
            while working:
                message = ready.get()
                if isinstance(message, Outcome):
                    yield message
                elif message is None:
                    working -= 1
                else:
                    raise message
        finally:
            self.close()
            while any(thread.is_alive() for thread in threads):
                try:
                    ready.get(timeout=0.05)  # a thread may be waiting for room
                except queue.Empty:
                    continue

    def _work(self, lane: Lane, key: str, waiting: Iterator[Task], ready: queue.Queue[_Message]) -> None:
        try:
            while not self._stopped.is_set():
                with self._taking:
                    task = next(waiting, None)
                if task is None:
                    break
                outcome = lane.score(task)
                if lane.key_of_last != key:
                    raise FormalismError(
                        "F606", task.path, "词表或模型在运行中变了，请重新开始 / lexicon or model changed: start again"
                    )
                ready.put(outcome)
            ready.put(None)
        except BaseException as error:  # noqa: BLE001 - told to the thread that reads, which raises it
            ready.put(error)
        finally:
            lane.close()

    def close(self) -> None:
        """End all workers at once."""
        self._stopped.set()
        for lane in self._lanes:
            lane.close()

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
