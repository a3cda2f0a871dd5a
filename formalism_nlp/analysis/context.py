"""What the neighbours say: second-pass features from first-pass probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.analysis.spans import Ints, lengths, where, with_last
from formalism_nlp.analysis.structure import Places

Floats = NDArray[np.float64]

OFFSETS = (-2, -1, 1, 2)
WINDOWS = (4, 10)
_MARGIN = max(WINDOWS)


def context_names(outputs: Sequence[object]) -> tuple[str, ...]:
    """Names of the second-pass features for the given first-pass outputs."""
    names = [f"self:{o}" for o in outputs]
    names += [f"at{k:+d}:{o}" for k in OFFSETS for o in outputs]
    names += [f"before{w}:{o}" for w in WINDOWS for o in outputs]
    names += [f"after{w}:{o}" for w in WINDOWS for o in outputs]
    names += [f"{scope}:{o}" for scope in ("paragraph", "section", "document") for o in outputs]
    names += [f"exists{k:+d}" for k in OFFSETS]
    return tuple(names)


def context_features(scores: Floats, places: Places, first: Ints) -> Floats:
    """Describe each sentence by its own and its neighbours' first-pass scores.

    Args:
        scores: (sentences, outputs) first-pass values of some documents, in order.
        places: place of each sentence.
        first: first sentence of each document, and the number of all sentences.

    Returns:
        (sentences, features) in the order of ``context_names``: own scores; those of the two sentences before and after
        (0 where there is none); means over windows before and after (0 when empty); means over the other sentences of the
        paragraph, of the section, and of the document; and whether each near neighbour exists.
    """
    out = np.empty((len(scores), len(context_names(range(scores.shape[1])))))
    Context(scores, places, first).fill(out, slice(0, len(scores)))
    return out


class Context:
    """``context_features`` of some documents, to be written for some sentences at a time; arguments are the same."""

    def __init__(self, scores: Floats, places: Places, first: Ints) -> None:
        self._scores = scores
        size = lengths(first)
        self._document = np.arange(len(size)).repeat(size)
        self._at = np.arange(len(scores)) - first[self._document]
        self._behind = size[self._document] - 1 - self._at
        new_document = _changes(self._document)
        new_document[:1] = True
        new_section = new_document | _changes(places.section) | _changes(places.subsection)
        self._groups = [_Group.of(scores, new) for new in (new_document | _changes(places.paragraph), new_section, new_document)]

    def fill(self, out: Floats, rows: slice) -> None:
        """Write the features of the sentences ``rows`` into a table."""
        width, scores = self._scores.shape[1], self._scores[rows]
        # Sentences with their neighbours, documents laid out with room between them: no window reaches into another one.
        near = slice(max(0, rows.start - _MARGIN), rows.stop + _MARGIN)
        document = self._document[near] - self._document[near][:1]
        place = np.arange(len(document)) + _MARGIN * (document + 1)
        spaced = np.zeros((len(document) + _MARGIN * (int(document[-1]) + 2) if len(document) else 0, width))
        spaced[place] = self._scores[near]
        place = place[rows.start - near.start :][: len(scores)]
        columns = iter(range(0, out.shape[1], width))

        def write(values: Floats) -> None:
            column = next(columns)
            out[:, column : column + width] = values

        write(scores)
        at, behind = self._at[rows], self._behind[rows]
        windows = np.array(WINDOWS)[:, None]
        sizes_before, sizes_behind = (np.minimum(np.maximum(sides, 1), windows)[:, :, None] for sides in (at, behind))
        for k in OFFSETS:
            write(spaced.take(place + k, axis=0))
        totals = _window_sums(spaced)
        for size, total in zip(sizes_before, totals, strict=True):
            write(total.take(place, axis=0) / size)
        for window, size, total in zip(WINDOWS, sizes_behind, totals, strict=True):
            write(total.take(place + window + 1, axis=0) / size)  # what is behind a row is before a later one
        for group in self._groups:
            write(group.others(scores, rows))
        for i, k in enumerate(OFFSETS):
            out[:, i - len(OFFSETS)] = (at >= -k) & (behind >= k)


def _window_sums(rows: Floats) -> list[Floats]:
    """For each of ``WINDOWS`` the sum of so many rows before each row, and before the end; what it adds up lies in the window alone."""
    sums = {1: np.zeros((len(rows) + 1, rows.shape[1]))}
    sums[1][1:] = rows
    for size in (2, 4, 8):
        sums[size] = sums[size // 2].copy()
        sums[size][size // 2 :] += sums[size // 2][: -(size // 2)]
    out = []
    for window in WINDOWS:
        total, reached = np.zeros_like(sums[1]), 0
        for size in (8, 4, 2, 1):
            if window & size:
                total[reached:] += sums[size][: len(total) - reached]
                reached += size
        out.append(total)
    return out


def _changes(values: Ints) -> NDArray[np.bool_]:
    """Where a value differs from the one before it; the first does not."""
    out = np.zeros(len(values), dtype=bool)
    out[1:] = values[1:] != values[:-1]
    return out


@dataclass(frozen=True)
class _Group:
    """Neighbouring sentences that belong together: number of the group of each, and sum and size of each group."""

    number: Ints
    sums: Floats
    size: Ints

    @classmethod
    def of(cls, scores: Floats, new: NDArray[np.bool_]) -> _Group:
        """Groups that begin where ``new`` says; true for the first sentence."""
        first = where(new)
        sums = np.add.reduceat(scores, first, axis=0) if len(first) else scores
        return cls(new.cumsum() - 1, sums, lengths(with_last(first, len(scores))))

    def others(self, scores: Floats, rows: slice) -> Floats:
        """Mean over the other members of each sentence's group; 0 for a group of one."""
        number = self.number[rows]
        return np.asarray((self.sums.take(number, axis=0) - scores) / np.maximum(self.size.take(number) - 1, 1)[:, None])
