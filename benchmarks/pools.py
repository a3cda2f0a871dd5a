"""Which pool of processes survives poisoned files: ``python -m benchmarks.pools``.

The same 200 tasks, of which 20 segfault, exit, abort or hang, go through the standard library's executor, through pebble when it
is installed, and through our supervised processes. Printed is how many of the 180 good ones came back, and after what time.
"""

from __future__ import annotations

import concurrent.futures
import importlib.util
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from benchmarks.poison import obey
from formalism_nlp.batch.crew import Crew
from formalism_nlp.batch.outcome import Setup, Task

GOOD, LIMIT, WORKERS, PATIENCE = 180, 1.0, 2, 60.0
POISON = ("SEGFAULT", "EXIT", "ABORT", "HANG", "SPIN") * 4


def texts() -> list[str]:
    """Good texts with a poisoned one after every ninth."""
    good = [f"SLEEP 0.01 {i}" for i in range(GOOD)]
    for number, order in enumerate(POISON):
        good.insert(number * 10 + 9, f"{order} {number}")
    return good


def task(text: str) -> str:
    """Work for a pool."""
    obey(text)
    return text


def executor() -> Counter[str]:
    """concurrent.futures: a dead process breaks the pool, a hanging one blocks it."""
    outcome: Counter[str] = Counter()
    pool = concurrent.futures.ProcessPoolExecutor(WORKERS)
    futures = [pool.submit(task, text) for text in texts()]
    done, waiting = concurrent.futures.wait(futures, timeout=PATIENCE)
    for future in done:
        outcome["ok" if future.exception() is None else type(future.exception()).__name__] += 1
    outcome["never came back"] = len(waiting)
    for process in list((pool._processes or {}).values()):
        process.kill()
    pool.shutdown(wait=False, cancel_futures=True)
    return outcome


def pebble() -> Counter[str]:
    """pebble.ProcessPool with a time-out a task (LGPL; tried, not depended on)."""
    from pebble import ProcessPool

    outcome: Counter[str] = Counter()
    with ProcessPool(WORKERS) as pool:
        futures = [pool.schedule(task, (text,), timeout=LIMIT) for text in texts()]
        for future in futures:
            try:
                future.result(timeout=PATIENCE)
                outcome["ok"] += 1
            except Exception as error:  # noqa: BLE001 - the kind of error is what is measured
                outcome[type(error).__name__] += 1
        pool.stop()
    return outcome


def supervised() -> Counter[str]:
    """Our own: every task is a file, and every file a row."""
    outcome: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder, f"{number:03}.txt") for number in range(len(texts()))]
        for path, text in zip(paths, texts(), strict=True):
            path.write_text(text, encoding="utf-8")
        with Crew(Setup("benchmarks.poison:puppet", seconds=LIMIT), WORKERS) as crew:
            for result in crew.outcomes(Task(str(path)) for path in paths):
                outcome[result.documents[0].row["error_code"] or "ok"] += 1
    return outcome


def main() -> None:
    """Print a line a pool."""
    pools: list[tuple[str, Callable[[], Counter[str]]]] = [("concurrent.futures", executor), ("supervised", supervised)]
    if importlib.util.find_spec("pebble"):
        pools.append(("pebble", pebble))
    for name, pool in pools:
        started = time.monotonic()
        outcome = pool()
        rest = ", ".join(f"{key} {number}" for key, number in sorted(outcome.items()) if key != "ok" and number)
        print(f"{name:<20} good {outcome['ok']:>3} of {GOOD}  {time.monotonic() - started:>5.1f} s  {rest}")


if __name__ == "__main__":
    main()
