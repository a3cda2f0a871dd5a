"""Products of matrices that stay on the thread they are called from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
# OpenBLAS wakes its threads for products of more than this many multiplications. At the sizes here they cost more than they
# give, and they would take the cores of other workers.
_ALONE = 1 << 18


def product(left: Floats, right: Floats) -> Floats:
    """``left @ right``, some rows at a time; a row's result depends on the number of rows only."""
    step = max(1, _ALONE // max(right.size, 1))
    if len(left) <= step:
        return np.asarray(left @ right)
    out = np.empty((len(left), right.shape[1]))
    for start in range(0, len(left), step):
        np.matmul(left[start : start + step], right, out=out[start : start + step])
    return out
