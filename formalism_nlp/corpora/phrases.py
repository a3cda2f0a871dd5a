"""All frequent runs of words in a corpus with their statistics, in arrays: the counting under ``discovery``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.analysis.characters import COUNTED, read
from formalism_nlp.corpora.grams import Hashes, scramble
from formalism_nlp.corpora.words import cut

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
MOST_WORDS, LONGEST, SHORTEST = 7, 14, 3
_BASE = 0x9E3779B97F4A7C15
_INVERSE = pow(_BASE, -1, 2**64)


@dataclass(frozen=True)
class Tokens:
    """The words of all texts: (n,) start and end in ``codes``, document, and number of the clause (run without punctuation).

    ``codes`` are all texts in normal form, one after another; ``origin[d]`` is where document ``d`` begins, so the raw offset of a
    position is the position minus its origin.
    """

    codes: NDArray[np.uint32]
    origin: Ints
    start: Ints
    end: Ints
    document: Ints
    clause: Ints
    sizes: Floats  # counted characters of each document


def tokenise(texts: Mapping[str, str]) -> Tokens:
    """Cut the clauses of all texts into words."""
    codes, origin, start, end, document, clause, sizes = [], [0], [], [], [], [], []
    number = 0
    for which, text in enumerate(texts.values()):
        folded, kinds = read(text)
        inside = np.concatenate(([False], (kinds & COUNTED) > 0, [False]))
        edges = np.flatnonzero(inside[1:] != inside[:-1])
        plain = folded.tobytes().decode("utf-32-le", "replace")
        for low, high in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True):
            at = low
            for word in cut(plain[low:high]):
                start.append(origin[-1] + at)
                at += len(word)
                end.append(origin[-1] + at)
                document.append(which)
                clause.append(number)
            number += 1
        codes.append(folded)
        sizes.append(float(inside.sum()))
        origin.append(origin[-1] + len(folded))
    return Tokens(
        codes=np.concatenate(codes) if codes else np.zeros(0, dtype=np.uint32),
        origin=np.array(origin, dtype=np.int64),
        start=np.array(start, dtype=np.int64),
        end=np.array(end, dtype=np.int64),
        document=np.array(document, dtype=np.int64),
        clause=np.array(clause, dtype=np.int64),
        sizes=np.array(sizes),
    )


@dataclass(frozen=True)
class Phrases:
    """Statistics of each phrase (arrays of one length) and its occurrences.

    ``words``: number of words; ``count``; ``token``: the first word of the first occurrence; ``start``, ``end``: where that is in
    ``Tokens.codes``; ``pmi``: least pointwise mutual
    information over its splits into two runs of words, in bits (for one word log2 N/c, its information); ``left``, ``right``:
    branching entropy in bits, each clause end counting as a neighbour of its own; ``longer``: count of the commonest phrase
    that adds one word. Occurrence ``i`` of all is phrase ``which[i]`` at ``at[i]`` in ``document[i]``, sorted by phrase and place.
    """

    words: Ints
    count: Ints
    token: Ints
    start: Ints
    end: Ints
    pmi: Floats
    left: Floats
    right: Floats
    longer: Ints
    which: Ints
    at: Ints
    document: Ints


def count_phrases(tokens: Tokens, least: int) -> Phrases:
    """Count all runs of 1 to ``MOST_WORDS`` words inside clauses that stand at least ``least`` times."""
    hasher = _Hasher(tokens.codes)
    total = len(tokens.start)
    counts = np.zeros((MOST_WORDS + 2, total), dtype=np.int64)  # of the run of k words that begins at each word; 0 when rare
    found = []
    for k in range(1, MOST_WORDS + 2):
        at = np.arange(max(0, total - k + 1))
        at = at[tokens.clause[at] == tokens.clause[at + k - 1]]
        if k > 1:  # a run is frequent only if both runs that are one word shorter are
            at = at[(counts[k - 1, at] > 0) & (counts[k - 1, at + 1] > 0)]
        if not len(at):
            break
        keys = hasher.of(tokens.start[at], tokens.end[at + k - 1])
        _, inverse, sizes = np.unique(keys, return_inverse=True, return_counts=True)
        often = sizes[inverse] >= least
        counts[k, at[often]] = sizes[inverse[often]]
        found.append((k, at[often], inverse[often]))
    parts = [_describe(tokens, counts, k, at, inverse) for k, at, inverse in found if k <= MOST_WORDS and len(at)]
    return _joined(parts)


def _joined(parts: list[Phrases]) -> Phrases:
    """The phrases of all lengths as one table."""
    if not parts:
        empty, none = np.zeros(0, dtype=np.int64), np.zeros(0)
        return Phrases(empty, empty, empty, empty, empty, none, none, none, empty, empty, empty, empty)
    base = np.cumsum([0] + [len(part.count) for part in parts]).tolist()
    which = np.concatenate([part.which + shift for part, shift in zip(parts, base, strict=False)])
    columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in Phrases.__dataclass_fields__}
    return Phrases(**{**columns, "which": which})


class _Hasher:
    """Hash of any stretch of the codes from prefix sums: (S[b] − S[a]) · B⁻ᵃ modulo 2⁶⁴."""

    def __init__(self, codes: NDArray[np.uint32]) -> None:
        ones = np.ones(len(codes) + 1, dtype=np.uint64)
        power, self._inverse = ones.copy(), ones
        power[1:] = np.uint64(_BASE)
        self._inverse[1:] = np.uint64(_INVERSE)
        power, self._inverse = np.cumprod(power), np.cumprod(self._inverse)
        self._sums = np.concatenate((np.zeros(1, dtype=np.uint64), np.cumsum(scramble(codes) * power[:-1])))

    def of(self, start: Ints, end: Ints) -> Hashes:
        """Hashes of the stretches ``[start, end)``."""
        return np.asarray((self._sums[end] - self._sums[start]) * self._inverse[start], dtype=np.uint64)


def _describe(tokens: Tokens, counts: Ints, k: int, at: Ints, inverse: Ints) -> Phrases:
    """The table of the runs of ``k`` words."""
    _, inverse = np.unique(inverse, return_inverse=True)
    order = np.lexsort((at, inverse))
    at, which = at[order], inverse[order]
    heads = np.flatnonzero(np.concatenate(([True], which[1:] != which[:-1])))
    first = at[heads]
    count = np.diff(np.concatenate((heads, [len(at)])))
    begin, finish = tokens.start[at], tokens.end[at + k - 1]
    opens = (at == 0) | (tokens.clause[at - 1] != tokens.clause[at])
    after = np.minimum(at + k, len(tokens.start) - 1)
    closes = (at + k >= len(tokens.start)) | (tokens.clause[after] != tokens.clause[at])
    left = _entropy(which, tokens.codes[np.maximum(begin - 1, 0)], opens, count)
    right = _entropy(which, tokens.codes[np.minimum(finish, len(tokens.codes) - 1)], closes, count)
    more = np.maximum(counts[k + 1, at], np.where(at > 0, counts[k + 1, at - 1], 0) * ~opens)
    return Phrases(
        words=np.full(len(first), k),
        count=count,
        token=first,
        start=tokens.start[first],
        end=tokens.end[first + k - 1],
        pmi=_least_pmi(counts, k, first, count),
        left=left,
        right=right,
        longer=np.maximum.reduceat(more, heads),
        which=which,
        at=begin,
        document=tokens.document[at],
    )


def _least_pmi(counts: Ints, k: int, first: Ints, count: Ints) -> Floats:
    total = float(counts.shape[1])
    if k == 1:
        return np.asarray(np.log2(total / count))
    splits = [np.log2(count * total / (counts[j, first].astype(float) * counts[k - j, first + j])) for j in range(1, k)]
    return np.asarray(np.min(splits, axis=0))


def _entropy(which: Ints, neighbour: NDArray[np.uint32], edge: NDArray[np.bool_], count: Ints) -> Floats:
    """Entropy in bits of the neighbours of each phrase; every neighbour at a clause edge is different from all others."""
    inner = ~edge
    pairs = which[inner].astype(np.uint64) << np.uint64(21) | neighbour[inner].astype(np.uint64)
    keys, sizes = np.unique(pairs, return_counts=True)
    owner = (keys >> np.uint64(21)).astype(np.int64)
    spent = np.bincount(owner, sizes * np.log2(sizes), minlength=len(count))
    return np.asarray(np.maximum(0.0, np.log2(count) - spent / count))
