"""Known n-grams of a text and their weighted sum, by string comparison."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

BEGIN, END = "\x02", "\x03"


def clean(sentence: str) -> str:
    """No white space or control characters, each number as one ``0``, lower case."""
    return re.sub(r"\d+(?:[.,]\d+)*", "0", re.sub(r"[\s\x00-\x1f]+", "", sentence.lower()))


def score(text: str, weights: Mapping[str, NDArray[np.float64]], longest: int, width: int) -> NDArray[np.float64]:
    """Sum of the weights of the known n-grams (begin and end marks included), as often as they stand there, over √(their number)."""
    marked = BEGIN + clean(text) + END
    all_of_them = [marked[i : i + n] for n in range(1, longest + 1) for i in range(len(marked) - n + 1)]
    found = [g for g in all_of_them if g in weights]
    return sum((weights[g] for g in found), np.zeros(width)) / np.sqrt(max(len(found), 1))
