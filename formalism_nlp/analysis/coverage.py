"""How much of each sentence stands in hits of some rules, and which sentences stood in the document before."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.analysis.features import Prepared
from formalism_nlp.analysis.sentences import blocks
from formalism_nlp.analysis.spans import Bools, firsts, lengths, where, with_last

Floats = NDArray[np.float64]

LEAST_REPEATED = 8  # counted characters; shorter sentences repeat by chance
_BLOCK = 1 << 16


def covered_characters(prepared: Prepared, wanted: Bools) -> Floats:
    """Characters of each sentence inside hits of the rules that are wanted, each character once; sentence of the hit's start."""
    at = where(wanted.take(prepared.found.rule))
    start, end = prepared.found.start[at], prepared.found.end[at]
    reached = np.concatenate([np.zeros(min(1, len(at)), dtype=np.int64), np.maximum.accumulate(end)[:-1]])
    gain = np.maximum(0, end - np.maximum(start, reached))
    return np.asarray(np.bincount(prepared.hit_sentence[at], weights=gain, minlength=len(prepared.weights)), dtype=np.float64)


def repeats(prepared: Prepared) -> Bools:
    """Whether each sentence (of at least ``LEAST_REPEATED`` counted characters) stood in its document before, letter for letter."""
    out = np.zeros(len(prepared.weights), dtype=bool)
    at = where(prepared.weights >= LEAST_REPEATED)
    if not len(at):
        return out
    key = _hashes(prepared)[at] ^ (prepared.sentences.document[at].astype(np.uint64) * _BASE)
    order = key.argsort(kind="stable")
    edges = with_last(firsts(key.take(order)), len(at))
    several = where(lengths(edges) > 1)
    # What has the hash of another sentence most likely is that sentence; its letters decide.
    for begin, last in zip(edges.take(several).tolist(), edges.take(several + 1).tolist(), strict=True):
        seen: set[str] = set()
        for i in at[order[begin:last]].tolist():
            body = prepared.body[i]
            out[i] = body in seen
            seen.add(body)
    return out


def _powers(base: int, count: int) -> NDArray[np.uint64]:
    """``base`` to the powers 0 … count - 1, modulo 2⁶⁴."""
    powers = np.full(count, base, dtype=np.uint64)
    powers[0] = 1
    return np.multiply.accumulate(powers)


_BASE = np.uint64(0x9E3779B97F4A7C15)  # odd, so that it has an inverse
_INVERSE = np.uint64(pow(int(_BASE), -1, 1 << 64))
_UP, _DOWN = _powers(int(_BASE), _BLOCK + 1), _powers(int(_INVERSE), _BLOCK + 1)


def _hashes(prepared: Prepared) -> NDArray[np.uint64]:
    """A number for the body of each sentence: Σ code point · baseʲ over its places j, modulo 2⁶⁴ (Karp and Rabin 1987)."""
    start, end = prepared.body.start, prepared.body.end
    out = np.zeros(len(start), dtype=np.uint64)
    for first, last in blocks(prepared.sentences.end - prepared.sentences.start, _BLOCK):
        low, high = int(start[first]), int(end[last - 1])
        longer = high - low >= len(_UP)  # one sentence longer than a block, or a line of white space between two documents
        up = _powers(int(_BASE), high - low + 1) if longer else _UP
        down = _powers(int(_INVERSE), high - low + 1) if longer else _DOWN
        passed = np.zeros(high - low + 1, dtype=np.uint64)
        np.cumsum(prepared.folded.codes[low:high] * up[: high - low], out=passed[1:])
        a, b = start[first:last] - low, end[first:last] - low
        out[first:last] = (passed.take(b) - passed.take(a)) * down.take(a)
    return out
