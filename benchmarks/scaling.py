"""How time grows with length, and what a second process gives."""

from __future__ import annotations

import math
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from formalism_nlp.api import default_scorer

Points = list[tuple[int, float]]
_ROUNDS = 5  # of one process and of two, in turn: a single one says as much about the machine as about the library
_WORK = (
    "import sys, time\nfrom benchmarks.texts import load_texts\nimport formalism_nlp as fn\n"
    "texts = load_texts()[0]\nlist(fn.score_many(texts))\nprint('ready', flush=True)\nsys.stdin.readline()\n"
    "for _ in range(8): list(fn.score_many(texts))\nprint('done', flush=True)"
)


def by_length(text: str, most: int) -> Points:
    """Print and return (characters, processor seconds), the least of three, for lengths from 10³ to ``most``."""
    scorer = default_scorer()
    points: Points = []
    print(f"{'characters':>12}{'seconds':>12}{'M characters/s':>17}")
    for exponent in range(6, 2 * round(math.log10(most)) + 1):
        size = round(10 ** (exponent / 2))
        part = (text * (size // len(text) + 1))[:size]
        seconds = min(_seconds(scorer.score, part) for _ in range(3))
        points.append((size, seconds))
        print(f"{size:>12,}{seconds:>12.4f}{size / seconds / 1e6:>17.3f}")
    return points


def _seconds(run: Callable[[str], object], part: str) -> float:
    started = time.process_time()
    run(part)
    return time.process_time() - started


def slope(points: Points) -> float:
    """Least-squares slope of log time on log length."""
    x, y = [math.log(size) for size, _ in points], [math.log(seconds) for _, seconds in points]
    mx, my = sum(x) / len(x), sum(y) / len(y)
    return sum((a - mx) * (b - my) for a, b in zip(x, y, strict=True)) / sum((a - mx) ** 2 for a in x)


def two_processes(cores: Sequence[int]) -> None:
    """Print how much more two processes do than one, wall clock, each on a core of its own: the median of some rounds, and all."""
    gains = sorted(_throughput(cores[:2]) / _throughput(cores[:1]) for _ in range(_ROUNDS))
    each = ", ".join(f"{gain:.2f}" for gain in gains)
    print(f"two processes do {statistics.median(gains):.2f} × the work of one (wall clock; {_ROUNDS} rounds: {each})")
    print("other load on the machine counts against it")


def _throughput(cores: Sequence[int]) -> float:
    workers = []
    for core in cores:
        command = [
            sys.executable,
            "-c",
            f"import os\nif hasattr(os, 'sched_setaffinity'): os.sched_setaffinity(0, {{{core}}})\n{_WORK}",
        ]
        workers.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
    for worker in workers:
        assert worker.stdout is not None and worker.stdout.readline() == "ready\n"
    started = time.perf_counter()
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    for worker in workers:
        assert worker.stdout is not None and worker.stdout.readline() == "done\n"
    took = time.perf_counter() - started
    for worker in workers:
        worker.communicate()
    return len(cores) / took


def write_plot(points: Points, path: Path) -> None:
    """Write time against length, both logarithmic, as SVG."""
    width, height, left, bottom = 640, 400, 70, 50
    low, high = math.floor(math.log10(points[0][1])), math.ceil(math.log10(points[-1][1]))
    first, last = math.log10(points[0][0]), math.log10(points[-1][0])

    def x(size: float) -> float:
        return left + (math.log10(size) - first) / (last - first) * (width - left - 20)

    def y(seconds: float) -> float:
        return height - bottom - (math.log10(seconds) - low) / (high - low) * (height - bottom - 20)

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="13">',
             "<title>Time to score a text against its length</title>", f'<rect width="{width}" height="{height}" fill="#fff"/>']  # fmt: skip
    for exponent in range(math.ceil(first), math.floor(last) + 1):
        parts.append(_line(x(10**exponent), height - bottom, x(10**exponent), 20))
        parts.append(f'<text x="{x(10**exponent):.1f}" y="{height - bottom + 20}" text-anchor="middle">{10**exponent:,}</text>')
    for exponent in range(low, high + 1):
        parts.append(_line(left, y(10.0**exponent), width - 20, y(10.0**exponent)))
        parts.append(f'<text x="{left - 8}" y="{y(10.0**exponent) + 4:.1f}" text-anchor="end">{10.0**exponent:g} s</text>')
    places = " ".join(f"{x(size):.1f},{y(seconds):.1f}" for size, seconds in points)
    parts.append(f'<polyline points="{places}" fill="none" stroke="#1f5fa8" stroke-width="2"/>')
    parts += [f'<circle cx="{x(size):.1f}" cy="{y(seconds):.1f}" r="3.5" fill="#1f5fa8"/>' for size, seconds in points]
    parts.append(f'<text x="{(left + width) / 2}" y="{height - 8}" text-anchor="middle">字数 characters</text></svg>')
    path.write_text("\n".join(parts) + "\n", encoding="utf-8")


def _line(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" stroke="#ddd"/>'
