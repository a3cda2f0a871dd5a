"""Character n-grams: how they are numbered, and the sum of the weights of those a sentence holds, for all sentences at once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.analysis.characters import DIGIT, SPACE, Folded, Ints, code_points, plain_kinds
from formalism_nlp.analysis.sentences import blocks
from formalism_nlp.analysis.spans import firsts, groups, steps, where
from formalism_nlp.analysis.trie import Trie

Floats = NDArray[np.float64]

_BITS = 13  # room for 8,191 characters; 4 of them fit into 52 bits
_MASK = (1 << _BITS) - 1
LONGEST = 4
BEGIN, END = "\x02", "\x03"
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")
_SPACES = re.compile(r"[\s\x00-\x1f]+")
_PLANE = 0x10000
_BLOCK = 1 << 15  # characters looked at together: their n-grams and weights fit into the processor's cache
_GONE, _NUMBER = -1, -2  # instead of a character number: what ``clean`` removes, and what it collapses to 0
_MARKS = np.array([_PLANE, _PLANE + 1], dtype=np.uint32)  # stand for BEGIN and END in arrays of code points
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


class NgramScorer:
    """Known n-grams with their weights as one trie; immutable, thread-safe.

    Args:
        keys: ascending n-gram keys.
        characters: the alphabet, see ``make_alphabet``.
        weights: (n-grams, outputs).
    """

    def __init__(self, keys: Ints, characters: str, weights: Floats) -> None:
        alphabet = make_alphabet(characters)
        size = np.maximum(1, sum((keys >> (_BITS * k) > 0).astype(np.int64) for k in range(LONGEST)))
        longest = int(size.max(initial=1))
        shift = _BITS * (size[:, None] - 1 - np.arange(longest))
        letters = np.where(shift >= 0, (keys[:, None] >> np.maximum(shift, 0)) & _MASK, 0)
        self._trie = Trie(letters, len(characters))
        # A last column counts the n-grams.
        self._node, self._own, self._total = self._trie.along(np.hstack([weights, np.ones((len(keys), 1))]))
        table = alphabet[_lower()]
        table[plain_kinds() & SPACE > 0] = _GONE
        table[:0x20] = _GONE
        table[plain_kinds() & DIGIT > 0] = _NUMBER
        marks = [alphabet[ord(BEGIN)], alphabet[ord(END)]]
        self._ids = np.concatenate([table, marks]).astype(np.int16)
        self._zero = int(alphabet[ord("0")])

    def scores(self, folded: Folded, start: Ints, end: Ints) -> Floats:
        """Score stretches of a text.

        Args:
            folded: the text.
            start, end: the stretches, in any order.

        Returns:
            (stretches, outputs): the sum of the weights of the distinct known n-grams of each stretch, divided by the
            square root of their number.
        """
        codes = np.concatenate([folded.codes, _MARKS])
        beyond = where(folded.codes >= _PLANE)
        if len(beyond):
            codes[beyond] = [ord("0") if chr(code).isdecimal() else _UNKNOWN for code in codes[beyond].tolist()]
        out = np.zeros((len(start), self._own.shape[1]))
        for first, last in blocks(end - start, _BLOCK):
            out[first:last] = self._score(codes, start[first:last], end[first:last])
        return out[:, :-1] / np.sqrt(np.maximum(out[:, -1:], 1))

    def _score(self, codes: NDArray[np.uint32], start: Ints, end: Ints) -> Floats:
        """Sums over the distinct known n-grams of some stretches: of their weights, and their number.

        The known n-grams that begin at a position are those on the way to the farthest state the trie reaches from there. So
        one row of sums a position is added up, and what stood in the stretch before is taken off again.
        """
        ids, owner = self._marked(codes, start, end)
        count = len(owner)
        farthest = ids[:count].copy()
        seen = _Seen(owner, farthest)
        for at, state in self._trie.steps(ids):
            farthest[at] = state
            seen.look(at, state)
        sums = np.add.reduceat(self._total.take(self._node.take(farthest), axis=0), firsts(owner), axis=0)
        row, state = seen.again()
        first = firsts(row)
        sums[row.take(first)] -= np.add.reduceat(self._own.take(self._node.take(state), axis=0), first, axis=0)
        return np.asarray(sums)

    def _marked(self, codes: NDArray[np.uint32], start: Ints, end: Ints) -> tuple[Ints, Ints]:
        """Character numbers of the cleaned stretches with their begin and end marks, and the stretch of each.

        The first array has as many zeros behind as the trie needs. ``codes`` end with the two marks.
        """
        size = end - start + 2
        owner, step = groups(size)
        source = (start - 1).take(owner) + step
        edge = size.cumsum()
        source[edge - size], source[edge - 1] = len(codes) - 2, len(codes) - 1
        codes = codes.take(source)
        if np.any(codes == ord(_ODD[0])) or np.any(codes == ord(_ODD[1])):
            codes, size = _lowered(codes, edge - size, edge)
            owner = np.arange(len(size)).repeat(size)
        ids = self._ids.take(codes)
        ids, codes, owner = _without(ids, codes, owner, where(ids == _GONE))
        digits = where(ids == _NUMBER)
        if len(digits):
            ids[digits] = self._zero
            gone = _inside_numbers(digits, owner.take(digits), codes.take(digits - 1))
            ids, _, owner = _without(ids, codes, owner, gone)
        out = np.zeros(len(ids) + self._trie.longest, dtype=np.int64)
        out[: len(ids)] = ids
        return out, owner


def _without(
    ids: NDArray[np.int16], codes: NDArray[np.uint32], owner: Ints, gone: Ints
) -> tuple[NDArray[np.int16], NDArray[np.uint32], Ints]:
    """The arrays without what stands at some positions."""
    if not len(gone):
        return ids, codes, owner
    mask = np.ones(len(ids), dtype=bool)
    mask[gone] = False
    kept = where(mask)
    return ids.take(kept), codes.take(kept), owner.take(kept)


def _inside_numbers(digits: Ints, owner: Ints, before: NDArray[np.uint32]) -> Ints:
    r"""Positions that ``\d+(?:[.,]\d+)*`` takes besides its first, given those of all digits, their owner, and what is before each."""
    step = steps(digits, -9)
    step[1:][owner[1:] != owner[:-1]] = 9
    joined = (step == 2) & ((before == ord(".")) | (before == ord(",")))
    return np.concatenate([digits[(step == 1) | joined], digits[joined] - 1])


class _Seen:
    """Finds the n-grams that stood in their stretch before, the shorter ones first.

    Args:
        owner: stretch of each position, ascending.
        state: state in the trie after the one character there.
    """

    def __init__(self, owner: Ints, state: Ints) -> None:
        self._owner = owner
        self._row: list[Ints] = []
        self._state: list[Ints] = []
        self._keep(_sorted_by(state), state)

    def look(self, at: Ints, state: Ints) -> None:
        """Take in the n-grams of the next length.

        Args:
            at: where they begin, ascending.
            state: their state in the trie.
        """
        likely = where(self._twice.take(at))
        state = state.take(likely)
        order = _sorted_by(state)
        self._keep(at.take(likely.take(order)), state, order)

    def _keep(self, at: Ints, state: Ints, order: Ints | None = None) -> None:
        """``at`` are positions in the order of their states."""
        owner, state = self._owner.take(at), state.take(at if order is None else order)
        same = where((state[1:] == state[:-1]) & (owner[1:] == owner[:-1]))
        # An n-gram can stand twice only where all shorter ones do.
        self._twice = np.zeros(len(self._owner), dtype=bool)
        self._twice[at.take(same)] = self._twice[at.take(same + 1)] = True
        self._row.append(owner.take(same))
        self._state.append(state.take(same))

    def again(self) -> tuple[Ints, Ints]:
        """Stretch and state of each n-gram that stood in its stretch before, by stretch."""
        row, state = np.concatenate(self._row), np.concatenate(self._state)
        order = _sorted_by(row)
        return row.take(order), state.take(order)


def _sorted_by(values: Ints) -> Ints:
    """Stable order of numbers from 0 on; numpy sorts sixteen bits without comparing."""
    return np.argsort(values.astype(np.uint16) if values.max(initial=0) < _PLANE else values, kind="stable")


def _lowered(codes: NDArray[np.uint32], start: Ints, end: Ints) -> tuple[NDArray[np.uint32], Ints]:
    """Stretches, each between two marks, in lower case by ``str.lower`` itself, and their sizes."""
    parts = []
    for a, b in zip(start.tolist(), end.tolist(), strict=True):
        text = codes[a + 1 : b - 1].tobytes().decode("utf-32-le").lower()
        parts.append(np.concatenate([_MARKS[:1], code_points(text), _MARKS[1:]]))
    return np.concatenate(parts), np.array([len(part) for part in parts], dtype=np.int64)
