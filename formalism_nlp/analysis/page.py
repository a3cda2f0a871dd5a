"""A stretch of whole lines as arrays, and where the words of a lexicon stand in it: what all finders look at."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.analysis.characters import ITEM_STOP, STOP, Codes, Folded, Ints, Kinds, flags, fold
from formalism_nlp.analysis.numerals import Numbers, find_numbers
from formalism_nlp.analysis.spans import firsts, gaps, groups, having, where, with_first, with_last
from formalism_nlp.analysis.trie import Words
from formalism_nlp.values.lexicon import Pattern

_GROUP_BITS = 7
PAGE = 1 << 17  # characters a page: enough that numpy's cost a call vanishes, few enough that the arrays stay in the cache
_MARGIN = 220  # nothing but a line reaches farther than this: the longest title in title marks
ANCHORS = "年月前内到至由从《“”〔[（【+双N"  # characters that some pattern begins or ends with


_LINE_FEED = np.uint32(ord("\n"))
_LINE_FEED_KIND = fold("\n").kinds[0]
_IS_ANCHOR = flags(ANCHORS)
_BY_CODE = sorted(ANCHORS)
_ANCHOR_EDGES = np.array([*map(ord, _BY_CODE), 0xFFFF], dtype=np.uint16)


@dataclass(frozen=True, slots=True)
class Page:
    """Normalised text that begins at the start of a text, with a line feed or behind a full stop, and ends with a line feed.

    ``codes`` and ``kinds`` are those of ``text``. ``start[k]`` and ``word[k]`` say that word number ``word[k]`` of the
    vocabulary stands at ``start[k]``, ordered by length, then by start. ``numbers`` are the numbers. One value a character:
    ``clause`` and ``item`` count the stops before it (``stops`` and ``item_stops``, positions of ``STOP`` and ``ITEM_STOP``),
    ``next_number`` is the first place at or behind it where a number starts. ``cut_first`` and ``cut_last`` tell that the first or the last line is part of a longer one.
    """

    text: str
    codes: Codes
    kinds: Kinds
    start: Ints
    word: Ints
    numbers: Numbers
    stops: Ints
    item_stops: Ints
    clause: Ints
    item: Ints
    next_number: Ints
    anchors: dict[str, Ints]
    cut_first: bool
    cut_last: bool

    def kind_at(self, at: Ints, kind: int) -> Ints:
        """Those of the positions at which a character of the kind stands."""
        return at[(self.kinds.take(at) & kind) > 0]


@dataclass(frozen=True, slots=True)
class Hits:
    """Rule number ``rule[k]`` holds at ``[start[k], end[k])``."""

    start: NDArray[np.signedinteger[Any]]
    end: NDArray[np.signedinteger[Any]]
    rule: NDArray[np.signedinteger[Any]]

    @classmethod
    def join(cls, parts: Sequence[Hits]) -> Hits:
        """All hits of all parts, one part behind the other."""
        parts = [part for part in parts if len(part.start)]
        if len(parts) < 2:
            return parts[0] if parts else NO_HITS
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in ("start", "end", "rule")))


NO_HITS = Hits(*(np.zeros(0, dtype=np.int64),) * 3)
Rules = Sequence[tuple[int, Pattern]]  # rule number and its pattern
Finder = Callable[[Page], Hits]


class Owners:
    """Which owners (rules, mostly) each word of a vocabulary has; ``any`` tells which words have one.

    Args:
        pairs: (word number, owner) pairs.
        size: number of words of the vocabulary.
    """

    def __init__(self, pairs: Iterable[tuple[int, int]], size: int) -> None:
        table = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)
        count = np.bincount(table[:, 0], minlength=size)
        first = firsts(table[:, 0])
        self.any = count > 0
        # Most words have one owner. The others of those with several stand behind one another.
        self._one = np.full(size, -1, dtype=np.int64)
        self._one[table[first, 0]] = table[first, 1]
        self._others = np.delete(table[:, 1], first)
        self._more = np.maximum(count - 1, 0)
        self._begin = self._more.cumsum() - self._more
        self._several = self._more > 0

    def of(self, words: Ints) -> tuple[Ints, Ints]:
        """For each pair of a word in ``words`` and one of its owners, in no order: the index of the word there, and the owner."""
        at = where(self.any.take(words))
        known = words.take(at)
        owner = self._one.take(known)
        several = where(self._several.take(known))
        if not len(several):
            return at, owner
        known = known.take(several)
        member, step = groups(self._more.take(known))
        step += self._begin.take(known).take(member)
        return np.concatenate([at, at.take(several).take(member)]), np.concatenate([owner, self._others.take(step)])


@dataclass(frozen=True, slots=True)
class CuePlaces:
    """A cue word of group ``group[k]`` (a number in ``cues.NAMES``) begins at ``start[k]``; by start, then by group."""

    start: NDArray[np.int32]
    group: NDArray[np.int8]

    @classmethod
    def of(cls, start: Ints, group: Ints) -> CuePlaces:
        """In order; doubles stay."""
        key = start << _GROUP_BITS | group
        key.sort(kind="stable")  # ascending lists, end to end
        return cls((key >> _GROUP_BITS).astype(np.int32), (key & ((1 << _GROUP_BITS) - 1)).astype(np.int8))

    @classmethod
    def join(cls, parts: Sequence[CuePlaces]) -> CuePlaces:
        """All of some pages, in their order."""
        start, group = [np.zeros(0, dtype=np.int32)], [np.zeros(0, dtype=np.int8)]
        return cls(np.concatenate(start + [part.start for part in parts]), np.concatenate(group + [part.group for part in parts]))


def pages(folded: Folded, vocabulary: Words) -> Iterator[tuple[int, Page]]:
    """Cut a text into pages and look at each.

    Args:
        folded: of any length; an empty text has no pages.
        vocabulary: the words of the lexicon.

    Returns:
        ``(offset, page)`` pairs, in order.
    """
    start = 0
    cut_first = False
    while start < len(folded):
        end, whole = _cut(folded.text, start)
        yield start, _look(folded, start, end, vocabulary, cut_first, not whole)
        start, cut_first = end, not whole


def _cut(text: str, start: int) -> tuple[int, bool]:
    """End of the page that begins at ``start``, and whether a line ends there.

    Before the last line feed that fits; in a line longer than a page behind a full stop with no title mark shortly before it.
    """
    size = PAGE
    while start + size < len(text):
        at = text.rfind("\n", start + 1, start + size)
        if at > 0:
            return at, True
        at = text.rfind("。", start + _MARGIN, start + size)
        while at >= 0:
            title = text.rfind("《", at - _MARGIN, at)
            if title < 0 and not text[at + 1].isspace():
                return at + 1, False
            at = text.rfind("。", start + _MARGIN, at if title < 0 else title)
        size *= 2
    return len(text), True


def _look(folded: Folded, begin: int, end: int, vocabulary: Words, cut_first: bool, cut_last: bool) -> Page:
    codes = with_last(folded.codes[begin:end], _LINE_FEED)
    kinds = with_last(folded.kinds[begin:end], _LINE_FEED_KIND)
    found = list(vocabulary.find(codes))
    empty = np.zeros(0, dtype=np.int64)
    start = np.concatenate([at for _, at, _ in found]) if found else empty
    word = np.concatenate([word for _, _, word in found]) if found else empty
    numbers = find_numbers(codes, kinds)
    item_stops = having(kinds, ITEM_STOP)
    stops = item_stops.take(having(kinds.take(item_stops), STOP))
    anchor = where(_IS_ANCHOR.take(codes, mode="clip"))
    anchor_codes = codes.take(anchor).astype(np.uint16)
    order = anchor_codes.argsort(kind="stable")
    edges = anchor_codes.take(order).searchsorted(_ANCHOR_EDGES).tolist()
    anchor = anchor.take(order)
    return Page(
        text=folded.text[begin:end] + "\n",
        codes=codes,
        kinds=kinds,
        start=start,
        word=word,
        numbers=numbers,
        stops=stops,
        item_stops=item_stops,
        clause=_count_before(stops, len(codes)),
        item=_count_before(item_stops, len(codes)),
        next_number=next_of(numbers.starts, len(codes)),
        anchors={character: anchor[a:b] for character, (a, b) in zip(_BY_CODE, pairwise(edges), strict=True)},
        cut_first=cut_first,
        cut_last=cut_last,
    )


def _count_before(marks: Ints, size: int) -> Ints:
    """For each position from 0 to ``size`` the number of marks before it; a mark is not before itself."""
    return np.arange(len(marks) + 1).repeat(gaps(marks, size))


def next_of(marks: Ints, size: int) -> Ints:
    """For each position from 0 to ``size`` the first of the marks (ascending) at or behind it, ``2 * size`` if there is none."""
    return with_last(marks, 2 * size).repeat(gaps(marks, size))


def last_of(marks: Ints, size: int) -> Ints:
    """For each position from 0 to ``size`` the last of the marks (ascending) at or before it, ``-size`` if there is none."""
    return with_first(-size, marks).repeat(gaps(marks - 1, size))


def scan(compiled: re.Pattern[str], text: str, candidates: Ints) -> tuple[Ints, Ints, list[str]]:
    """What ``compiled.finditer`` finds, if it can match at the candidates only.

    Args:
        compiled: matches no empty string.
        text: any.
        candidates: positions, ascending.

    Returns:
        Starts, ends, and what the first group caught (all of the match if the expression has none).
    """
    if not len(candidates):
        return candidates, candidates, []
    starts, ends, caught = [], [], []
    match_at, group = compiled.match, min(compiled.groups, 1)
    reached = 0
    for at in candidates.tolist():
        if at >= reached:
            match = match_at(text, at)
            if match:
                reached = match.end()
                starts.append(at)
                ends.append(reached)
                caught.append(match[group])
    return np.array(starts, dtype=np.int64), np.array(ends, dtype=np.int64), caught
