"""What a scoring process costs to start, and what a crash costs with and without a keeper: ``python -m benchmarks.start``."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from formalism_nlp.batch import lane as lane_module
from formalism_nlp.batch.lane import Lane
from formalism_nlp.batch.outcome import Setup, Task

TIMES = 9
SETUP = Setup("benchmarks.poison:poisoned")


def fresh() -> float:
    """Seconds until a fresh process has loaded lexicon, model and norms and says so."""
    started = time.perf_counter()
    lane = Lane(SETUP)
    assert lane.key
    took = time.perf_counter() - started
    lane.close()
    return took


def crashes(good: str, bad: str) -> list[float]:
    """Seconds for a file that segfaults, verdict by a fresh process included, and the good file after it."""
    lane, times = Lane(SETUP), []
    lane.score(Task(good))
    for _ in range(TIMES):
        started = time.perf_counter()
        lane.score(Task(bad))
        lane.score(Task(good))
        times.append(time.perf_counter() - started)
    lane.close()
    return times


def own_memory(lane: Lane) -> float:
    """MB that belong to the loaded process of a lane alone."""
    assert lane.key and lane._process is not None
    lines = Path(f"/proc/{lane._process.pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private")) / 1024


def main() -> None:
    """Print medians."""
    print(f"a fresh process is ready after {statistics.median(fresh() for _ in range(TIMES)) * 1000:.0f} ms")
    lane = Lane(SETUP)
    print(f"it has {own_memory(lane):.0f} MB of its own")
    lane.close()
    with tempfile.TemporaryDirectory() as folder:
        good, bad = Path(folder, "good.txt"), Path(folder, "bad.txt")
        good.write_text("召开会议12次。", encoding="utf-8")
        bad.write_text("SEGFAULT", encoding="utf-8")
        for name, command in (("with a keeper", ()), ("without", ("direct",))):
            kept, lane_module._WORKER = lane_module._WORKER, (*lane_module._WORKER, *command)
            times = crashes(str(good), str(bad))
            lane_module._WORKER = kept
            print(f"a crash and the file after it, {name}: {statistics.median(times) * 1000:.0f} ms")


if __name__ == "__main__":
    main()
