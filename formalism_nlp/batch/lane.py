"""One supervised worker process: whatever a file does to it, the answer is an Outcome, and the next file gets a sound process."""

from __future__ import annotations

import json
import logging
import math
import os
import signal
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Mapping
from dataclasses import asdict
from typing import IO, Any

from formalism_nlp.batch.frames import LONGEST, read_bytes, read_error, read_message, write_message
from formalism_nlp.batch.keeper import describe
from formalism_nlp.batch.outcome import Outcome, Scored, Setup, Task
from formalism_nlp.values.errors import FormalismError
from formalism_nlp.values.report import Failure
from formalism_nlp.views.frame import DOCUMENT_COLUMNS, document_row
from formalism_nlp.views.wire import failure_dict

_LOG = logging.getLogger(__name__)
_START_SECONDS = 120.0
_WORKER = ("-P", "-m", "formalism_nlp.batch.worker")
_KEEPER_GRACE = 2.0  # a keeper keeps the time limit itself; we step in when it does not
_WHOLE_FILE = 30  # an archive may take that many times the limit of one document
_TICK = 0.1  # how exactly time limits are kept
_ALARM = getattr(signal, "SIGALRM", 0)
_KINDS: dict[str, type] = {"str": str, "int64": int}
_COSTS = {"unchanged": bool, "kind": str, "characters": int, "read_seconds": float, "score_seconds": float, "peak": int}
_STEP_BACK = {"F602", "F603"}
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1")


class Lane:
    """Scores one file at a time in a worker process of its own. Not for several threads at once.

    A process that crashes, overruns its time or takes too much memory is replaced. A crash or a lack of memory in a process
    that has read other files before is tried once more in a fresh one, so that the verdict on a file never depends on
    the files before it.

    Args:
        setup: how to score.
    """

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._process: subprocess.Popen[bytes] | None = None
        self._watch: _Watch | None = None
        self._served = 0
        self._keeps = False
        self._closed = False
        self._versions: Mapping[str, str] = {}

    @property
    def key(self) -> str:
        """``Setup.key`` with the versions of the scorer; starts the process if need be."""
        if self._process is None:
            self._start()
        return self.key_of_last

    @property
    def key_of_last(self) -> str:
        """The key of the process that scored last."""
        return self._setup.key(self._versions)

    def score(self, task: Task) -> Outcome:
        """Score one file.

        Returns:
            The outcome; a crash, a time-out and a lack of memory are failed rows (F602, F601, F603).

        Raises:
            FormalismError: the process cannot start at all (F201, F301, F401, F606).
        """
        fresh = self._process is None or self._served == 0
        outcome = self._try(task)
        if not fresh and not self._closed and any(row["error_code"] in _STEP_BACK for row in outcome.failures):
            _LOG.info("%s: failed in a used process, once more in a fresh one", task.path)
            outcome = self._try(task)
        return outcome

    def close(self) -> None:
        """End the process at once; may be called from another thread, and then ends the scoring that goes on there."""
        self._closed = True
        self._stop()

    def _start(self) -> None:
        if self._closed:
            raise FormalismError("F606", "", "closed")
        command = [sys.executable, *_WORKER]
        # -P and no empty entry: nothing is ever imported from the working folder, which may be the folder of hostile files.
        path = os.pathsep.join(entry for entry in sys.path if entry)
        errors = None if _LOG.isEnabledFor(logging.DEBUG) else subprocess.DEVNULL
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                env={**os.environ, **_ONE_THREAD, "PYTHONPATH": path},
                start_new_session=True,  # so that a keeper and its fork can be ended together
            )
        except OSError as error:
            raise FormalismError("F606", " ".join(command), str(error)) from error
        self._served = 0
        process = self._process
        self._watch = watch = _Watch(process)
        assert process.stdin is not None and process.stdout is not None
        try:
            watch.begin(_START_SECONDS)
            write_message(process.stdin, asdict(self._setup))
            hello = read_message(process.stdout)
            watch.rest()
        except (OSError, EOFError) as error:
            self._stop()
            how = f"nothing within {_START_SECONDS:.0f} s" if watch.expired else describe(process.wait())
            raise FormalismError("F606", " ".join(command), f"{how}; -vv shows what it says") from error
        if "error" in hello:
            self._stop()
            raise read_error(hello)
        self._versions = hello["versions"]
        self._keeps = bool(hello["keeps"])
        _LOG.debug("worker %d is ready", hello["pid"])

    def _stop(self) -> None:
        process, self._process = self._process, None
        if self._watch is not None:
            self._watch.close()
        if process is None:
            return
        _kill(process)
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                try:
                    stream.close()
                except OSError:  # what was left to write has nobody to read it
                    continue

    def _try(self, task: Task) -> Outcome:
        if self._watch is not None and self._watch.expired:  # its answer and the kill crossed each other
            self._stop()
        if self._process is None:
            self._start()
        process, watch = self._process, self._watch
        assert process is not None and process.stdin is not None and process.stdout is not None and watch is not None
        self._served += 1
        found: dict[str, Any] = {"documents": [], "identity": {}}
        try:
            grace = _KEEPER_GRACE if self._keeps else 0.0
            watch.begin(self._setup.seconds + grace, whole=self._setup.seconds * _WHOLE_FILE)
            write_message(process.stdin, asdict(task))
            end = _collect(process.stdout, found, watch)
            watch.rest()
            if not end.pop("code"):
                return Outcome(task.path, documents=tuple(found["documents"]), **found["identity"], **_costs(end))
        except (OSError, EOFError, KeyError, TypeError, ValueError, zlib.error) as error:
            # KeyError and the like: the process does not keep to the format, so nothing it says can be trusted any more.
            self._stop()
            code, detail = ("F601", f"{self._setup.seconds:g} s") if watch.expired else ("F602", describe(process.wait()))
            _LOG.info("%s: %s %s (%s)", task.path, code, detail, type(error).__name__)
            return _failed(task, found, code, detail)
        # The process ended with this file; its keeper, if any, has the next one ready.
        self._served = 0
        if not self._keeps:
            self._stop()
        limits = {"F601": f"{self._setup.seconds:g} s", "F603": f"{self._setup.memory >> 20} MB"}
        return _failed(task, found, end["why"], limits.get(end["why"], end["how"]))


class _Watch:
    """A thread that kills its process when that is silent for too long; the reading thread then sees the end of the stream."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._silence = self._end = self._deadline = math.inf
        self.expired = False
        threading.Thread(target=self._look, name="formalism-watch", daemon=True).start()

    def begin(self, seconds: float, *, whole: float = math.inf) -> None:
        """Start the clock: ``seconds`` until the next message, ``whole`` for all together."""
        self._silence, self._end = seconds, time.monotonic() + whole
        self.heard()

    def heard(self) -> None:
        """A message came: the time until the next one starts anew."""
        with self._lock:
            self._deadline = min(time.monotonic() + self._silence, self._end)

    def rest(self) -> None:
        """Stop the clock; from now on the process may be silent."""
        with self._lock:
            self._deadline = math.inf

    def close(self) -> None:
        """End the thread."""
        self._over.set()

    def _look(self) -> None:
        while not self._over.wait(_TICK):
            with self._lock:
                self.expired = time.monotonic() > self._deadline
                if self.expired:
                    _kill(self._process)
                    return


def _collect(stream: IO[bytes], found: dict[str, Any], watch: _Watch) -> dict[str, Any]:
    """Read the messages about one file into ``found`` as they come, so that what came before a crash is not lost."""
    while True:
        message = read_message(stream)
        if "end" in message:
            end = dict(message["end"])
            return {**end, "why": str(end["code"]), "how": ""}
        if "ended" in message:
            status = int(message["ended"])
            return {"code": True, "why": "F601" if status == -_ALARM else "F602", "how": describe(status)}
        if "row" in message:
            report = _report(read_bytes(stream)) if message["report"] else b""
            found["documents"].append(Scored(_row(message["row"]), report))
            watch.heard()
        else:
            found["identity"] = {"sha256": str(message["sha256"]), "size": int(message["size"])}


def _row(values: dict[str, Any]) -> dict[str, Any]:
    """Take over a row if it has the columns and kinds it must have; a process that an exploit has taken over may say anything."""
    row: dict[str, Any] = {}
    for name, kind in DOCUMENT_COLUMNS.items():
        value = values[name]
        if kind == "float64":
            row[name] = None if value is None else float(value)
        elif type(value) is _KINDS[kind]:
            row[name] = value
        else:
            raise TypeError(f"{name}: {type(value).__name__}")
    return row


def _report(body: bytes) -> bytes:
    """Take over a report if it can be unpacked."""
    unpacker = zlib.decompressobj()
    unpacker.decompress(body, LONGEST)
    if not unpacker.eof:
        raise ValueError("not a whole report")
    return body


def _costs(end: dict[str, Any]) -> dict[str, Any]:
    return {name: kind(end[name]) for name, kind in _COSTS.items()}


def _failed(task: Task, found: dict[str, Any], code: str, detail: str) -> Outcome:
    """The documents that came before the end, and a failed row for the rest of the file."""
    documents = (*found["documents"], failed_document(task.path, code, detail))
    return Outcome(task.path, documents=documents, **found["identity"])


def failed_document(path: str, code: str, detail: str) -> Scored:
    """A failed row that the supervisor itself makes."""
    failure = Failure(path, code, str(FormalismError(code, path, detail)))
    row = {name: None if value != value else value for name, value in document_row(failure).items()}
    return Scored(row, zlib.compress(json.dumps(failure_dict(failure)).encode("ascii")))


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End a process and, where there is one, the fork it keeps."""
    if process.poll() is not None:
        return
    if os.name == "posix":
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
