"""A set of words as a double-array trie that looks at every position of a text at once.

Why not an Aho–Corasick library: it hands over one Python tuple a match, which costs more than finding it; here all matches
of one length come as two arrays (docs/performance.md has the measurement). The trie is walked from all positions in step,
and after the second character only a few percent of the positions are still alive.

State numbers are slots of the double array (Aoe 1989): the child of state ``s`` by character number ``c`` is the slot
``base[s] + c``, and it is a child of ``s`` only if ``check`` of that slot is ``s``. The children of the root have the numbers
of their characters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.analysis.spans import Ints, where, with_first, with_last

Floats = NDArray[np.float64]

_ROOT = -2  # in ``check``: a child of the root; no state has this number, so no step from 0 (no character) leads there
_HALF, _LOW = 32, (1 << 32) - 1  # ``check`` stands in the upper half of a number, ``base`` in the lower one
_NONE = np.zeros(0, dtype=np.int64)
_TRIES = 64  # slots tried in vain before the search for room begins further on


class Trie:
    """Words over characters numbered from 1; immutable.

    Args:
        words: (words, longest) character numbers, each row filled up with zeros behind; no row twice, no row empty.
        size: largest character number.
    """

    def __init__(self, words: NDArray[np.integer], size: int) -> None:
        parent, character, word = _nodes(np.asarray(words, dtype=np.int64))
        base = _bases(parent, character, size)
        slot = np.zeros(len(parent), dtype=np.int64)
        slot[1:] = base[parent[1:]] + character[1:]
        top = int(base.max(initial=0)) + size + 1
        check = np.full(top, -1, dtype=np.int64)
        check[slot[1:]] = np.where(parent[1:] > 0, slot[parent[1:]], _ROOT)
        # Base and check of a slot in one number: a step that looks them up apart waits for the memory twice.
        self._both = check << _HALF
        self._both[slot] |= base
        self._root = self._both[: size + 1] & _LOW  # bases of the children of the root: all that the first step looks at
        self._word = np.full(top, -1, dtype=np.int32)
        self._word[slot] = word
        self._nodes = (slot, parent, word)  # parents stand before their children
        self._first = check[: size + 1] == _ROOT
        self._ends = self._word >= 0
        self._single = bool(self._ends[: size + 1].any())
        self.longest = words.shape[1]

    def find(self, ids: Ints) -> Iterator[tuple[int, Ints, Ints]]:
        """Find every occurrence of every word, overlapping ones too.

        Args:
            ids: character number at each position, 0 for a character of no word; followed by at least ``longest`` zeros,
                so that no step can leave the array.

        Returns:
            ``(length, positions, words)`` for each length that occurs, shortest first; positions ascending.
        """
        if self._single:
            word = self._word.take(ids)
            at = where(word >= 0)
            if len(at):
                yield 1, at, word.take(at).astype(np.int64)
        for length, (at, state) in enumerate(self.steps(ids), 2):
            word = self._word.take(state)
            ends = where(word >= 0)
            if len(ends):
                yield length, at.take(ends), word.take(ends).astype(np.int64)

    def steps(self, ids: Ints) -> Iterator[tuple[Ints, Ints]]:
        """Walk from every position as far as words go.

        Args:
            ids: as in ``find``.

        Returns:
            Positions (ascending) and their states after two characters, after three, and so on. After one character the
            state of a position is its character number.
        """
        # The second step is taken at all positions: most are alive, and neighbours need no index.
        slot = self._root.take(ids[:-1])
        slot += ids[1:]
        both = self._both.take(slot)
        alive = where(both >> _HALF == ids[:-1])
        at, state, both = alive, slot.take(alive), both.take(alive)
        length = 2
        while len(at):
            yield at, state
            slot = both & _LOW
            slot += ids.take(at + length)
            both = self._both.take(slot)
            alive = where(both >> _HALF == state)
            at, state, both = at.take(alive), slot.take(alive), both.take(alive)
            length += 1

    def along(self, words: Ints, values: NDArray[np.floating]) -> tuple[Ints, NDArray[np.floating]]:
        """Give some words values, and each state the sum of those on the way to it.

        Args:
            words: numbers of words, no one twice.
            values: (those words, columns).

        Returns:
            For each state a row of the table (those words and one, columns) that comes with it; row 0 has zeros, and states
            with none of the words on the way to them have it.
        """
        slot, parent, word = self._nodes
        row_of = np.zeros(int(word.max(initial=0)) + 2, dtype=np.int64)  # the last one is for nodes that are no word (-1)
        row_of[words] = np.arange(1, len(words) + 1)
        own = row_of.take(word)
        table = np.vstack([np.zeros((1, values.shape[1]), dtype=values.dtype), values])
        row = np.zeros(len(slot), dtype=np.int64)
        depth = np.zeros(len(slot), dtype=np.int64)
        for _ in range(self.longest):
            depth[1:] = depth[parent[1:]] + 1
        for level in range(1, self.longest + 1):
            here = where(depth == level)
            above = row.take(parent.take(here))
            row[here] = np.where(own.take(here) > 0, own.take(here), above)
            new = where(own.take(here))
            table[own.take(here.take(new))] += table.take(above.take(new), axis=0)
        number = np.zeros(len(self._both), dtype=np.int64)
        number[slot[1:]] = row[1:]
        return number, table

    def longest_from(self, ids: Ints) -> tuple[Ints, Ints]:
        """For each of some places the longest word that starts there.

        Args:
            ids: (``longest`` + 1, places) character numbers of what stands there, the last row 0.

        Returns:
            Word (−1 for none) and its length for each place.
        """
        word, size = np.full(ids.shape[1], -1, dtype=np.int64), np.zeros(ids.shape[1], dtype=np.int64)
        place = where(self._first.take(ids[0]))
        state = ids[0].take(place)
        length = 1
        while len(place):
            ends = where(self._ends.take(state))
            ended = place.take(ends)
            word[ended] = self._word.take(state.take(ends))
            size[ended] = length
            slot = (self._both.take(state) & _LOW) + ids[length].take(place)
            alive = where(self._both.take(slot) >> _HALF == state)
            place, state = place.take(alive), slot.take(alive)
            length += 1
        return word, size


class Words:
    """A Trie over strings.

    Args:
        words: distinct, not empty.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self.words = tuple(words)
        lengths = np.fromiter(map(len, words), dtype=np.int64, count=len(words))
        codes = np.frombuffer("".join(words).encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        alphabet = np.unique(codes).astype(np.int64)
        self._table = np.zeros(0x10000, dtype=np.int64)
        plane = alphabet < 0x10000
        self._table[alphabet[plane]] = where(plane) + 1
        self._beyond = alphabet[~plane]
        self._plain = int(plane.sum())
        rows = np.zeros((len(words), int(lengths.max(initial=1))), dtype=np.int64)
        rows[np.arange(rows.shape[1]) < lengths[:, None]] = alphabet.searchsorted(codes) + 1
        self._trie = Trie(rows, len(alphabet))
        self.longest = self._trie.longest
        self._steps = np.arange(self.longest + 1)[:, None]

    def find(self, codes: NDArray[np.integer[Any]]) -> Iterator[tuple[int, Ints, Ints]]:
        """As ``Trie.find``, in code points; words are numbered in the order they were given."""
        ids = np.empty(len(codes) + self.longest, dtype=np.int64)
        ids[len(codes) :] = 0
        self._number(codes, ids[: len(codes)])
        return self._trie.find(ids)

    def longest_at(self, codes: NDArray[np.integer[Any]], at: Ints) -> tuple[Ints, Ints]:
        """For each position (up to ``len(codes)``) the longest word there: its number (−1 for none) and its length."""
        place = at + self._steps
        ids = np.empty(place.shape, dtype=np.int64)
        self._number(codes.take(place.ravel(), mode="clip"), ids.reshape(-1))
        ids[place >= len(codes)] = 0
        ids[-1] = 0
        return self._trie.longest_from(ids)

    def _number(self, codes: NDArray[np.integer[Any]], out: Ints) -> None:
        """Write the character numbers of code points."""
        self._table.take(codes, mode="clip", out=out)
        beyond = where(codes > 0xFFFF) if codes.dtype.itemsize > 2 else _NONE
        if len(beyond):
            place = self._beyond.searchsorted(codes[beyond])
            known = with_last(self._beyond, -1)[place] == codes[beyond]
            out[beyond] = np.where(known, self._plain + place + 1, 0)


def _nodes(words: Ints) -> tuple[Ints, Ints, Ints]:
    """Parent, character and word (−1 for none) of each node; the root is node 0, parents stand before their children."""
    order = np.lexsort(words.T[::-1]) if words.shape[1] else np.arange(len(words))
    rows = words[order]
    parents, characters, ends = [np.zeros(1, np.int64)], [np.zeros(1, np.int64)], [np.full(1, -1, np.int64)]
    above = np.zeros(len(rows), dtype=np.int64)
    total = 1
    for depth in range(words.shape[1]):
        column = rows[:, depth]
        new = np.empty(len(rows), dtype=bool)
        new[:1] = True
        new[1:] = (above[1:] != above[:-1]) | (column[1:] != column[:-1])
        number = total + new.cumsum() - 1
        first = where(new)
        last = np.zeros(len(rows), dtype=bool)
        last[:] = True if depth + 1 == words.shape[1] else rows[:, depth + 1 : depth + 2].ravel() == 0
        end = np.full(len(first), -1, dtype=np.int64)
        end[number[last] - total] = order[last]
        parents.append(above[first])
        characters.append(column[first])
        ends.append(end)
        total += len(first)
        going = ~last
        rows, above, order = rows[going], number[going], order[going]
    return np.concatenate(parents), np.concatenate(characters), np.concatenate(ends)


def _bases(parent: Ints, character: Ints, size: int) -> Ints:
    """Choose the base of each node so that no two nodes share a slot: first fit, those with most children first."""
    nodes = np.argsort(parent[1:], kind="stable") + 1  # children in the order of their parents, then of their characters
    children = np.bincount(parent[1:], minlength=len(parent))
    first = with_first(0, children.cumsum())
    base = np.zeros(len(parent), dtype=np.int64)
    by_size = np.argsort(-children, kind="stable")
    by_size = by_size[by_size != 0]  # slots 1 … size are the children of the root
    several = by_size[children[by_size] > 1]
    letters = character[nodes].tolist()
    used = bytearray(2 * len(parent) + 4 * size + 2)
    used[: size + 1] = b"\1" * (size + 1)
    low = size + 1
    for node, begin, end in zip(several.tolist(), first[several].tolist(), first[several + 1].tolist(), strict=True):
        lowest, *others = letters[begin:end]
        steps = [other - lowest for other in others]
        at, tries = used.find(0, low), 0
        while _taken(used, at, steps):
            at, tries = used.find(0, at + 1), tries + 1
            if tries == _TRIES:  # what is free before here is too crowded for several
                low, tries = at, 0
            if at + size >= len(used):
                used += bytes(len(used))
        base[node] = at - lowest
        for letter in letters[begin:end]:
            used[at - lowest + letter] = 1
        if at + 2 * size >= len(used):
            used += bytes(len(used))
    single = by_size[children[by_size] == 1]
    free = where(np.frombuffer(used, dtype=np.uint8)[size + 1 :] == 0)[: len(single)] + size + 1
    free = np.concatenate([free, len(used) + np.arange(len(single) - len(free))])
    base[single] = free - character[nodes[first[single]]]
    return base


def _taken(used: bytearray, at: int, steps: Sequence[int]) -> bool:
    """Whether one of the slots some steps behind a slot is in use. A plain loop: it runs 170,000 times at the first score."""
    for step in steps:  # noqa: SIM110 - a generator in any() takes twice as long
        if used[at + step]:
            return True
    return False
