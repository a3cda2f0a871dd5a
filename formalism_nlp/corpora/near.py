"""Sentences that say nearly the same: MinHash over character bigrams, banded look-up, then the exact Jaccard index.

Broder 1997; Leskovec, Rajaraman, Ullman, Mining of Massive Datasets, ch. 3. Written in arrays over all sentences at once:
a sketch object a sentence, as in general libraries, costs far more than the arithmetic (``python -m benchmarks.reuse --rival 600``
sets it beside datasketch).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.corpora.grams import Hashes, Ints, scramble

BANDS, ROWS = 21, 3  # a pair of Jaccard 0.5 shares a band with probability 0.94, one of 0.1 with 0.02
_SEED = 1997
_SLACK = 0.2  # of the estimated Jaccard; its standard error with 63 hashes is at most 0.063


def near_pairs(sentences: Sequence[NDArray[np.uint32]], least: float) -> tuple[Ints, NDArray[np.float64]]:
    """Find pairs of sentences with Jaccard index of character bigrams ``>= least``.

    In a bucket of the banded table each sentence is compared with the first and the one before, so the cost stays linear when
    thousands of sentences are alike; such a cluster is reported as a chain and not as all its pairs.

    Args:
        sentences: code points of each, at least two characters, all different.
        least: 0 < least <= 1.

    Returns:
        (m, 2) pairs (i < j), sorted; and their Jaccard indices, (m,).
    """
    if len(sentences) < 2:
        return np.zeros((0, 2), dtype=np.int64), np.zeros(0)
    grams, starts = _bigrams(sentences)
    signature = _signatures(grams, starts)
    pairs = _candidates(signature)
    alike = (signature[:, pairs[:, 0]] == signature[:, pairs[:, 1]]).mean(axis=0) if len(pairs) else np.zeros(0)
    pairs = pairs[alike >= least - _SLACK]
    ends = np.concatenate((starts[1:], [len(grams)]))
    values = np.array([_jaccard(grams[starts[i] : ends[i]], grams[starts[j] : ends[j]]) for i, j in pairs.tolist()])
    kept = values >= least
    return (pairs[kept], values[kept]) if len(pairs) else (pairs, np.zeros(0))


def _bigrams(sentences: Sequence[NDArray[np.uint32]]) -> tuple[Hashes, Ints]:
    """Hashed bigrams of all sentences, and where each sentence's begin."""
    sizes = np.array([len(s) for s in sentences])
    codes = np.concatenate(list(sentences)).astype(np.uint64)
    pairs = (codes[:-1] << np.uint64(21)) | codes[1:]
    inside = np.ones(len(codes), dtype=bool)
    inside[np.cumsum(sizes) - 1] = False
    starts = np.concatenate(([0], np.cumsum(sizes - 1)))[:-1]
    return scramble(pairs[inside[:-1]]), starts.astype(np.int64)


def _signatures(grams: Hashes, starts: Ints) -> NDArray[np.uint32]:
    """(BANDS · ROWS, sentences) minima under multiply-shift hashes (Dietzfelbinger et al. 1997)."""
    rng = np.random.default_rng(_SEED)
    factors = rng.integers(1, 2**63, BANDS * ROWS, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
    out = np.empty((BANDS * ROWS, len(starts)), dtype=np.uint32)
    for row, factor in enumerate(factors):
        out[row] = np.minimum.reduceat(((grams * factor) >> np.uint64(32)).astype(np.uint32), starts)
    return out


def _candidates(signature: NDArray[np.uint32]) -> Ints:
    """Unique pairs that share a band, each sentence with the first and the previous one of its bucket."""
    found = []
    for band in range(BANDS):
        key = np.zeros(signature.shape[1], dtype=np.uint64)
        for row in signature[band * ROWS : (band + 1) * ROWS]:
            key = scramble(key ^ row.astype(np.uint64))
        order = np.argsort(key, kind="stable")
        same = np.flatnonzero(key[order][1:] == key[order][:-1]) + 1
        if not len(same):
            continue
        opens = np.concatenate(([True], key[order][1:] != key[order][:-1]))
        head = np.maximum.accumulate(np.where(opens, np.arange(len(order)), 0))
        found.append(np.stack([order[same - 1], order[same]], axis=1))
        found.append(np.stack([order[head[same]], order[same]], axis=1))
    if not found:
        return np.zeros((0, 2), dtype=np.int64)
    return np.unique(np.concatenate(found), axis=0).astype(np.int64)


def _jaccard(a: Hashes, b: Hashes) -> float:
    left, right = set(a.tolist()), set(b.tolist())
    both = len(left & right)
    return both / (len(left) + len(right) - both)
