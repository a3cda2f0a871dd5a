"""The process that reads and scores: ``python -P -m formalism_nlp.batch.worker``, spoken to over its standard input and output.

It is started anew, not forked from the caller: so it works inside threads and inside the daemonic processes of a cluster, and it
inherits no file, lock or secret. With the argument ``direct`` it reads files itself, as it always does where there is no keeper.
"""

from __future__ import annotations

import faulthandler
import importlib
import json
import os
import signal
import sys
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import IO, Any, Protocol

from formalism_nlp.batch.frames import error_message, read_message, write_bytes, write_message
from formalism_nlp.batch.keeper import Mark, keep
from formalism_nlp.batch.outcome import Setup
from formalism_nlp.batch.source import Source
from formalism_nlp.values.document import Document
from formalism_nlp.values.errors import FormalismError
from formalism_nlp.values.report import Failure, Report, Versions
from formalism_nlp.views.frame import document_row
from formalism_nlp.views.wire import failure_dict, to_json

_GRACE = 3.0
_FILES_A_PROCESS = 1_000  # what a parser leaks ends with its process
_PROBE = "检查工作。"


class Scores(Protocol):
    """What a factory gives; ``analysis.scorer.Scorer`` is one."""

    @property
    def versions(self) -> Versions:
        """What makes its reports."""

    def score(self, document: Document, *, genre: str) -> Report:
        """Score one document; raises FormalismError."""


def main(arguments: Sequence[str] = ()) -> None:
    """Serve one supervisor until it closes the pipe."""
    source, sink = _private_pipes()
    faulthandler.enable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the supervisor decides what becomes of us
    setup = Setup(**read_message(source))
    keeps = sys.platform == "linux" and "direct" not in arguments
    try:
        scorer = _build(setup)
    except FormalismError as error:
        write_message(sink, error_message(error))
        return
    write_message(sink, {"versions": asdict(scorer.versions), "pid": os.getpid(), "keeps": keeps})
    serve = partial(_serve, source=source, sink=sink, scorer=scorer, setup=setup, grace=0.0 if keeps else _GRACE)
    try:
        if keeps:
            keep(serve, sink)
        else:
            serve(Mark())
    except BrokenPipeError:
        os._exit(0)  # no flushing into a pipe that is closed


def _serve(mark: Mark, source: IO[bytes], sink: IO[bytes], scorer: Scores, setup: Setup, grace: float) -> None:
    """Score files until the supervisor has gone, memory ran out, or there were enough of them."""
    _limit_memory(setup.memory)
    alarm = Alarm(setup.seconds + grace)
    for _ in range(_FILES_A_PROCESS):
        mark.idle()
        try:
            task = read_message(source)
        except EOFError:
            mark.gone()
            return
        mark.busy()
        for message, report in _answer(task["path"], task["known"], scorer, setup, alarm):
            write_message(sink, message)
            if report:
                write_bytes(sink, report)
        if message["end"]["code"]:
            break
    mark.idle()


def _private_pipes() -> tuple[IO[bytes], IO[bytes]]:
    """Take standard input and output for the messages alone: what a parser prints goes to standard error."""
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return source, sink


def _build(setup: Setup) -> Scores:
    """Make the scorer once, and try it, so that an unknown genre is told before the first file."""
    try:
        module, _, name = setup.factory.partition(":")
        factory: Callable[..., Scores] = getattr(importlib.import_module(module), name)
        scorer = factory(**setup.options)
        scorer.score(Document.from_text(_PROBE), genre=setup.genre)
    except FormalismError:
        raise
    except Exception as error:
        raise FormalismError("F606", setup.factory, f"{type(error).__name__}: {error}") from error
    return scorer


def _limit_memory(memory: int) -> None:
    """Bound the address space to what is in use now plus ``memory``; Linux only, macOS and Windows have no such limit."""
    if sys.platform != "linux":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if memory:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        most = pages * resource.getpagesize() + memory
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


class Alarm:
    """The kernel's alarm, whose default action ends the process even inside a parser written in C.

    A keeper takes it for the time limit. Where the process has none, the supervisor keeps the limit, and the alarm, some seconds
    later, is for the case that the supervisor has been killed.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds if hasattr(signal, "setitimer") else 0.0

    def set(self) -> None:
        """Start anew."""
        if self._seconds:
            signal.setitimer(signal.ITIMER_REAL, self._seconds)

    def off(self) -> None:
        """No file is being read."""
        if self._seconds:
            signal.setitimer(signal.ITIMER_REAL, 0)


def _peak() -> int:
    """Largest resident size of this process so far in bytes, 0 where the system does not tell."""
    try:  # getrusage would count what the supervisor had when it started us
        status = Path("/proc/self/status").read_text(encoding="utf-8", errors="replace")
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024
    except (OSError, IndexError, ValueError):
        return 0


def _answer(path: str, known: str, scorer: Scores, setup: Setup, alarm: Alarm) -> Iterator[tuple[dict[str, Any], bytes]]:
    """Yield the identity of a file, its documents, and what they cost; each message may be followed by a report."""
    alarm.set()
    totals: dict[str, Any] = {
        "code": "",
        "unchanged": False,
        "kind": "",
        "characters": 0,
        "read_seconds": 0.0,
        "score_seconds": 0.0,
    }
    try:
        source = Source(path, setup.limit)
        sha256, size = source.identity()
        yield {"sha256": sha256, "size": size}, b""
        totals["unchanged"] = bool(known) and sha256 == known
        if not totals["unchanged"]:
            for result in _score(source, scorer, setup, totals):
                alarm.set()
                yield _document(result, setup.full)
    except MemoryError:
        totals["code"] = "F603"
    except FormalismError as error:
        yield _document(Failure(path, error.code, str(error)), setup.full)
    except Exception as error:  # noqa: BLE001 - a document that defeats a parser must not cost the other documents
        detail = f"{type(error).__name__}: {error}"
        yield _document(Failure(path, "F900", str(FormalismError("F900", path, detail[:500]))), setup.full)
    alarm.off()
    yield {"end": {**totals, "peak": _peak()}}, b""


def _score(source: Source, scorer: Scores, setup: Setup, totals: dict[str, Any]) -> Iterator[Report | Failure]:
    """Read and score the documents of a file one by one, adding up what it takes."""
    started = time.process_time()
    for item in source.documents():
        read = time.process_time()
        totals["read_seconds"] += read - started
        if isinstance(item, Document):
            totals["kind"] = totals["kind"] or item.format
            totals["characters"] += len(item.text)
            try:
                result: Report | Failure = scorer.score(item, genre=setup.genre)
            except FormalismError as error:
                result = Failure(item.name, error.code, str(error))
            totals["score_seconds"] += time.process_time() - read
        else:
            result = Failure(item.where, item.code, str(item))
        yield result
        started = time.process_time()


def _document(result: Report | Failure, full: bool) -> tuple[dict[str, Any], bytes]:
    row = {name: None if value != value else value for name, value in document_row(result).items()}
    if not full:
        return {"row": row, "report": False}, b""
    text = json.dumps(failure_dict(result), ensure_ascii=True) if isinstance(result, Failure) else to_json(result)
    return {"row": row, "report": True}, zlib.compress(text.encode("utf-8"))


if __name__ == "__main__":
    main(sys.argv[1:])
