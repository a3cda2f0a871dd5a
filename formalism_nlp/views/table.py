"""A plain-text table of documents for the terminal; Chinese characters take two columns."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence

from formalism_nlp.values.report import DISCLAIMER, INDEX_NAMES, INDEX_ZH, Failure, Report
from formalism_nlp.views.ranking import rank

_NAME_WIDTH = 36


def document_table(results: Sequence[Report | Failure], *, most: int | None = None) -> str:
    """Return documents by falling formalism_index, failures last.

    Args:
        results: scored documents.
        most: print at most this many rows and say how many were left out; None prints all.
    """
    ranked = sorted(results, key=rank)
    shown = ranked if most is None or len(ranked) <= most else ranked[:most]
    lines = [
        _row(["文档", *(INDEX_ZH[n] for n in INDEX_NAMES), "句数"]),
        _row(["document", "slogan", "trace", "substance", "index", "sentences"]),
    ]
    lines.append("-" * display_width(lines[0]))
    for result in shown:
        if isinstance(result, Failure):
            lines.append(f"{_cut(result.name, _NAME_WIDTH)}  {result.message}")
            continue
        values = [result.slogan_density, result.trace_padding, result.substance]
        cells = [f"{v:.2f}" if not math.isnan(v) else "—" for v in values]
        composite = f"{result.formalism_index:.0f}" if not math.isnan(result.formalism_index) else "—"
        lines.append(_row([_cut(result.document.name, _NAME_WIDTH), *cells, composite, str(len(result.sentences))]))
    if len(shown) < len(ranked):
        lines.append(f"… 另有 {len(ranked) - len(shown)} 份 ({len(ranked) - len(shown)} more)")
    lines.append(f"{DISCLAIMER} — 无定义或文字不足；0–1，指数 0–100")
    return "\n".join(lines)


def display_width(text: str) -> int:
    """Columns a text takes in a terminal."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 0 if unicodedata.combining(c) else 1 for c in text)


def _cut(text: str, width: int) -> str:
    if display_width(text) <= width:
        return text
    while display_width(text) > width - 1:
        text = text[:-1]
    return text + "…"


def _row(cells: Sequence[str]) -> str:
    widths = [_NAME_WIDTH, 8, 8, 9, 18, 9]
    out = [cells[0] + " " * max(0, widths[0] - display_width(cells[0]))]
    out += [" " * max(0, w - display_width(c)) + c for c, w in zip(cells[1:], widths[1:], strict=True)]
    return " ".join(out)
