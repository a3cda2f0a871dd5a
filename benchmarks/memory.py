"""Start-up, latency and peak memory, each in fresh interpreters."""

from __future__ import annotations

import statistics
import subprocess
import sys

_TEXT = "import pathlib\nfrom benchmarks.texts import load_texts\nwhole = '\\n'.join(load_texts()[0])\n"
# Not getrusage: its peak still counts what the parent had before the program was started.
_PEAK = "print([int(line.split()[1]) / 1024 for line in open('/proc/self/status') if line.startswith('VmHWM')][0])"
_TIMED = "import time\nt = time.perf_counter()\n{code}\nprint(time.perf_counter() - t)"
_NOTE = (
    "import statistics, time\nimport formalism_nlp as fn\n" + _TEXT + "note = whole[3000:3600]\n"
    "for _ in range(20): fn.score(note)\ntook = []\n"
    "for _ in range(200):\n    t = time.perf_counter(); fn.score(note); took.append(time.perf_counter() - t)\n"
    "print(statistics.median(took))"
)


def fresh(code: str) -> float:
    """Run code in a new interpreter; it prints one number last."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def start_table(times: int) -> None:
    """Print wall-clock seconds."""
    first = "import formalism_nlp as fn\nfn.score('各位代表：现在报告工作。' * 40)"
    for name, code in (
        ("import formalism_nlp", _TIMED.format(code="import formalism_nlp")),
        ("first score() in a fresh interpreter", _TIMED.format(code=first)),
        ("600-character note, warm, median", _NOTE),
    ):
        print(f"{name:<44}{1000 * statistics.median(fresh(code) for _ in range(times)):>12.1f} ms (wall)")


def memory_table(smoke: bool) -> None:
    """Print peak resident megabytes over a bare interpreter."""
    bare = fresh(_PEAK)
    print(f"{'bare interpreter':<44}{bare:>12.0f} MB")
    cases = [("scorer loaded", "pass"), ("report of 20,000 characters", "fn.score((whole * 9)[:20_000]).to_json()")]
    if not smoke:
        cases.append(("text of 50 MB (17.2 million characters)", "fn.score((whole * 99)[:17_200_000])"))
    for name, code in cases:
        program = f"{_TEXT}import formalism_nlp as fn\nfn.score('检查工作。')\n{code}\n{_PEAK}"
        print(f"{name:<44}{fresh(program) - bare:>+12.0f} MB")
