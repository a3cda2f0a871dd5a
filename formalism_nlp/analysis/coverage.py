"""How much of each sentence stands in hits of some rules, and which sentences stood in the document before."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.analysis.features import Prepared
from formalism_nlp.analysis.sentences import blocks
from formalism_nlp.analysis.spans import Bools, Ints, groups, where

Floats = NDArray[np.float64]

LEAST_REPEATED = 8  # counted characters; shorter sentences repeat by chance
_BLOCK = 1 << 16
_PLACES = 4096  # different factors for the places of a sentence; a longer one uses them again


def covered_characters(prepared: Prepared, signals: tuple[str, ...]) -> Floats:
    """Characters of each sentence inside hits of the given signals, each character once; sentence of the hit's start."""
    wanted = np.array([rule.signal in signals for rule in prepared.lexicon.rules], dtype=bool)
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
    start, end = prepared.body.start[at], prepared.body.end[at]
    key = _hashes(prepared, start, end) ^ (prepared.sentences.document[at].astype(np.uint64) * _FACTORS[0])
    order = np.argsort(key, kind="stable")
    same = np.zeros(len(at), dtype=bool)
    same[1:] = key[order][1:] == key[order][:-1]
    # What has the hash of another sentence most likely is that sentence; its letters decide.
    begin = 0
    for last in [*(where(~same[1:]) + 1).tolist(), len(at)] if same.any() else []:
        if last - begin > 1:
            seen: set[str] = set()
            for i in at[order[begin:last]].tolist():
                body = prepared.body[i]
                out[i] = body in seen
                seen.add(body)
        begin = last
    return out


_FACTORS = np.random.default_rng(20260101).integers(1, 1 << 63, size=_PLACES, dtype=np.uint64) | np.uint64(1)


def _hashes(prepared: Prepared, start: Ints, end: Ints) -> NDArray[np.uint64]:
    """A number for each stretch: the sum of its code points, each times a factor of its place, modulo 2⁶⁴."""
    out = np.zeros(len(start), dtype=np.uint64)
    for first, last in blocks(end - start, _BLOCK):
        size = end[first:last] - start[first:last]
        member, step = groups(size)
        codes = prepared.folded.codes.take(start[first:last][member] + step).astype(np.uint64)
        codes *= _FACTORS.take(step & (_PLACES - 1))
        out[first:last] = np.add.reduceat(codes, np.cumsum(size) - size)
    return out
