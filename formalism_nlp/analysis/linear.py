"""Products of matrices that stay on the thread they are called from, and sums of rows of a table."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import _sparsetools

from formalism_nlp.analysis.spans import Ints

Floats = NDArray[np.float64]
# OpenBLAS wakes its threads for products of more than this many multiplications. At the sizes here they cost more than they
# give, and they would take the cores of other workers.
_ALONE = 1 << 18
_LINE = 64  # bytes that come into a processor's cache together
_MOST_LOGS = 1 << 10
_LOGS = np.log1p(np.arange(_MOST_LOGS))


def logs(counts: NDArray[np.integer]) -> Floats:
    """log(1 + n) of whole numbers from 0 on, nearly all of them small."""
    return _LOGS.take(counts) if counts.max(initial=0) < _MOST_LOGS else np.log1p(counts)


def product(left: Floats, right: Floats, out: Floats | None = None) -> Floats:
    """``left @ right``, some rows at a time, in ``out`` if there is one; a row's result depends on the number of rows only."""
    step = max(1, _ALONE // max(right.size, 1))
    out = np.empty((len(left), right.shape[1])) if out is None else out
    for start in range(0, len(left), step):
        np.matmul(left[start : start + step], right, out=out[start : start + step])
    return out


def group_sums(rows: Floats, edges: Ints) -> Floats:
    """Sums of neighbouring rows: as ``np.add.reduceat`` gives, but faster.

    Args:
        rows: (rows, columns), in one piece.
        edges: where each group begins, ascending from 0, and the number of all.
    """
    out = np.zeros((len(edges) - 1, rows.shape[1]))
    _sparsetools.csr_matvecs(
        *out.shape[:1], *rows.shape, edges, np.arange(len(rows)), np.ones(len(rows)), rows.reshape(-1), out.reshape(-1)
    )
    return out


def _aligned(rows: NDArray[np.floating]) -> NDArray[np.floating]:
    """A flat copy that begins with a line of the cache: a row of sixteen numbers of 32 bits takes one line, not two."""
    room = np.empty(rows.size + _LINE // rows.itemsize, dtype=rows.dtype)
    first = -room.ctypes.data % _LINE // rows.itemsize
    out = room[first : first + rows.size]
    out[:] = rows.ravel()
    return out


def whole_lines(rows: NDArray[np.floating]) -> NDArray[np.floating]:
    """Wide rows with zeros behind, so that each fills whole lines of the cache; narrow ones as they are."""
    line = _LINE // rows.itemsize
    missing = -rows.shape[1] % line if rows.shape[1] > line else 0
    return np.hstack([rows, np.zeros((len(rows), missing), dtype=rows.dtype)]) if missing else rows


class RowTable:
    """Rows of numbers that are looked up and added up in groups; immutable.

    It is ``scipy.sparse.csr_matrix @ rows``, by the routine beneath: for a short text, making the matrix costs more than the sums.

    Args:
        rows: (rows, columns), of 64 or 32 bits.
    """

    def __init__(self, rows: NDArray[np.floating]) -> None:
        self._shape = rows.shape
        self._rows = _aligned(rows)
        self.columns, self.dtype = rows.shape[1], rows.dtype

    def add(self, out: NDArray[np.floating], index: Ints, edges: Ints, factor: Floats | None = None) -> None:
        """Add to each row of a table the sum of its group, from the first to the last: it does not depend on the other groups.

        Args:
            out: (groups, columns), in one piece, of as many bits.
            index: row numbers, from 0 on.
            edges: where each group begins, ascending from 0, and the number of all; groups may be empty.
            factor: what each row is multiplied with.
        """
        factor = np.ones(len(index), dtype=self.dtype) if factor is None else factor
        rows, columns = self._shape
        _sparsetools.csr_matvecs(len(out), rows, columns, edges, index, factor, self._rows, out.reshape(-1))

    def add_product(self, out: Floats, left: Floats) -> None:
        """Add ``left @ rows`` to a table: unlike that of a library of matrices, a row's result depends on nothing but the row.

        Args:
            out: (groups, columns), in one piece.
            left: (groups, rows).
        """
        index = np.tile(np.arange(left.shape[1]), len(left))
        edges = np.arange(len(left) + 1) * left.shape[1]
        self.add(out, index, edges, np.ascontiguousarray(left).ravel())
