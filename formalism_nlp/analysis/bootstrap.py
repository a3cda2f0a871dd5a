"""Paragraph bootstrap: how much a document's sums would vary if its paragraphs had been drawn anew (Efron 1979)."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.analysis.linear import product

Floats = NDArray[np.float64]

REPLICATES = 1000
_MOST_UNITS = 400  # longer documents are resampled by runs of neighbouring paragraphs, so the cost stays bounded
_SEED = 20240328
_KEPT = 32  # numbers of paragraphs whose draws are kept: at most 25 MB
_BOUNDS = (0.025, 0.975)


def resample(table: Floats) -> Floats:
    """Sums over paragraphs drawn with replacement, ``REPLICATES`` times, always with the same seed.

    Args:
        table: (paragraphs, columns).

    Returns:
        (replicates, columns).
    """
    units = table
    if len(table) > _MOST_UNITS:
        edges = np.linspace(0, len(table), _MOST_UNITS + 1).astype(np.int64)[:-1]
        units = np.add.reduceat(table, edges, axis=0)
    if not len(units):
        return np.zeros((REPLICATES, table.shape[1]))
    return product(_draws(len(units)).astype(np.float64), units)


@lru_cache(maxsize=_KEPT)
def _draws(count: int) -> NDArray[np.uint16]:
    """How often each of ``count`` units is drawn in each replicate: multinomial counts, (replicates, units)."""
    drawn = np.random.default_rng(_SEED).integers(0, count, size=(REPLICATES, count), dtype=np.uint16)
    flat = drawn + np.arange(REPLICATES, dtype=np.int64)[:, None] * count
    counts = np.bincount(flat.ravel(), minlength=REPLICATES * count).reshape(REPLICATES, count).astype(np.uint16)
    counts.flags.writeable = False
    return counts


def intervals(values: Floats) -> list[tuple[float, float] | None]:
    """95 % percentile interval of each row; None where fewer than half of its values are defined (not NaN).

    Percentiles are those of ``np.percentile``: linear between the sorted values.
    """
    defined = np.count_nonzero(values == values, axis=1).tolist()
    if min(defined) == values.shape[1]:
        ordered = np.partition(values, _around(values.shape[1]), axis=1)  # only what is looked at gets its place
    else:
        ordered = np.sort(values, axis=1)  # NaN last
    out: list[tuple[float, float] | None] = []
    for row, number in zip(ordered, defined, strict=True):
        if number * 2 < len(row) or not number:
            out.append(None)
            continue
        low, high = (_between(row, bound * (number - 1)) for bound in _BOUNDS)
        out.append((low, high))
    return out


def _around(number: int) -> list[int]:
    """Places next to the bounds among so many sorted values."""
    places = [int(bound * (number - 1)) for bound in _BOUNDS]
    return sorted({*places, *(min(place + 1, number - 1) for place in places)})


def _between(ordered: Floats, place: float) -> float:
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    share = place - below
    return float(ordered[below] + (ordered[above] - ordered[below]) * share) if share else float(ordered[below])
