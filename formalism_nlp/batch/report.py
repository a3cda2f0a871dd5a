"""A folder as one page: score it, compare its documents, write ``views.folder_report``."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from pathlib import Path
from typing import Any

from formalism_nlp import store
from formalism_nlp.analysis.norms import Norms
from formalism_nlp.batch.crew import Crew, usable_cores
from formalism_nlp.batch.folder import find_files
from formalism_nlp.batch.ledger import Ledger, ledger_path
from formalism_nlp.batch.outcome import Outcome, Setup
from formalism_nlp.batch.output import replacing
from formalism_nlp.batch.run import Plan, run
from formalism_nlp.corpora.outliers import find_outliers
from formalism_nlp.corpora.reuse import ReuseReport, find_reuse, share_matrix
from formalism_nlp.values.errors import FormalismError
from formalism_nlp.values.report import INDEX_NAMES, Report
from formalism_nlp.views.folder_report import MOST_MATRIX, Folder, report_page


@dataclass(frozen=True)
class Written:
    """What came of a run: documents on the page, failed ones by error code, outliers, shared passages, bytes of the page."""

    documents: int
    failures: Mapping[str, int]
    outliers: int
    passages: int
    size: int


def report_folder(
    paths: Iterable[str | os.PathLike[str]],
    output: Path,
    *,
    setup: Setup | None = None,
    title: str = "",
    reuse: bool = True,
    workers: int = 0,
    fresh: bool = False,
    retry: bool = False,
    on_plan: Callable[[Plan], None] | None = None,
    on_outcome: Callable[[Outcome], None] | None = None,
) -> Written:
    """Score files and folders and write one self-contained page about them; goes on after an interruption.

    Args:
        paths: files, folders, URLs of fsspec.
        output: the page, .html or .htm; its ledger stands beside it, as with ``batch.run.score_paths``.
        setup: how to score; ``full`` is set here.
        title: headline; default the names of the paths.
        reuse: compare the documents with each other; needs all texts in memory.
        workers: processes; default one a core.
        fresh: forget the ledger and score everything.
        retry: score again what failed before.
        on_plan: called once before the first outcome.
        on_outcome: called for each file that comes out.

    Raises:
        FormalismError: F402 another suffix; otherwise as ``batch.run.score_paths``.
    """
    if output.suffix.lower() not in (".html", ".htm"):
        raise FormalismError("F402", str(output), "a report is a page: .html")
    given = [os.fspath(path) for path in paths]
    found = find_files(given, output=output)
    setup = replace(setup or Setup(), full=True)
    norms = store.load_norms(store.model_folder())
    norms.find(setup.genre)
    with Ledger(ledger_path(output), full=True, fresh=fresh) as ledger:
        ledger.list_files(found.files)
        crew = Crew(setup, min(workers or usable_cores(), len(found.files)))
        for outcome in run(found.files, ledger, crew, retry=retry, on_plan=on_plan):
            if on_outcome is not None:
                on_outcome(outcome)
        headline = title or "、".join(Path(path).name or path for path in given)
        folder = describe(list(ledger.ranked_rows()), lambda: _reports(ledger), norms, headline, setup.genre, reuse=reuse)
        with replacing(output) as stream:
            for piece in report_page(folder, _reports(ledger)):
                stream.write(piece.encode("utf-8"))
        passages = len(folder.reuse.passages) if folder.reuse else 0
        return Written(len(folder.rows), ledger.failures(), len(folder.outliers), passages, output.stat().st_size)


def describe(
    rows: Sequence[Mapping[str, Any]],
    reports: Callable[[], Iterator[Report]],
    norms: Norms,
    title: str,
    genre: str,
    *,
    reuse: bool,
) -> Folder:
    """Compare the documents of a folder.

    Args:
        rows: of all documents in the order of ``views.ranking``.
        reports: gives those of the rows without an error, in that order.
        norms: of the scorer.
        title: headline of the page.
        genre: norm group; ``""`` for all.
        reuse: whether to look for shared text.
    """
    keys = _unique([str(row["name"]) for row in rows])
    scored = [(key, row) for key, row in zip(keys, rows, strict=True) if not row["error_code"]]
    values = {name: {key: float("nan") if row[name] is None else float(row[name]) for key, row in scored} for name in INDEX_NAMES}
    texts: dict[str, str] = {}
    shared: ReuseReport | None = None
    names: list[str] = []
    shares: list[list[float]] = []
    if reuse and len(scored) > 1:
        texts = {key: report.text for (key, _), report in zip(scored, reports(), strict=True)}
        shared = find_reuse(dict(sorted(texts.items())))
        names, shares = _matrix(texts, shared)
    norm = norms.find(genre)
    return Folder(
        title=title,
        rows=rows,
        keys=keys,
        norms={name: column.tolist() for name, column in norm.values.items()},
        norm_name=norm.genre,
        outliers=find_outliers(values),
        texts=texts,
        reuse=shared,
        shared_names=names,
        shares=shares,
    )


def _matrix(texts: Mapping[str, str], reuse: ReuseReport) -> tuple[list[str], list[list[float]]]:
    """The matrix of the documents that share most, by name."""
    ranked = sorted((d for d in reuse.documents if d.shared > 0), key=lambda d: (-d.shared, d.name))
    names = sorted(d.name for d in ranked[:MOST_MATRIX])
    if len(names) < 2:
        return [], []
    return names, share_matrix({name: texts[name] for name in names}, least=reuse.least)[1].tolist()


def _unique(names: Sequence[str]) -> list[str]:
    """Names without the folder they all stand in; files of the same name, as archives may hold, get a number."""
    folders = [name.split("/")[:-1] for name in names]
    depth = sum(1 for _ in takewhile(lambda parts: len(set(parts)) == 1, zip(*folders, strict=False)))
    names = ["/".join(name.split("/")[depth:]) for name in names]
    often, seen, taken = Counter(names), Counter[str](), set(names)
    out = []
    for name in names:
        key = name or "text"
        if often[name] > 1:
            while (key := f"{name} ({seen[name] + 1})") in taken:
                seen[name] += 1
            seen[name] += 1
            taken.add(key)
        out.append(key)
    return out


def _reports(ledger: Ledger) -> Iterator[Report]:
    for text in ledger.ranked_reports(-1):
        yield Report.from_dict(json.loads(text))
