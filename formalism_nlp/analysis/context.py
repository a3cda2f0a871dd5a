"""What the neighbours say: second-pass features from first-pass probabilities."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.analysis.structure import Place

OFFSETS = (-2, -1, 1, 2)
WINDOWS = (4, 10)


def context_names(outputs: Sequence[str]) -> tuple[str, ...]:
    """Names of the second-pass features for the given first-pass outputs."""
    names = [f"self:{o}" for o in outputs]
    names += [f"at{k:+d}:{o}" for k in OFFSETS for o in outputs]
    names += [f"before{w}:{o}" for w in WINDOWS for o in outputs]
    names += [f"after{w}:{o}" for w in WINDOWS for o in outputs]
    names += [f"{scope}:{o}" for scope in ("paragraph", "section", "document") for o in outputs]
    names += [f"exists{k:+d}" for k in OFFSETS]
    return tuple(names)


def context_features(scores: NDArray[np.float64], places: Sequence[Place]) -> NDArray[np.float64]:
    """Describe each sentence by its own and its neighbours' first-pass scores.

    Args:
        scores: (sentences, outputs) first-pass values of one document, in order.
        places: place of each sentence.

    Returns:
        (sentences, features) in the order of ``context_names``: own scores; those of the two sentences before and after
        (0 where there is none); means over windows before and after (0 when empty); means over the other sentences of the
        paragraph, of the section, and of the document; and whether each near neighbour exists.
    """
    count, width = scores.shape
    padded = np.zeros((count + 4, width))
    padded[2 : count + 2] = scores
    parts = [scores] + [padded[2 + k : 2 + k + count] for k in OFFSETS]
    total = np.vstack([np.zeros((1, width)), np.cumsum(scores, axis=0)])
    index = np.arange(count)
    for window in WINDOWS:
        parts.append(_mean(total, np.maximum(index - window, 0), index))
    for window in WINDOWS:
        parts.append(_mean(total, index + 1, np.minimum(index + 1 + window, count)))
    for groups in (
        [place.paragraph for place in places],
        [(place.section, place.subsection) for place in places],
        [0] * count,
    ):
        parts.append(_others(scores, groups))
    exists = [((index + k >= 0) & (index + k < count)).astype(float)[:, None] for k in OFFSETS]
    return np.hstack(parts + exists)


def _mean(total: NDArray[np.float64], start: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.float64]:
    size = np.maximum(end - start, 1)[:, None]
    return np.asarray((total[np.maximum(end, start)] - total[start]) / size)


def _others(scores: NDArray[np.float64], groups: Sequence[object]) -> NDArray[np.float64]:
    """Mean over the other members of each sentence's group; 0 for a group of one."""
    number: dict[object, int] = {}
    index = np.array([number.setdefault(group, len(number)) for group in groups], dtype=np.int64)
    sums = np.zeros((len(number), scores.shape[1]))
    np.add.at(sums, index, scores)
    size = np.bincount(index, minlength=len(number))[index][:, None]
    return (sums[index] - scores) / np.maximum(size - 1, 1)
