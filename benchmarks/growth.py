"""How cost grows with the length of a document and with the number of documents: ``python -m benchmarks.growth``."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from formalism_nlp import store
from formalism_nlp.batch.lane import Lane
from formalism_nlp.batch.ledger import ledger_path
from formalism_nlp.batch.outcome import Setup, Task
from formalism_nlp.batch.run import score_paths

LENGTHS = (1_000, 10_000, 100_000, 1_000_000)
NUMBERS = (1_000, 4_000, 16_000)


def by_length(folder: Path) -> None:
    """Own documents one after the other, cut to a length; a process of its own for each."""
    own = "\n".join(
        path.read_text(encoding="utf-8") for path in sorted((store.data_folder("corpora") / "documents").glob("*.txt"))
    )
    print(f"{'characters':>12}{'scoring s':>12}{'characters/s':>14}{'peak MB':>10}")
    for length in LENGTHS:
        path = folder / f"{length}.txt"
        path.write_text((own * (length // len(own) + 1))[:length], encoding="utf-8")
        lane = Lane(Setup(seconds=3_600, memory=0))
        outcome = lane.score(Task(str(path)))
        lane.close()
        rate = outcome.characters / outcome.score_seconds
        print(f"{outcome.characters:>12,}{outcome.score_seconds:>12.2f}{rate:>14,.0f}{outcome.peak / 2**20:>10.0f}")


def by_number(folder: Path) -> None:
    """Tiny files and a scorer that does nothing: what is left is the cost of supervision, ledger and output."""
    print(f"{'files':>12}{'supervisor ms a file':>22}{'ledger bytes a file':>21}")
    for number in NUMBERS:
        files = folder / str(number)
        files.mkdir()
        for i in range(number):
            (files / f"{i:05}.txt").write_text(f"第{i}份", encoding="utf-8")
        output, started = folder / f"{number}.parquet", time.process_time()
        score_paths([files], output, setup=Setup("benchmarks.poison:puppet"))
        took = time.process_time() - started
        print(f"{number:>12,}{1_000 * took / number:>22.2f}{ledger_path(output).stat().st_size / number:>21,.0f}")


def main() -> None:
    """Print both tables."""
    with tempfile.TemporaryDirectory() as folder:
        by_length(Path(folder))
        by_number(Path(folder))


if __name__ == "__main__":
    main()
