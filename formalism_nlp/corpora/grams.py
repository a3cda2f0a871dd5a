"""Texts as one array of counted characters, and which stretches of it stand more than once: the arithmetic under ``reuse``.

Every function is near linear in the number of characters; the only sort is one ``argsort`` of 64-bit hashes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.analysis.characters import COUNTED, read

Ints = NDArray[np.int64]
Hashes = NDArray[np.uint64]
Flags = NDArray[np.bool_]
_BASE = 0x9E3779B97F4A7C15
_WORD = 2**64


@dataclass(frozen=True)
class Stream:
    """All texts without white space and punctuation, in normal form, one after another.

    ``codes`` (n,) are code points, ``offsets`` (n,) where each stands in its own text, ``document`` (n,) whose it is;
    document ``i`` is ``codes[starts[i] : starts[i + 1]]``.
    """

    names: tuple[str, ...]
    codes: NDArray[np.uint32]
    offsets: Ints
    document: NDArray[np.int32]
    starts: Ints

    def sizes(self) -> Ints:
        """Counted characters of each document."""
        return np.diff(self.starts)

    def raw(self, start: int, end: int) -> tuple[int, int]:
        """Span in its own text of the positions ``[start, end)``, which lie in one document and are not empty."""
        return int(self.offsets[start]), int(self.offsets[end - 1]) + 1

    def per_document(self, flags: Flags) -> Ints:
        """How many flagged positions each document has."""
        total = np.concatenate(([0], np.cumsum(flags)))
        return np.asarray(total[self.starts[1:]] - total[self.starts[:-1]], dtype=np.int64)


def make_stream(texts: Mapping[str, str]) -> Stream:
    """Join texts; the order of the mapping is the order of the documents."""
    codes, offsets = [], []
    for text in texts.values():
        folded, kinds = read(text)
        kept = np.flatnonzero(kinds & COUNTED)
        codes.append(folded[kept])
        offsets.append(kept)
    sizes = [len(kept) for kept in offsets]
    return Stream(
        names=tuple(texts),
        codes=np.concatenate(codes) if codes else np.zeros(0, dtype=np.uint32),
        offsets=np.concatenate(offsets) if offsets else np.zeros(0, dtype=np.int64),
        document=np.repeat(np.arange(len(sizes), dtype=np.int32), sizes),
        starts=np.concatenate(([0], np.cumsum(sizes, dtype=np.int64))).astype(np.int64),
    )


def scramble(values: NDArray[np.uint32] | Hashes) -> Hashes:
    """Spread integers over 64 bits, one to one (the finaliser of splitmix64, Steele et al. 2014)."""
    x = values.astype(np.uint64)
    x = (x + np.uint64(_BASE)) * np.uint64(0xBF58476D1CE4E5B9)
    x ^= x >> np.uint64(27)
    x = x * np.uint64(0x94D049BB133111EB)
    return np.asarray(x ^ (x >> np.uint64(31)), dtype=np.uint64)


def gram_hashes(codes: NDArray[np.uint32], length: int) -> Hashes:
    """Polynomial hash of the ``length`` characters from each position, (max(0, n − length + 1),).

    Built by doubling, so it costs O(n log length). Two different stretches share a hash with probability about 2⁻⁶⁴.
    """
    count = len(codes) - length + 1
    if count <= 0:
        return np.zeros(0, dtype=np.uint64)
    power, block = 1, scramble(codes)
    out: Hashes | None = None
    done, rest = 0, length
    while rest:
        if rest & 1:  # append this block of ``power`` characters
            part = block[done : done + count]
            out = part.copy() if out is None else out * np.uint64(pow(_BASE, power, _WORD)) + part
            done += power
        rest >>= 1
        if rest:
            block = block[: len(block) - power] * np.uint64(pow(_BASE, power, _WORD)) + block[power:]
            power *= 2
    assert out is not None
    return out


@dataclass(frozen=True)
class Standing:
    """Where else the gram at each position stands; arrays of all positions of the stream.

    ``documents``: number of documents that hold it, 0 where no whole gram fits; ``first``: position of its first occurrence in
    the stream; ``again``: whether it stood before in the same document.
    """

    documents: NDArray[np.int32]
    first: Ints
    again: Flags


def where_standing(stream: Stream, length: int) -> Standing:
    """Find for every gram of ``length`` characters the documents it stands in."""
    n = len(stream.codes)
    documents = np.zeros(n, dtype=np.int32)
    first = np.arange(n, dtype=np.int64)
    again = np.zeros(n, dtype=bool)
    at = inner_positions(stream, length)
    if len(at):
        hashes = gram_hashes(stream.codes, length)[at]
        order = np.argsort(hashes, kind="stable")
        hashes, at = hashes[order], at[order]
        opens = np.concatenate(([True], hashes[1:] != hashes[:-1]))
        owner = stream.document[at]
        new_owner = opens | np.concatenate(([True], owner[1:] != owner[:-1]))
        heads = np.flatnonzero(opens)
        sizes = np.diff(np.concatenate((heads, [len(at)])))
        documents[at] = np.repeat(np.add.reduceat(new_owner.astype(np.int32), heads), sizes)
        first[at] = np.repeat(at[heads], sizes)
        again[at] = ~new_owner
    return Standing(documents, first, again)


def inner_positions(stream: Stream, length: int) -> Ints:
    """Positions from which ``length`` characters of the same document follow."""
    ends = stream.starts[1:][stream.document] if len(stream.codes) else np.zeros(0, dtype=np.int64)
    return np.flatnonzero(np.arange(len(stream.codes)) + length <= ends)


def covered(flags: Flags, length: int) -> Flags:
    """Positions inside a gram of ``length`` characters that starts at a flagged position."""
    change = np.zeros(len(flags) + length + 1, dtype=np.int64)
    at = np.flatnonzero(flags)
    change[at] += 1
    change[at + length] -= 1
    return np.asarray(np.cumsum(change)[: len(flags)] > 0)


def maximal_matches(stream: Stream, targets: Ints, sources: Ints, length: int) -> Ints:
    """Join grams that match on one diagonal, lengthen them as far as both sides agree, and drop what lies inside another.

    Args:
        stream: the texts.
        targets: ascending positions whose gram also stands at …
        sources: … these positions, each in another document than its target, or at least not at the target itself.
        length: of the grams.

    Returns:
        (m, 3): start and end of the target, start of the source; sorted by start. No row's target lies inside another's.
    """
    if not len(targets):
        return np.zeros((0, 3), dtype=np.int64)
    shift = targets - sources
    breaks = (np.diff(targets) != 1) | (np.diff(shift) != 0) | (np.diff(stream.document[targets]) != 0)
    opens = np.concatenate(([0], np.flatnonzero(breaks) + 1))
    closes = np.concatenate((opens[1:], [len(targets)])) - 1
    found: list[tuple[int, int, int]] = []
    reach = -1
    starts, ends, shifts = targets[opens].tolist(), (targets[closes] + length).tolist(), shift[opens].tolist()
    for start, end, back in zip(starts, ends, shifts, strict=True):
        # What a longer match has covered already is not followed again: a million equal characters cost no more than others.
        if end > reach:
            before, behind = _agreement(stream, start, end, back)
            found.append((start - before, end + behind, start - before - back))
            reach = max(reach, end + behind)
    rows = np.unique(np.array([(a, -b, source) for a, b, source in found], dtype=np.int64), axis=0)
    covered_to = np.maximum.accumulate(-rows[:, 1])
    inside = np.concatenate(([False], -rows[1:, 1] <= covered_to[:-1]))
    rows = rows[~inside]
    return np.stack([rows[:, 0], -rows[:, 1], rows[:, 2]], axis=1)


def _agreement(stream: Stream, start: int, end: int, back: int) -> tuple[int, int]:
    """How many positions before ``start`` and from ``end`` on both sides agree, inside their documents."""
    mine, other = int(stream.document[start]), int(stream.document[start - back])
    before = min(start - int(stream.starts[mine]), start - back - int(stream.starts[other]))
    behind = min(int(stream.starts[mine + 1]) - end, int(stream.starts[other + 1]) - (end - back))
    codes, source = stream.codes, start - back
    left = _leading(codes[start - before : start][::-1], codes[source - before : source][::-1])
    right = _leading(codes[end : end + behind], codes[end - back : end - back + behind])
    return left, right


def _leading(a: NDArray[np.uint32], b: NDArray[np.uint32]) -> int:
    """How many first items of two arrays of one length are equal."""
    done, step = 0, 32
    while done < len(a):
        differs = a[done : done + step] != b[done : done + step]
        if differs.any():
            return done + int(differs.argmax())
        done += len(differs)
        step *= 2
    return done
