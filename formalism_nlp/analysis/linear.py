"""Products of matrices that stay on the thread they are called from, and sums of rows of a table."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.analysis.spans import Ints, firsts

Floats = NDArray[np.float64]
# OpenBLAS wakes its threads for products of more than this many multiplications. At the sizes here they cost more than they
# give, and they would take the cores of other workers.
_ALONE = 1 << 18
_MOST_LOGS = 1 << 10
_LOGS = np.log1p(np.arange(_MOST_LOGS))
_CACHED = 1 << 16  # numbers added up at once: their rows fit into the processor's cache


def logs(counts: NDArray[np.integer]) -> Floats:
    """log(1 + n) of whole numbers from 0 on, nearly all of them small."""
    return _LOGS.take(counts) if counts.max(initial=0) < _MOST_LOGS else np.log1p(counts)


def product(left: Floats, right: Floats) -> Floats:
    """``left @ right``, some rows at a time; a row's result depends on the number of rows only."""
    step = max(1, _ALONE // max(right.size, 1))
    if len(left) <= step:
        return np.asarray(left @ right)
    out = np.empty((len(left), right.shape[1]))
    for start in range(0, len(left), step):
        np.matmul(left[start : start + step], right, out=out[start : start + step])
    return out


class RowTable:
    """Rows of numbers that are looked up and added up in groups; immutable.

    numpy adds rows number by number, at a fixed price each; here it takes two at a time, as the parts of complex numbers, whose
    sums are the sums of their parts.

    Args:
        rows: (rows, columns).
    """

    def __init__(self, rows: Floats) -> None:
        self._columns = rows.shape[1]
        self._rows = np.ascontiguousarray(np.pad(rows, ((0, 0), (0, self._columns % 2))) if self._columns % 2 else rows)
        self._most = max(1, _CACHED // max(self._rows.shape[1], 1))

    def sums(self, index: Ints, begin: Ints, factor: Floats | None = None) -> Floats:
        """Add up the rows of each group, from the first to the last.

        Args:
            index: row numbers.
            begin: where each group begins, ascending, the first at 0; none is empty.
            factor: what each row is multiplied with.

        Returns:
            (groups, columns).
        """
        out = np.empty((len(begin), self._rows.shape[1]))
        edges = [*firsts(begin // self._most).tolist(), len(begin)]  # no group is cut: its sum would be rounded otherwise
        for first, last in pairwise(edges):
            start, end = int(begin[first]), int(begin[last]) if last < len(begin) else len(index)
            rows = self._rows.take(index[start:end], axis=0)
            if factor is not None:
                rows *= factor[start:end, None]
            np.add.reduceat(rows.view(np.complex128), begin[first:last] - start, axis=0, out=out[first:last].view(np.complex128))
        return out[:, : self._columns]
