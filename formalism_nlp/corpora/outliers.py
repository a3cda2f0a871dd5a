"""Documents that stand out from their peers on an index."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

LEAST_DOCUMENTS = 10
CUT = 3.5
# Makes the median absolute deviation estimate the standard deviation of a normal variable.
_NORMAL = 0.6745


@dataclass(frozen=True, slots=True)
class Outlier:
    """A document far from the median of its peers; ``score`` is the modified z-score, negative when below."""

    name: str
    index: str
    value: float
    median: float
    score: float


def find_outliers(values: Mapping[str, Mapping[str, float]], *, cut: float = CUT) -> tuple[Outlier, ...]:
    """Find documents whose modified z-score 0.6745·(x − median)/MAD is beyond ``cut`` on either side.

    Source: Iglewicz and Hoaglin, How to Detect and Handle Outliers, ASQC 1993, who recommend 3.5. It says that a document is
    unlike the others, not that it is bad.

    Args:
        values: index → document name → value; NaN is left out.
        cut: least absolute score.

    Returns:
        Outliers by falling absolute score, then index and name. None on an index with fewer than ``LEAST_DOCUMENTS`` values, or
        when more than half of the values are the same (the MAD is 0 and no scale is left).
    """
    found = []
    for index, column in values.items():
        known = {name: value for name, value in column.items() if not math.isnan(value)}
        if len(known) < LEAST_DOCUMENTS:
            continue
        middle = median(known.values())
        spread = median(abs(value - middle) for value in known.values())
        if spread == 0:
            continue
        for name, value in known.items():
            score = _NORMAL * (value - middle) / spread
            if abs(score) > cut:
                found.append(Outlier(name, index, value, middle, score))
    return tuple(sorted(found, key=lambda o: (-abs(o.score), o.index, o.name)))
