"""Split half: do the odd and the even paragraphs of a report say the same about it?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from formalism_nlp.training.changes import Score, edited
from formalism_nlp.training.checks import Cell, Check, Suite, Table
from formalism_nlp.training.invariance import lines_with_levels
from formalism_nlp.values.document import Document
from formalism_nlp.values.report import INDEX_NAMES


def halves(document: Document) -> tuple[str, str]:
    """Cut a text into two: odd and even paragraphs of running text; both keep every heading, so that context stays."""
    parts: tuple[list[str], list[str]] = ([], [])
    number = 0
    for line, level in lines_with_levels(document):
        if level:
            parts[0].append(line)
            parts[1].append(line)
        else:
            parts[number % 2].append(line)
            number += 1
    return "\n".join(parts[0]), "\n".join(parts[1])


def spearman_brown(correlation: float) -> float:
    """Reliability of the whole from the correlation of its halves: 2r / (1 + r) (Spearman 1910, Brown 1910)."""
    return 2.0 * correlation / (1.0 + correlation)


def split_half(score: Score, groups: Mapping[str, Sequence[Document]]) -> Suite:
    """Score both halves of each text and correlate.

    Args:
        score: document → report.
        groups: name of a group → its documents; groups may overlap, each text is scored once.
    """
    values: dict[str, tuple[dict[str, float], dict[str, float]]] = {}
    for document in (d for documents in groups.values() for d in documents):
        if document.name not in values:
            first, second = (score(edited(document, half)) for half in halves(document))
            values[document.name] = tuple({n: r.indices[n].value for n in INDEX_NAMES} for r in (first, second))  # type: ignore[assignment]
    rows: list[tuple[Cell, ...]] = []
    checks = []
    for name, documents in groups.items():
        found = {index: _reliability([values[d.name] for d in documents], index) for index in INDEX_NAMES}
        rows.append((name, len(documents), *(found[index] for index in INDEX_NAMES)))
        checks += [Check(f"{name}: Spearman–Brown of {index}", found[index], "≥", 0.8) for index in INDEX_NAMES]
    note = "Pearson correlation of the halves, stepped up by Spearman–Brown. Both halves keep the headings and are scored anew."
    table = Table("Odd against even paragraphs", ("texts", "n", *INDEX_NAMES), tuple(rows), note)
    return Suite("Split half", (table,), tuple(checks))


def _reliability(pairs: Sequence[tuple[Mapping[str, float], Mapping[str, float]]], index: str) -> float:
    table = np.array([(a[index], b[index]) for a, b in pairs]).reshape(-1, 2)
    table = table[~np.isnan(table).any(axis=1)]
    if len(table) < 3:
        return float("nan")
    return spearman_brown(float(np.corrcoef(table.T)[0, 1]))
