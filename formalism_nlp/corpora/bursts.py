"""When was a phrase in use? The run of years in which it is most over-used, by the scan statistic of Kulldorff (1997)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
_ROWS = 4096


def scan(counts: Floats, exposure: Floats) -> tuple[Floats, Ints, Ints]:
    """Find for each phrase the window of periods with the highest likelihood ratio of a raised Poisson rate.

    LLR = c·log(c/n) + (C−c)·log((C−c)/(N−n)) − C·log(C/N) for a window with c of C occurrences in n of N characters; 0 when
    the rate inside is not higher.

    Args:
        counts: (phrases, periods) occurrences.
        exposure: (periods,) characters, all positive.

    Returns:
        The greatest LLR in nats (phrases,), and the first and last period of its window. Ties go to the earliest, then
        shortest window.
    """
    periods = len(exposure)
    best = np.zeros(len(counts))
    low = np.zeros(len(counts), dtype=np.int64)
    high = np.full(len(counts), periods - 1, dtype=np.int64)
    size = np.concatenate(([0.0], np.cumsum(exposure)))
    for begin in range(0, len(counts), _ROWS):
        rows = slice(begin, begin + _ROWS)
        part = counts[rows]
        total = part.sum(axis=1)
        run = np.concatenate((np.zeros((len(part), 1)), np.cumsum(part, axis=1)), axis=1)
        base = _term(total, size[-1])
        for a in range(periods):
            for b in range(a, periods):
                if b - a + 1 == periods:
                    continue
                inside, n = run[:, b + 1] - run[:, a], size[b + 1] - size[a]
                value = _term(inside, n) + _term(total - inside, size[-1] - n) - base
                better = (inside * size[-1] > total * n) & (value > best[rows] + 1e-12)
                best[rows][better] = value[better]
                low[rows][better], high[rows][better] = a, b
    return best, low, high


def _term(count: Floats, size: float) -> Floats:
    """c · log(c / n), 0 for c = 0."""
    return np.asarray(count * np.log(np.maximum(count, 1e-300) / size) * (count > 0))
