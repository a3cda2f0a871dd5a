"""A plain-text table of documents for the terminal; Chinese characters take two columns."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from formalism_nlp.values.report import DISCLAIMER, INDEX_NAMES, INDEX_ZH, Failure, Report
from formalism_nlp.views.frame import document_row
from formalism_nlp.views.ranking import rank

_NAME_WIDTH = 36


def document_table(results: Sequence[Report | Failure], *, most: int | None = None) -> str:
    """Return documents by falling formalism_index, failures last.

    Args:
        results: scored documents.
        most: print at most this many rows and say how many were left out; None prints all.
    """
    return row_table([document_row(result) for result in sorted(results, key=rank)[:most]], len(results))


def row_table(rows: Sequence[Mapping[str, Any]], total: int) -> str:
    """Return the table of ``document_table`` from rows (``views.frame.document_row``) in order, the first of ``total``."""
    lines = [
        _row(["文档", *(INDEX_ZH[n] for n in INDEX_NAMES), "句数"]),
        _row(["document", "slogan", "trace", "substance", "index", "sentences"]),
    ]
    lines.append("-" * display_width(lines[0]))
    for row in rows:
        if row["error_code"]:
            lines.append(f"{_cut(row['name'], _NAME_WIDTH)}  {row['error']}")
            continue
        cells = [_number(row[name], "{:.0f}" if name == "formalism_index" else "{:.2f}") for name in INDEX_NAMES]
        lines.append(_row([_cut(row["name"], _NAME_WIDTH), *cells, str(row["sentences"])]))
    if len(rows) < total:
        lines.append(f"… 另有 {total - len(rows)} 份 ({total - len(rows)} more)")
    lines.append(f"{DISCLAIMER} — 无定义或文字不足；0–1，指数 0–100")
    return "\n".join(lines)


def _number(value: float | None, form: str) -> str:
    return "—" if value is None or math.isnan(value) else form.format(value)


def display_width(text: str) -> int:
    """Columns a text takes in a terminal."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 0 if unicodedata.combining(c) else 1 for c in text)


def _cut(text: str, width: int) -> str:
    """The end of a name, where the file stands that the folders before it only lead to."""
    if display_width(text) <= width:
        return text
    while display_width(text) > width - 1:
        text = text[1:]
    return "…" + text


def _row(cells: Sequence[str]) -> str:
    widths = [_NAME_WIDTH, 8, 8, 9, 18, 9]
    out = [cells[0] + " " * max(0, widths[0] - display_width(cells[0]))]
    out += [" " * max(0, w - display_width(c)) + c for c, w in zip(cells[1:], widths[1:], strict=True)]
    return " ".join(out)
