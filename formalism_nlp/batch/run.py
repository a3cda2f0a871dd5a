"""A run: a list of files, a ledger that knows what is done, an engine that does the rest."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from formalism_nlp.batch.crew import Crew, Engine, usable_cores
from formalism_nlp.batch.folder import find_files
from formalism_nlp.batch.ledger import Ledger, ledger_path
from formalism_nlp.batch.outcome import Outcome, Setup, Task
from formalism_nlp.batch.output import check_format, needs_reports, write_results

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Summary:
    """What a run gives.

    ``files`` and ``documents`` are all that the results hold (an archive is one file with several documents), ``unchanged``
    the files whose results were in the ledger already, ``passed_over`` the files in the folders that are no documents.
    ``failures`` counts failed documents by error code; ``characters`` were scored in this run, in ``seconds`` of wall time;
    ``peak`` is the largest resident size of any worker in bytes. ``costs`` has a row a format: name, files, bytes,
    characters, seconds of processor time of reading and of scoring. ``top`` holds the first rows by falling formalism_index.
    """

    files: int
    documents: int
    unchanged: int
    passed_over: int
    failures: Mapping[str, int]
    characters: int
    seconds: float
    peak: int
    costs: Sequence[tuple[str, int, int, int, float, float]]
    top: Sequence[Mapping[str, Any]]

    @property
    def failed(self) -> int:
        """Number of failed documents."""
        return sum(self.failures.values())


@dataclass(frozen=True)
class Plan:
    """What is known before the first file is scored: how many files there are, and of how many the ledger has results."""

    files: int
    in_ledger: int


def score_paths(
    paths: Iterable[str | os.PathLike[str]],
    output: Path | None = None,
    *,
    setup: Setup | None = None,
    workers: int = 0,
    engine: Callable[[Setup], Engine] | None = None,
    fresh: bool = False,
    retry: bool = False,
    top: int | None = 25,
    on_plan: Callable[[Plan], None] | None = None,
    on_outcome: Callable[[Outcome], None] | None = None,
) -> Summary:
    """Score files and folders into ``output``; started again after any interruption, it goes on where it was.

    Beside the output stands its ledger (``out.csv.ledger``). A file is scored unless the ledger has its result for the same
    bytes, scorer versions and settings. Every file ends as rows of the output, also one that fails, hangs or crashes its worker.

    Args:
        paths: files, folders, URLs of fsspec.
        output: .csv, .parquet, .jsonl, .json or .html; None keeps the results in memory and gives only the summary.
        setup: how to score; its ``full`` is set by the format of ``output``.
        workers: processes; default one a core.
        engine: makes another engine than processes of this machine, e.g. ``batch.cluster.Cluster``.
        fresh: forget the ledger and score everything.
        retry: score again what failed before.
        top: rows of ``Summary.top``; None for all.
        on_plan: called once before the first outcome.
        on_outcome: called for each file that comes out of the engine.

    Raises:
        FormalismError: F109, F403 nothing to score; F201, F301, F401, F606 the scorer cannot be made; F402, F607 the output
            cannot be written as asked; F604, F605 the ledger cannot be used; F608 the cluster.
    """
    if output is not None:
        check_format(output)
    found = find_files(paths, output=output)
    full = output is not None and needs_reports(output)
    setup = replace(setup or Setup(), full=full)
    started = time.monotonic()
    counted = _Counter(on_outcome)
    with Ledger(ledger_path(output) if output else None, full=full, fresh=fresh) as ledger:
        ledger.list_files(found.files)
        staff = engine(setup) if engine else Crew(setup, min(workers or usable_cores(), len(found.files)))
        for outcome in run(found.files, ledger, staff, retry=retry, on_plan=on_plan):
            counted.take(outcome)
        if output is not None:
            write_results(ledger, output)
        files, documents, _ = ledger.totals()
        return Summary(
            files=files,
            documents=documents,
            unchanged=counted.unchanged,
            passed_over=found.passed_over,
            failures=ledger.failures(),
            characters=counted.characters,
            seconds=time.monotonic() - started,
            peak=counted.peak,
            costs=ledger.costs(),
            top=list(ledger.ranked_rows(top)),
        )


def run(
    files: Sequence[str],
    ledger: Ledger,
    engine: Engine,
    *,
    retry: bool = False,
    on_plan: Callable[[Plan], None] | None = None,
) -> Iterator[Outcome]:
    """Yield the outcome of each file once it is entered in the ledger; see ``score_paths``."""
    with engine:
        key = engine.key
        known = ledger.known(key, retry=retry)
        if on_plan is not None:
            on_plan(Plan(len(files), len(known)))
        for outcome in engine.outcomes(Task(path, known.get(path, "")) for path in files):
            ledger.add(outcome, key)
            for row in outcome.failures:
                _LOG.info("%s", row["error"])
            yield outcome
    ledger.commit()


class _Counter:
    """Adds up what the ledger does not keep."""

    def __init__(self, on_outcome: Callable[[Outcome], None] | None) -> None:
        self.unchanged = self.characters = self.peak = 0
        self._on_outcome = on_outcome

    def take(self, outcome: Outcome) -> None:
        self.unchanged += outcome.unchanged
        self.characters += outcome.characters
        self.peak = max(self.peak, outcome.peak)
        if self._on_outcome is not None:
            self._on_outcome(outcome)
