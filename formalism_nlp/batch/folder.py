"""Score files and folders; a failed file is a row with its error, never a missing row."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from formalism_nlp.analysis.scorer import Scorer
from formalism_nlp.readers import read
from formalism_nlp.values.errors import FormalismError
from formalism_nlp.values.report import Failure, Report

_NOT_DOCUMENTS = {".jsonl", ".json", ".py", ".yaml", ".yml", ".csv", ".parquet", ".toml", ".ipynb"}


def find_files(paths: Iterable[str | os.PathLike[str]]) -> list[Path]:
    """Return the files to score in a fixed order.

    Args:
        paths: files are taken as they are; folders are walked (hidden names and data files such as .csv are passed over).

    Raises:
        FormalismError: F109 a path does not exist; F403 nothing is left to score.
    """
    files: list[Path] = []
    for given in map(Path, paths):
        if given.is_dir():
            found = (p for p in given.rglob("*") if p.is_file() and p.suffix.lower() not in _NOT_DOCUMENTS)
            files += sorted(p for p in found if not any(part.startswith((".", "~$")) for part in p.relative_to(given).parts))
        elif given.exists():
            files.append(given)
        else:
            raise FormalismError("F109", str(given))
    if not files:
        raise FormalismError("F403", ", ".join(map(str, paths)))
    return files


def score_files(files: Sequence[Path], scorer: Scorer, *, genre: str = "") -> Iterator[Report | Failure]:
    """Read and score files in order; the name of a result is the path as given."""
    for path in files:
        yield score_file(path, scorer, genre=genre)


def score_file(path: Path, scorer: Scorer, *, genre: str = "") -> Report | Failure:
    """Read and score one file; every error a document can cause becomes a Failure."""
    try:
        return scorer.score(read(path, name=str(path)), genre=genre)
    except FormalismError as error:
        if error.code == "F401":  # a wrong option, the same for all files: say so once and stop
            raise
        return Failure(str(path), error.code, str(error))
    except (MemoryError, RecursionError, ValueError, OSError) as error:
        # A document that defeats a parser must not cost the other documents; the row says what happened.
        return Failure(str(path), "F900", str(FormalismError("F900", str(path), f"{type(error).__name__}: {error}")))
