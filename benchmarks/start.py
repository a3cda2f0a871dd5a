"""What it costs to get a scoring process: a fresh one, against a fork of a warm one. ``python -m benchmarks.start``."""

from __future__ import annotations

import multiprocessing
import statistics
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

from formalism_nlp.api import default_scorer
from formalism_nlp.batch.lane import Lane
from formalism_nlp.batch.outcome import Setup

TIMES = 10


def fresh() -> float:
    """Seconds until a fresh process has loaded lexicon, model and norms and says so."""
    started = time.perf_counter()
    lane = Lane(Setup())
    assert lane.key
    took = time.perf_counter() - started
    lane.close()
    return took


def forked() -> float:
    """Seconds until a fork of this process, which has everything loaded, says so."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    started = time.perf_counter()
    child = context.Process(target=_hello, args=(theirs,))
    child.start()
    ours.recv_bytes()
    took = time.perf_counter() - started
    child.join()
    return took


def _hello(pipe: Connection) -> None:
    default_scorer().score("检查工作。")
    pipe.send_bytes(b"ready")


def own_memory() -> float:
    """MB that belong to this process alone."""
    lines = Path("/proc/self/smaps_rollup").read_text(encoding="ascii").splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private")) / 1024


def main() -> None:
    """Print medians."""
    measured: list[tuple[str, Callable[[], float]]] = [("fresh process", fresh), ("fork of a warm process", forked)]
    default_scorer()
    for name, measure in measured:
        print(f"{name:<24} ready after {statistics.median(measure() for _ in range(TIMES)) * 1000:>6.0f} ms")
    print(f"a process with everything loaded has {own_memory():.0f} MB of its own")


if __name__ == "__main__":
    main()
