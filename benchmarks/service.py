"""Load and abuse of ``formalism serve`` on this machine: ``python -m benchmarks.service``.

Starts the service as a user would, asks it from many clients, then attacks it; prints every figure and ends with 1 when one
of the promises is broken: no error, no hang, the honest client is served during and after each attack, memory stays bounded.
Sends traffic to 127.0.0.1 only, for a bounded time.
"""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click
import psutil

from benchmarks.http_load import Tally, load, once, post, score_request
from formalism_nlp import store
from formalism_nlp.apps.service.limits import MIB, Limits
from formalism_nlp.apps.service.pool import Pool
from formalism_nlp.apps.service.run import cores

CHARACTERS = 600
PROMISED_RATE, PROMISED_P99 = 300, 300


def texts(size: int = CHARACTERS) -> list[str]:
    """Different texts of ``size`` characters from the documents of this repository."""
    whole = "\n".join(p.read_text(encoding="utf-8") for p in sorted((store.data_folder("corpora") / "documents").glob("*.txt")))
    return [whole[i : i + size] for i in range(0, len(whole) - size, size)]


class Server:
    """The service in a process of its own."""

    def __init__(self, *options: str) -> None:
        command = [sys.executable, "-m", "formalism_nlp", "serve", "--port", "0", "--quiet", *options]
        self._process = subprocess.Popen([*command[:-1], command[-1]], stderr=subprocess.PIPE, text=True)
        assert self._process.stderr is not None
        for line in self._process.stderr:
            found = re.search(r"http://127\.0\.0\.1:(\d+)", line)
            if found:
                self.port = int(found[1])
                break
        else:
            raise SystemExit("the service did not start")

    def memory(self) -> list[int]:
        """Resident MB of the front and of each worker."""
        front = psutil.Process(self._process.pid)
        return [p.memory_info().rss // MIB for p in (front, *sorted(front.children(), key=lambda p: p.pid))]

    def alive(self) -> bool:
        return self._process.poll() is None

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(20)
