"""What the neighbours say: second-pass features from first-pass probabilities."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.analysis.spans import Ints, with_last
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
    fill_context(out, scores, places, first)
    return out


def fill_context(out: Floats, scores: Floats, places: Places, first: Ints) -> None:
    """Write ``context_features`` into a table."""
    width = scores.shape[1]
    size = np.diff(first)
    document = np.arange(len(size)).repeat(size)
    at = np.arange(len(scores)) - first[document]
    behind = size[document] - 1 - at
    # Documents laid out with room between them, so that no window reaches into another one.
    row = np.arange(len(scores)) + _MARGIN * (document + 1)
    spaced = np.zeros((len(scores) + _MARGIN * (len(size) + 1), width))
    spaced[row] = scores
    columns = iter(range(0, out.shape[1], width))

    def write(values: Floats) -> None:
        column = next(columns)
        out[:, column : column + width] = values

    write(scores)
    for k in OFFSETS:
        write(spaced.take(row + k, axis=0))
    for window, total in zip(WINDOWS, _window_sums(spaced), strict=True):
        write(total.take(row, axis=0) / np.clip(at, 1, window)[:, None])
    for window, total in zip(WINDOWS, _window_sums(spaced[::-1]), strict=True):
        write(total[::-1].take(row, axis=0) / np.clip(behind, 1, window)[:, None])
    new_document = _changes(document)
    new_document[:1] = True
    new_section = new_document | _changes(places.section) | _changes(places.subsection)
    for new in (new_document | _changes(places.paragraph), new_section, new_document):
        write(_others(scores, new))
    for i, k in enumerate(OFFSETS):
        out[:, i - len(OFFSETS)] = (at >= -k) & (behind >= k)


def _window_sums(rows: Floats) -> list[Floats]:
    """For each of ``WINDOWS`` the sum of so many rows before each row."""
    total, out = np.zeros_like(rows), []
    for k in range(1, _MARGIN + 1):
        total[k:] += rows[:-k]
        if k in WINDOWS:
            out.append(total.copy())
    return out


def _changes(values: Ints) -> NDArray[np.bool_]:
    """Where a value differs from the one before it; the first does not."""
    out = np.zeros(len(values), dtype=bool)
    out[1:] = values[1:] != values[:-1]
    return out


def _others(scores: Floats, new: NDArray[np.bool_]) -> Floats:
    """Mean over the other members of each sentence's group; 0 for a group of one.

    Args:
        scores: (sentences, outputs).
        new: where a group of neighbouring sentences begins; true for the first sentence.
    """
    first = np.flatnonzero(new)
    if not len(first):
        return scores
    group = new.cumsum() - 1
    size = np.diff(with_last(first, len(scores)))[group][:, None]
    return np.asarray((np.add.reduceat(scores, first, axis=0)[group] - scores) / np.maximum(size - 1, 1))
