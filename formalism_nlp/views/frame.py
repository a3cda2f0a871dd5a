"""Reports as pandas frames: one row a sentence, or one row a document."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from formalism_nlp.values.report import FUNCTIONS, INDEX_NAMES, Failure, Report

if TYPE_CHECKING:
    import pandas as pd

_COMPANIONS = ("slogan_hits_per_1000", "unsupported_results", "cheap_talk", "internal_reuse", "checkable_results")
# Fixed order and types, so that a partition function may announce them before any row is scored.
DOCUMENT_COLUMNS: dict[str, str] = {
    "name": "str",
    "title": "str",
    "genre": "str",
    "status": "str",
    **dict.fromkeys(INDEX_NAMES, "float64"),
    **{f"{name}_{end}": "float64" for name in INDEX_NAMES for end in ("low", "high")},
    **{f"{name}_percentile": "float64" for name in INDEX_NAMES[:3]},
    **dict.fromkeys(_COMPANIONS, "float64"),
    "characters": "int64",
    "sentences": "int64",
    **{f"n_{name.lower()}": "int64" for name in FUNCTIONS},
    "n_specific": "int64",
    "findings": "int64",
    "library": "str",
    "lexicon": "str",
    "model": "str",
    "norms": "str",
    "error_code": "str",
    "error": "str",
}


def document_row(result: Report | Failure) -> dict[str, Any]:
    """Return the row of one document: every key of ``DOCUMENT_COLUMNS``; a failure has NaN scores and its error."""
    row: dict[str, Any] = {key: {"str": "", "int64": 0, "float64": math.nan}[kind] for key, kind in DOCUMENT_COLUMNS.items()}
    if isinstance(result, Failure):
        row.update(name=result.name, status="failed", error_code=result.code, error=result.message)
        return row
    row.update(name=result.document.name, title=result.document.title, genre=result.genre, status=result.status)
    for index in result.index_values:
        row[index.name] = index.value
        if index.name in INDEX_NAMES and index.interval:
            row[f"{index.name}_low"], row[f"{index.name}_high"] = index.interval
        if f"{index.name}_percentile" in row:
            row[f"{index.name}_percentile"] = index.percentile
    counted = [s for s in result.sentences if s.weight]
    row["characters"] = sum(s.weight for s in counted)
    row["sentences"] = len(counted)
    for name in FUNCTIONS:
        row[f"n_{name.lower()}"] = sum(s.function == name for s in counted)
    row["n_specific"] = sum(s.specific for s in counted)
    row["findings"] = len(result.findings)
    row.update({name: getattr(result.versions, name) for name in ("library", "lexicon", "model", "norms")})
    return row


def document_frame(results: Iterable[Report | Failure], index: Any = None) -> pd.DataFrame:
    """Return one row a document with the columns and types of ``DOCUMENT_COLUMNS``; empty input keeps the columns."""
    import pandas as pd

    frame = pd.DataFrame([document_row(result) for result in results], columns=list(DOCUMENT_COLUMNS), index=index)
    return frame.astype({key: "object" if kind == "str" else kind for key, kind in DOCUMENT_COLUMNS.items()})


def polars_frame(results: Iterable[Report | Failure]) -> Any:
    """Return ``document_frame`` as a polars DataFrame; undefined numbers stay NaN. Needs polars, which its caller has."""
    import polars as pl

    kinds = {"str": pl.String, "int64": pl.Int64, "float64": pl.Float64}
    rows = [document_row(result) for result in results]
    columns = {key: [row[key] for row in rows] for key in DOCUMENT_COLUMNS}
    return pl.DataFrame(columns, schema={key: kinds[kind] for key, kind in DOCUMENT_COLUMNS.items()})


def sentence_frame(report: Report) -> pd.DataFrame:
    """Return one row a sentence: span, text, labels, probabilities, weight, heading, paragraph."""
    import pandas as pd

    columns = ["start", "end", "text", "function", "specific", *(f"p_{n.lower()}" for n in FUNCTIONS), "p_specific", "weight", "heading", "paragraph"]  # fmt: skip
    rows = [
        (s.start, s.end, s.text, s.function, s.specific, *s.p_function, s.p_specific, s.weight, s.heading, s.paragraph)
        for s in report.sentences
    ]
    return pd.DataFrame(rows, columns=columns)
