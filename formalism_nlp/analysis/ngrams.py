"""Character n-grams: how they are numbered, and the sum of the weights of those a sentence holds, for all sentences at once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.analysis.characters import DIGIT, SPACE, Codes, Folded, Ints, code_points, plain_kinds
from formalism_nlp.analysis.linear import RowTable, whole_lines
from formalism_nlp.analysis.sentences import blocks
from formalism_nlp.analysis.spans import groups, steps, where, with_first
from formalism_nlp.analysis.trie import Trie

Floats = NDArray[np.float64]
NgramSums = NDArray[np.floating]

_BITS = 13  # room for 8,191 characters; 4 of them fit into 52 bits
_MASK = (1 << _BITS) - 1
LONGEST = 4
BEGIN, END = "\x02", "\x03"
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")
_SPACES = re.compile(r"[\s\x00-\x1f]+")
_PLANE = 0x10000
_BLOCK = 1 << 15  # characters looked up together: what is made of them fits into the processor's cache
_SUMMED = 1 << 18  # characters whose weights are added up together: each table comes into the cache once for all of them
_GONE, _NUMBER = -1, -2  # instead of a character number: what ``clean`` removes, and what it collapses to 0
_UNKNOWN = 0xFFFF  # no character
# ``str.lower`` makes two characters of İ, and what it makes of Σ depends on its neighbours: such sentences go one by one.
_ODD = ("İ", "Σ")


def clean(sentence: str) -> str:
    """Return the form n-grams are taken from: no white space or control characters, each number as one ``0``, lower case."""
    return _DIGITS.sub("0", _SPACES.sub("", sentence.lower()))


def ngram_rows(sentences: Sequence[str], alphabet: Ints, longest: int) -> tuple[Ints, Ints]:
    """Take all 1- to ``longest``-grams of each sentence, with a begin and an end mark.

    Args:
        sentences: normalised sentences, of any length.
        alphabet: table of 65,536 character numbers (1 … 8,191; 0 = not in the alphabet), see ``make_alphabet``.
        longest: 1 to 4.

    Returns:
        Two arrays of equal length: sentence number and n-gram key, once for each occurrence whose characters are all in the
        alphabet. Keys of different n-grams differ.
    """
    joined = "".join(f"{BEGIN}{clean(sentence)}{END}" for sentence in sentences)
    codes = code_points(joined)
    ids = alphabet[np.where(codes < len(alphabet), codes, 0)]
    begin = codes == ord(BEGIN)
    owner = begin.cumsum() - 1
    rows, keys = [], []
    key = np.zeros(len(ids), dtype=np.int64)
    alive = np.ones(len(ids), dtype=bool)
    for size in range(1, longest + 1):
        count = len(ids) - size + 1
        if count <= 0:
            break
        part = ids[size - 1 :]
        alive = alive[:count] & (part > 0)
        if size > 1:
            alive &= ~begin[size - 1 :]
        key = (key[:count] << _BITS) | part
        use = where(alive)
        rows.append(owner[use])
        keys.append(key[use])
    if not rows:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    return np.concatenate(rows), np.concatenate(keys)


def make_alphabet(characters: str) -> Ints:
    """Number the characters of the alphabet from 1 on (at most 8,191, BMP only).

    Raises:
        ValueError: too many characters, or one outside the BMP.
    """
    if len(characters) >= 1 << _BITS or any(ord(c) > 0xFFFF for c in characters):
        raise ValueError(f"an alphabet holds at most {_MASK} BMP characters")
    table = np.zeros(_PLANE, dtype=np.int64)
    for number, character in enumerate(characters, 1):
        table[ord(character)] = number
    return table


def key_of(ngram: str, alphabet: Ints) -> int:
    """Key of one n-gram string (begin and end marks included in it); all characters must be in the alphabet."""
    key = 0
    for character in ngram:
        key = (key << _BITS) | int(alphabet[ord(character)])
    return key


def text_of(key: int, characters: str) -> str:
    """The n-gram string of a key: the inverse of ``key_of``."""
    out = []
    while key:
        out.append(characters[(key & _MASK) - 1])
        key >>= _BITS
    return "".join(reversed(out))


@lru_cache(maxsize=1)
def _lower() -> Ints:
    """Lower-case code point of each character of the plane; the odd ones as they are."""
    plane = "".join(map(chr, range(_PLANE)))
    for odd in _ODD:
        plane = plane.replace(odd, "x")
    lower = code_points(plane.lower()).astype(np.int64)
    lower[[ord(odd) for odd in _ODD]] = [ord(odd) for odd in _ODD]
    return lower


def means(sums: NgramSums) -> Floats:
    """What the n-grams of some stretches give: (stretches, outputs) sums of weights over the square root of their number.

    Args:
        sums: of ``NgramScorer.sums``.
    """
    return np.asarray(sums[:, :-1] * (1.0 / np.sqrt(np.maximum(sums[:, -1:], 1), dtype=np.float64)))


class NgramScorer:
    """Known n-grams of one table or more, with their weights, as one trie; immutable, thread-safe.

    Args:
        characters: the alphabet of all tables, see ``make_alphabet``.
        tables: keys, ascending, and weights (n-grams, outputs) of each.
    """

    def __init__(self, characters: str, *tables: tuple[Ints, NDArray[np.floating]]) -> None:
        alphabet = make_alphabet(characters)
        keys = np.unique(np.concatenate([own for own, _ in tables]))
        size = np.maximum(1, sum((keys >> (_BITS * k) > 0).astype(np.int64) for k in range(LONGEST)))
        longest = int(size.max(initial=1))
        shift = _BITS * (size[:, None] - 1 - np.arange(longest))
        letters = np.where(shift >= 0, (keys[:, None] >> np.maximum(shift, 0)) & _MASK, 0)
        self._trie = Trie(letters, len(characters))
        self._sums = []
        for own, weights in tables:
            counted = np.hstack([weights, np.ones((len(own), 1), dtype=weights.dtype)])  # the last column counts
            row, sums = self._trie.along(keys.searchsorted(own), counted)
            self._sums.append((row, RowTable(whole_lines(sums)), sums.shape[1]))
        table = alphabet[_lower()]
        table[plain_kinds() & SPACE > 0] = _GONE
        table[:0x20] = _GONE
        table[plain_kinds() & DIGIT > 0] = _NUMBER
        self._marks = int(alphabet[ord(BEGIN)]), int(alphabet[ord(END)])
        self._ids = table.astype(np.int16)
        self._zero = int(alphabet[ord("0")])

    def sums(self, folded: Folded, start: Ints, end: Ints) -> list[NgramSums]:
        """Add up what the n-grams of stretches of a text weigh.

        Args:
            folded: the text.
            start, end: the stretches, in any order.

        Returns:
            (stretches, outputs and one) for each table: the sum of the weights of the n-grams of each stretch that the table
            knows, as often as they stand there, and how many they are; see ``means``.
        """
        codes = folded.codes if len(folded) else np.zeros(1, dtype=np.uint32)
        if any(odd in folded.text for odd in _ODD):
            codes, start, end = _lowered(folded.text, start, end)
        out = [np.zeros((len(start), table.columns), dtype=table.dtype) for _, table, _ in self._sums]
        for first, last in blocks(end - start, _SUMMED):
            state, edges = self._farthest(codes, start[first:last], end[first:last])
            for (row, table, _), part in zip(self._sums, out, strict=True):
                table.add(part[first:last], row.take(state), edges)
        return [part[:, :columns] for part, (_, _, columns) in zip(out, self._sums, strict=True)]

    def _farthest(self, codes: Codes, start: Ints, end: Ints) -> tuple[Ints, Ints]:
        """The farthest state the trie reaches from each position of some stretches, and where each stretch begins."""
        parts = [self._block(codes, start[a:b], end[a:b]) for a, b in blocks(end - start, _BLOCK)]
        states, sizes = zip(*parts, strict=True)
        return np.concatenate(states), with_first(0, np.concatenate(sizes).cumsum())

    def _block(self, codes: Codes, start: Ints, end: Ints) -> tuple[Ints, Ints]:
        """The farthest state the trie reaches from each position of some stretches, and how many positions each stretch has.

        The known n-grams that begin at a position are those on the way to that state.
        """
        ids, size = self._marked(codes, start, end)
        farthest = ids[: len(ids) - self._trie.longest].copy()
        for at, state in self._trie.steps(ids):
            farthest[at] = state
        return farthest, size

    def _marked(self, codes: Codes, start: Ints, end: Ints) -> tuple[Ints, Ints]:
        """Character numbers of the cleaned stretches with their begin and end marks, and how many each stretch has.

        The first array has as many zeros behind as the trie needs.
        """
        size = end - start + 2
        owner, step = groups(size)
        step += (start - 1).repeat(size)
        edge = size.cumsum()
        codes = codes.take(step, mode="clip")
        beyond = where(codes >= _PLANE) if codes.dtype.itemsize > 2 else edge[:0]
        if len(beyond):
            codes[beyond] = [ord("0") if chr(code).isdecimal() else _UNKNOWN for code in codes[beyond].tolist()]
        ids = self._ids.take(codes)
        ids[edge - size], ids[edge - 1] = self._marks
        codes[edge - size] = codes[edge - 1] = 0
        gone = where(ids == _GONE)
        if len(gone):
            kept = where(ids != _GONE)
            ids, codes = ids.take(kept), codes.take(kept)
            size -= np.bincount(owner.take(gone), minlength=len(size))
            owner = owner.take(kept)
        digits = where(ids == _NUMBER)
        if len(digits):
            ids[digits] = self._zero
            gone = _inside_numbers(digits, owner.take(digits), codes.take(digits - 1))
            ids[gone] = _GONE
            size -= np.bincount(owner.take(gone), minlength=len(size))
            ids = ids.take(where(ids != _GONE))
        out = np.zeros(len(ids) + self._trie.longest, dtype=np.int64)
        out[: len(ids)] = ids
        return out, size


def _inside_numbers(digits: Ints, owner: Ints, before: Codes) -> Ints:
    r"""Positions that ``\d+(?:[.,]\d+)*`` takes besides its first, given those of all digits, their owner, and what is before each."""
    step = steps(digits, -9)
    step[1:][owner[1:] != owner[:-1]] = 9
    joined = (step == 2) & ((before == ord(".")) | (before == ord(",")))
    return np.concatenate([digits[(step == 1) | joined], digits[joined] - 1])


def _lowered(text: str, start: Ints, end: Ints) -> tuple[NDArray[np.uint32], Ints, Ints]:
    """Stretches in lower case by ``str.lower`` itself, one behind the other, and where each stands."""
    parts = [text[a:b].lower() for a, b in zip(start.tolist(), end.tolist(), strict=True)]
    edges = with_first(0, np.array([len(part) for part in parts], dtype=np.int64).cumsum())
    return code_points("".join(parts)), edges[:-1], edges[1:]
