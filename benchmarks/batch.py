"""A folder of 2,000 files scored, killed, resumed, compared: ``python -m benchmarks.batch``. Needs the extra ``test``.

Prints files, failures by code, what each format costs, characters a second, peak memory, kills survived, and what larger
collections would need at the measured cost.
"""

from __future__ import annotations

import argparse
import json
import platform
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet

from benchmarks.files import make_folder
from formalism_nlp.batch.crew import usable_cores
from formalism_nlp.batch.outcome import Setup
from formalism_nlp.batch.run import Summary, score_paths

SETUP = Setup("benchmarks.poison:poisoned", seconds=5.0)


def score(folder: Path, output: Path) -> None:
    """The run that is killed: one line of JSON at its end."""
    summary = score_paths([folder], output, setup=SETUP)
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    own = int(status.partition("VmHWM:")[2].split()[0]) * 1024
    fields = {name: getattr(summary, name) for name in Summary.__dataclass_fields__ if name != "top"}
    print(json.dumps({**fields, "own_peak": own}))


def child(folder: Path, output: Path) -> subprocess.Popen[str]:
    """Start the run in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.batch", "--run", str(folder), str(output)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def uninterrupted(folder: Path, output: Path) -> dict[str, Any]:
    """What a run says that nobody disturbs."""
    said, _ = child(folder, output).communicate()
    return dict(json.loads(said))


def with_kills(folder: Path, output: Path, kills: int, typical: float) -> tuple[int, int]:
    """Start and kill -9 until the run comes to its end; return the kills it survived and the runs it took."""
    chance, survived, runs = random.Random(1), 0, 0
    while True:
        process = child(folder, output)
        runs += 1
        try:
            process.wait(chance.uniform(0.8, 0.8 + typical / kills) if survived < kills else None)
            return survived, runs
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            survived += 1


def show(whole: dict[str, Any], files: int) -> None:
    """Print what the undisturbed run says."""
    print(f"files {whole['files']} (made {files}), documents {whole['documents']}, failed {sum(whole['failures'].values())}")
    print("failures by code: " + ", ".join(f"{code} × {number}" for code, number in whole["failures"].items()))
    print(
        f"{'format':<10}{'files':>7}{'MB':>8}{'Mchars':>8}{'reading s':>11}{'scoring s':>11}{'ms a file':>11}{'chars/s a core':>16}"
    )
    for kind, number, size, characters, read, scored in whole["costs"]:
        line = f"{kind:<10}{number:>7}{size / 1e6:>8.1f}{characters / 1e6:>8.2f}{read:>11.1f}{scored:>11.1f}"
        print(f"{line}{1000 * (read + scored) / number:>11.1f}{characters / max(read + scored, 1e-9):>16,.0f}")
    print(f"wall {whole['seconds']:.1f} s on {usable_cores()} cores: {whole['characters'] / whole['seconds']:,.0f} characters/s")
    print(f"peak memory: a worker {whole['peak'] / 2**20:.0f} MB, the supervisor {whole['own_peak'] / 2**20:.0f} MB")


def extrapolate(whole: dict[str, Any]) -> None:
    """Print what more would take, by the processor time measured here."""
    good = [row for row in whole["costs"] if row[3]]
    characters, documents = sum(row[3] for row in good), whole["documents"] - sum(whole["failures"].values())
    read, scored = sum(row[4] for row in good), sum(row[5] for row in good)
    text = characters / scored
    print(f"scoring alone: {text:,.0f} characters/s a core; with reading this mixture: {characters / (read + scored):,.0f}")
    print(
        f"10^9 characters of plain text: {1e9 / text / 3600:.1f} core hours; as this mixture: {1e9 * (read + scored) / characters / 3600:.1f}"
    )
    each = (read + scored) / documents
    hours = 1e8 * each / 3600
    print(
        f"10^8 documents like these ({characters / documents:,.0f} characters, {1000 * each:.1f} ms of processor each): {hours:,.0f} core hours"
    )
    print(
        f"  that is {hours / 64 / 24:.1f} days on one machine with 64 cores, or {hours / 1024:.1f} hours on a cluster with 1,024"
    )


def main() -> None:
    """Make, score, kill, resume, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=25)
    parser.add_argument("--run", nargs=2, type=Path, metavar=("FOLDER", "OUTPUT"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.run:
        score(*arguments.run)
        return
    with tempfile.TemporaryDirectory() as work:
        folder, first, second = Path(work, "files"), Path(work, "first.parquet"), Path(work, "second.parquet")
        started = time.monotonic()
        make_folder(folder, arguments.files)
        print(f"Python {platform.python_version()}, {platform.machine()}; files made in {time.monotonic() - started:.0f} s")
        whole = uninterrupted(folder, first)
        show(whole, arguments.files)
        survived, runs = with_kills(folder, second, arguments.kills, whole["seconds"])
        one, other = (pyarrow.parquet.read_table(path).to_pandas() for path in (first, second))
        different = [name for name in one if not one[name].equals(other[name])]
        same = len(one) > 0 and not different
        print(f"kills survived: {survived} in {runs} runs; rows equal to those of the undisturbed run: {same} {different or ''}")
        extrapolate(whole)
        if not same:
            sys.exit(1)


if __name__ == "__main__":
    main()
