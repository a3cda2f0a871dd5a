"""Character n-grams: how they are numbered, and the sum of the weights of those a sentence holds, for all sentences at once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.analysis.characters import DIGIT, SPACE, Codes, Folded, Ints, code_points, plain_kinds
from formalism_nlp.analysis.linear import RowTable
from formalism_nlp.analysis.sentences import blocks
from formalism_nlp.analysis.spans import groups, steps, where, with_first
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
_UNKNOWN = 0xFFFF  # no character
_ROOM = 1 << 18  # slots to find repeated characters with
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
    """Known n-grams of one table or more, with their weights, as one trie; immutable, thread-safe.

    Args:
        characters: the alphabet of all tables, see ``make_alphabet``.
        tables: keys, ascending, and weights (n-grams, outputs) of each.
    """

    def __init__(self, characters: str, *tables: tuple[Ints, Floats]) -> None:
        alphabet = make_alphabet(characters)
        keys = np.unique(np.concatenate([own for own, _ in tables]))
        # A last column of each table counts its n-grams.
        self._widths = [weights.shape[1] + 1 for _, weights in tables]
        weights = np.zeros((len(keys), sum(self._widths)))
        edge = 0
        for own, values in tables:
            weights[keys.searchsorted(own), edge : edge + values.shape[1]] = values
            edge += values.shape[1] + 1
            weights[keys.searchsorted(own), edge - 1] = 1.0
        size = np.maximum(1, sum((keys >> (_BITS * k) > 0).astype(np.int64) for k in range(LONGEST)))
        longest = int(size.max(initial=1))
        shift = _BITS * (size[:, None] - 1 - np.arange(longest))
        letters = np.where(shift >= 0, (keys[:, None] >> np.maximum(shift, 0)) & _MASK, 0)
        self._trie = Trie(letters, len(characters))
        # Behind the sums over all n-grams that begin at a position stand those without the shortest one, without the two
        # shortest, and so on: for n-grams that stand again further on.
        self._node, sums = self._trie.along(weights)
        self._nodes = sums.shape[1]
        self._outputs = sums.shape[2]
        self._sums = RowTable(sums.reshape(-1, self._outputs))
        table = alphabet[_lower()]
        table[plain_kinds() & SPACE > 0] = _GONE
        table[:0x20] = _GONE
        table[plain_kinds() & DIGIT > 0] = _NUMBER
        self._marks = int(alphabet[ord(BEGIN)]), int(alphabet[ord(END)])
        self._ids = table.astype(np.int16)
        self._zero = int(alphabet[ord("0")])
        self._characters = len(characters) + 1

    def scores(self, folded: Folded, start: Ints, end: Ints) -> list[Floats]:
        """Score stretches of a text.

        Args:
            folded: the text.
            start, end: the stretches, in any order.

        Returns:
            (stretches, outputs) for each table: the sum of the weights of the distinct n-grams of each stretch that the table
            knows, divided by the square root of their number.
        """
        codes = folded.codes if len(folded) else np.zeros(1, dtype=np.uint32)
        if any(odd in folded.text for odd in _ODD):
            codes, start, end = _lowered(folded.text, start, end)
        out = [np.empty((len(start), width - 1)) for width in self._widths]
        scratch = np.empty(max(_ROOM, self._characters), dtype=np.int32)
        for first, last in blocks(end - start, _BLOCK):
            sums = self._score(codes, start[first:last], end[first:last], scratch)
            edge = 0
            for table, width in zip(out, self._widths, strict=True):
                edge += width
                number = sums[:, edge - 1 : edge]
                np.divide(sums[:, edge - width : edge - 1], np.sqrt(np.maximum(number, 1)), out=table[first:last])
        return out

    def _score(self, codes: Codes, start: Ints, end: Ints, scratch: NDArray[np.int32]) -> Floats:
        """Sums over the distinct known n-grams of some stretches: of their weights, and their number.

        The known n-grams that begin at a position are those on the way to the farthest state the trie reaches from there. So
        one row of sums a position is added up: of those n-grams that do not stand in the stretch again.
        """
        ids, size = self._marked(codes, start, end)
        owner = np.arange(len(size)).repeat(size)
        farthest = ids[: len(owner)].copy()
        seen = _Seen(size, owner, farthest, self._characters, scratch)
        for at, state in self._trie.steps(ids):
            farthest[at] = state
            seen.look(at, state)
        row = self._node.take(farthest)
        row += seen.depth * self._nodes
        return self._sums.sums(row, size.cumsum() - size)

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


class _Seen:
    """Finds the n-grams that stand in their stretch again further on, the shorter ones first.

    ``depth`` tells for each position how many of the n-grams that begin there do; they are the shortest ones, for where an
    n-gram stands again, all it begins with stand again too.

    Args:
        size: positions of each stretch.
        owner: stretch of each position, ascending.
        state: state in the trie after the one character there, below ``states``.
        states: bounds them.
        scratch: room for ``_ROOM`` numbers or ``states``; what it holds does not matter.
    """

    def __init__(self, size: Ints, owner: Ints, state: Ints, states: int, scratch: NDArray[np.int32]) -> None:
        self._owner = owner
        self.depth = np.zeros(len(owner), dtype=np.int64)
        self._twice = np.zeros(len(owner), dtype=bool)
        # A slot for each state of each of so many stretches; of the positions that go to one slot the last one stays.
        together = max(1, _ROOM // states)
        slot = (np.arange(len(size)) % together * states).repeat(size)
        slot += state
        place = np.arange(len(owner), dtype=np.int32)
        edges = with_first(0, size.cumsum())[::together].tolist()
        for first, last in pairwise([*edges, len(owner)] if edges[-1] < len(owner) else edges):
            own, here = slot[first:last], place[first:last]
            scratch[own] = here
            stays = scratch.take(own)
            again = where(stays != here)
            self._twice[stays.take(again)] = True
            again += first
            self._twice[again] = True
            self.depth[again] = 1

    def look(self, at: Ints, state: Ints) -> None:
        """Take in the n-grams of the next length.

        Args:
            at: where they begin, ascending.
            state: their state in the trie.
        """
        # An n-gram can stand twice only where all shorter ones do.
        likely = where(self._twice.take(at))
        state = state.take(likely)
        order = _sorted_by(state)
        at, state = at.take(likely.take(order)), state.take(order)
        owner = self._owner.take(at)
        same = where((state[1:] == state[:-1]) & (owner[1:] == owner[:-1]))
        again = at.take(same)
        self._twice = np.zeros(len(self._owner), dtype=bool)
        self._twice[again] = self._twice[at.take(same + 1)] = True
        self.depth[again] += 1


def _sorted_by(values: Ints) -> Ints:
    """Stable order of numbers from 0 on; numpy sorts sixteen bits without comparing."""
    return np.argsort(values.astype(np.uint16) if values.max(initial=0) < _PLANE else values, kind="stable")


def _lowered(text: str, start: Ints, end: Ints) -> tuple[NDArray[np.uint32], Ints, Ints]:
    """Stretches in lower case by ``str.lower`` itself, one behind the other, and where each stands."""
    parts = [text[a:b].lower() for a, b in zip(start.tolist(), end.tolist(), strict=True)]
    edges = with_first(0, np.array([len(part) for part in parts], dtype=np.int64).cumsum())
    return code_points("".join(parts)), edges[:-1], edges[1:]
