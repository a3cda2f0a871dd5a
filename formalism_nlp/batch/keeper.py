"""On Linux a worker process loads the scorer once and lets forks of itself do the reading, so that a crash costs milliseconds.

The process that was loaded never reads a file; a fork of it is therefore always a fresh process. It has one thread, which is what
makes forking safe. macOS and Windows do without: there the loaded process reads itself and is replaced whole.
"""

from __future__ import annotations

import mmap
import os
import signal
import traceback
from collections.abc import Callable
from typing import IO

from formalism_nlp.batch.frames import write_message

_IDLE, _BUSY, _GONE = 0, 1, 2


class Mark:
    """What a reading process is at, in memory that its keeper still sees when it is dead."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, 1)

    def idle(self) -> None:
        """Waiting for a file."""
        self._memory[0] = _IDLE

    def busy(self) -> None:
        """At work on a file."""
        self._memory[0] = _BUSY

    def gone(self) -> None:
        """The supervisor has gone: there is nobody to work for."""
        self._memory[0] = _GONE

    @property
    def is_busy(self) -> bool:
        """Whether the process ended in the middle of a file."""
        return self._memory[0] == _BUSY

    @property
    def is_gone(self) -> bool:
        """Whether all work has ended."""
        return self._memory[0] == _GONE


def keep(serve: Callable[[Mark], None], sink: IO[bytes]) -> None:
    """Let forks serve, one after the other, and tell the supervisor how one ended that left a file unfinished.

    Args:
        serve: runs in the fork; keeps its mark and returns when it wants to be replaced.
        sink: to the supervisor.

    Raises:
        BrokenPipeError: the supervisor has gone.
    """
    mark = Mark()
    while not mark.is_gone:
        mark.idle()
        child = os.fork()
        if not child:
            _serve(serve, mark)
        _, status = os.waitpid(child, 0)
        if mark.is_busy:
            write_message(sink, {"ended": os.waitstatus_to_exitcode(status)})


def _serve(serve: Callable[[Mark], None], mark: Mark) -> None:
    status = 1
    try:
        serve(mark)
        status = 0
    except BrokenPipeError:
        mark.gone()
    except BaseException:  # noqa: BLE001 - also what would end an ordinary process must not reach the keeper's code
        traceback.print_exc()
    finally:
        os._exit(status)  # the fork must never go on with what its keeper does next


def describe(status: int) -> str:
    """How a process ended, by its exit code (a negative one is a signal)."""
    if status >= 0:
        return f"exit status {status}"
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"
