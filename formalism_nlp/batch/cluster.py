"""The engine of many machines: a Dask cluster takes lists of files; each of its workers scores them in a supervised process.

So a file that crashes or hangs costs itself, as on one machine, and a machine that dies costs only time: Dask gives its files to
another. Results come back to the one ledger of the run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from types import TracebackType
from typing import Any

from formalism_nlp.batch.lane import Lane
from formalism_nlp.batch.outcome import Outcome, Setup, Task
from formalism_nlp.values.errors import FormalismError

_FILES_A_TASK = 256  # the start of a scoring process, a quarter of a second, then is a few per cent of the work
_TASKS_A_THREAD = 4  # waiting on the cluster, so that no thread is ever idle and no result waits long
_CONNECT_SECONDS = 15


class Cluster:
    """A Dask cluster with formalism_nlp installed on its workers; use it as a context manager.

    Args:
        setup: how to score.
        scheduler: address, ``"tcp://host:8786"``. Paths must mean the same on every worker: a shared folder, or URLs.

    Raises:
        FormalismError: F607 Dask is not installed; F608 the scheduler cannot be reached, has no workers, or the workers
            lack the library.
    """

    def __init__(self, setup: Setup, scheduler: str) -> None:
        self._dask = _distributed()
        self._setup = setup
        self._scheduler = scheduler
        try:
            self._client = self._dask.Client(scheduler, timeout=_CONNECT_SECONDS)
        except (OSError, ValueError) as error:
            raise FormalismError("F608", scheduler, f"{type(error).__name__}: {error}") from error
        self._key = ""

    @property
    def key(self) -> str:
        """``Setup.key`` with the versions of the scorer, which must be the same on all workers.

        Raises:
            FormalismError: F608 there is no worker, or workers have different versions; F201, F301, F401, F606 the scorer
                cannot be made there.
        """
        if not self._key:
            keys: dict[str, Any] = self._result(lambda: self._client.run(_key, self._setup))
            if len(set(keys.values())) != 1:
                detail = f"没有工作节点 / no workers, or different versions: {keys}"
                raise FormalismError("F608", self._scheduler, detail)
            self._key = next(iter(keys.values()))
        return self._key

    def outcomes(self, tasks: Iterable[Task]) -> Iterator[Outcome]:
        """Yield one outcome a task, in the order in which they are ready.

        Raises:
            FormalismError: F608 the cluster is lost, or a worker that joined later has other versions.
        """
        waiting = list(tasks)
        threads = max(sum(self._client.nthreads().values()), 1)
        size = min(max(len(waiting) // (threads * _TASKS_A_THREAD), 1), _FILES_A_TASK)
        lists = iter([waiting[i : i + size] for i in range(0, len(waiting), size)])
        ready = self._dask.as_completed([self._submit(few) for few in islice(lists, threads * _TASKS_A_THREAD)])
        for future in ready:
            key, outcomes = self._result(future.result)
            if key != self._key:
                raise FormalismError("F608", self._scheduler, f"different versions: {key}, {self._key}")
            yield from outcomes
            for few in islice(lists, 1):
                ready.add(self._submit(few))

    def _submit(self, tasks: list[Task]) -> Any:
        return self._client.submit(_score, self._setup, tasks, pure=False)

    def _result(self, get: Any) -> Any:
        """A result from the cluster; whatever keeps it from coming is the cluster's failure, never that of a document."""
        try:
            return get()
        except FormalismError:
            raise
        except Exception as error:
            raise FormalismError("F608", self._scheduler, f"{type(error).__name__}: {error}"[:500]) from error

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._client.close()


def _distributed() -> Any:
    try:
        import distributed
    except ImportError as error:
        raise FormalismError("F607", "dask", "pip install 'formalism-nlp[dask]'") from error
    return distributed


def _key(setup: Setup) -> str:
    lane = Lane(setup)
    try:
        return lane.key
    finally:
        lane.close()


def _score(setup: Setup, tasks: list[Task]) -> tuple[str, list[Outcome]]:
    """Runs on a worker of the cluster."""
    lane = Lane(setup)
    try:
        outcomes = [lane.score(task) for task in tasks]
        return lane.key_of_last, outcomes
    finally:
        lane.close()
