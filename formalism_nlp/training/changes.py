"""Score a text before and after an edit, and summarise what the indices did."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.training.checks import Cell
from formalism_nlp.values.document import Document
from formalism_nlp.values.report import INDEX_NAMES, Report

Edit = Callable[[Document], str]
Score = Callable[[Document], Report]
SHARES = ("slogan_density", "trace_padding", "substance")


@dataclass(frozen=True)
class Changes:
    """(documents, indices) values before and after one edit; columns in the order of ``INDEX_NAMES``, NaN where undefined."""

    edit: str
    names: tuple[str, ...]
    before: NDArray[np.float64]
    after: NDArray[np.float64]

    def of(self, index: str) -> NDArray[np.float64]:
        """Differences (after − before) of the documents where the index is defined in both."""
        column = INDEX_NAMES.index(index)
        difference = self.after[:, column] - self.before[:, column]
        return np.asarray(difference[~np.isnan(difference)])

    def largest_share(self) -> NDArray[np.float64]:
        """Largest |difference| of the three shares in each document that has any."""
        columns = [INDEX_NAMES.index(name) for name in SHARES]
        size = np.abs(self.after[:, columns] - self.before[:, columns])
        return np.asarray(np.nanmax(size[~np.isnan(size).all(axis=1)], axis=1))


def edited(document: Document, text: str) -> Document:
    """The document with another text, as a plain reader would give it."""
    return replace(Document.from_text(text, name=document.name), genre=document.genre)


def score_all(score: Score, documents: Iterable[Document]) -> dict[str, Report]:
    """Reports by document name."""
    return {document.name: score(document) for document in documents}


def measure(score: Score, documents: Sequence[Document], before: Mapping[str, Report], name: str, edit: Edit) -> Changes:
    """Apply an edit to each document and score the result.

    Args:
        score: document → report.
        documents: those whose text the edit leaves as it was are left out.
        before: reports of the unedited documents.
        name: of the edit.
        edit: document → new text.
    """
    rows = [(d, text) for d in documents if (text := edit(d)) != d.text]
    after = [score(edited(document, text)) for document, text in rows]
    return Changes(name, tuple(d.name for d, _ in rows), _values([before[d.name] for d, _ in rows]), _values(after))


def _values(reports: Sequence[Report]) -> NDArray[np.float64]:
    return np.array([[r.indices[name].value for name in INDEX_NAMES] for r in reports]).reshape(-1, len(INDEX_NAMES))


def movement_row(group: str, changes: Changes) -> tuple[Cell, ...]:
    """Group, edit, documents, median and largest |Δ| of each index, share of documents that no share moves by over 0.03."""
    cells: list[Cell] = [group, changes.edit, len(changes.names)]
    for index in INDEX_NAMES:
        size = np.abs(changes.of(index))
        digits = 1 if index == "formalism_index" else 3
        cells.append(f"{np.median(size):.{digits}f} / {size.max():.{digits}f}" if len(size) else "–")
    largest = changes.largest_share() if len(changes.names) else np.zeros(0)
    cells.append(f"{np.mean(largest <= 0.03):.0%}" if len(largest) else "–")
    return tuple(cells)


MOVEMENT_HEADER = ("texts", "edit", "n", *(f"{name} |Δ| median / largest" for name in INDEX_NAMES), "all shares within 0.03")
