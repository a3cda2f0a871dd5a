"""One pass of the lexicon and the cue words over a document: all hits, then the guards and the overlap policy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.analysis.characters import Folded, Ints, fold
from formalism_nlp.analysis.cues import AT, CUES
from formalism_nlp.analysis.normal import normalise
from formalism_nlp.analysis.page import NO_HITS, CuePlaces, Hits, Owners, Page, pages
from formalism_nlp.analysis.patterns import compile_patterns, pattern_words
from formalism_nlp.analysis.spans import firsts, inside_any, where, with_last, without_overlaps
from formalism_nlp.analysis.trie import Words
from formalism_nlp.values.errors import LexiconError
from formalism_nlp.values.lexicon import GAP, SIGNALS, Lexicon

LONGEST_GAP = 10


@dataclass(frozen=True, slots=True, order=True)
class Hit:
    """Rule number ``rule`` (position in ``Lexicon.rules``) holds at ``text[start:end]``."""

    start: int
    end: int
    rule: int


class Matcher:
    """A lexicon and the cue words compiled into one trie and a few finders of patterns; immutable, thread-safe.

    Args:
        lexicon: the rules. Terms must be in normal form (``normal.normalise``), or they could never match.

    Raises:
        LexiconError: a term is not in normal form.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        _refuse_other_forms(lexicon)
        plain: list[tuple[str, int]] = []
        gapped: list[tuple[str, str, int]] = []
        for index, rule in enumerate(lexicon.rules):
            for term in rule.terms:
                head, gap, tail = term.partition(GAP)
                if gap:
                    gapped.append((head, tail, index))
                else:
                    plain.append((term, index))
        patterns = [(index, rule.pattern) for index, rule in enumerate(lexicon.rules) if rule.pattern]
        words = [term for term, _ in plain]
        words += [part for head, tail, _ in gapped for part in (head, tail)]
        words += [word for _, pattern in patterns for word in pattern_words(pattern)]
        words += [cue for cues in CUES.values() for cue in cues]
        number = {word: i for i, word in enumerate(dict.fromkeys(words))}
        self._words = Words(tuple(number))
        self._size = np.array([len(word) for word in number], dtype=np.int64)
        self._plain = Owners(((number[term], index) for term, index in plain), len(number))
        self._gapped = _Gapped([(number[head], number[tail], index) for head, tail, index in gapped], self._size)
        self._finders = compile_patterns(patterns, number)
        self._cues = Owners(((number[cue], AT[name]) for name, cues in CUES.items() for cue in cues), len(number))
        self._signal = np.array([list(SIGNALS).index(rule.signal) for rule in lexicon.rules], dtype=np.int64)
        self._all_hits = np.array([rule.overlap == "all" for rule in lexicon.rules], dtype=bool)
        position = {rule.id: i for i, rule in enumerate(lexicon.rules)}
        self._guards = _Guards([tuple(position[guard] for guard in rule.unless) for rule in lexicon.rules])

    def match(self, text: str) -> list[Hit]:
        """Return the hits in ``text`` (normalised), sorted by start, end, rule; overlaps and guards resolved."""
        hits = self.find(fold(text))
        return [Hit(*row) for row in zip(hits.start.tolist(), hits.end.tolist(), hits.rule.tolist(), strict=True)]

    def match_each(self, texts: Sequence[str]) -> list[list[Hit]]:
        """``match`` for many texts, looked at together: no hit crosses a line."""
        out: list[list[Hit]] = [[] for _ in texts]
        starts = np.cumsum([0, *(len(text) + 1 for text in texts)])
        hits = self.find(fold("\n".join(texts)))
        of = starts.searchsorted(hits.start, side="right") - 1
        columns = (of, hits.start - starts[of], hits.end - starts[of], hits.rule)
        for text, start, end, rule in zip(*(column.tolist() for column in columns), strict=True):
            out[text].append(Hit(start, end, rule))
        return out

    def find(self, folded: Folded) -> Hits:
        """The hits of ``match`` as arrays, places in four bytes: a long text has millions."""
        return self.find_with_cues(folded)[0]

    def find_with_cues(self, folded: Folded) -> tuple[Hits, CuePlaces]:
        """``find``, and the cue words, which the same walk meets."""
        parts, cues = [], []
        for offset, page in pages(folded, self._words):
            hits = self._resolved(self._page_hits(page))
            start, end = ((column + offset).astype(np.int32) for column in (hits.start, hits.end))
            parts.append(Hits(start, end, hits.rule))
            at, group = self._cues.of(page.word)
            cues.append(CuePlaces.of(page.start.take(at) + offset, group))
        return Hits.join(parts), CuePlaces.join(cues)

    def _page_hits(self, page: Page) -> Hits:
        at, rule = self._plain.of(page.word)
        terms = Hits(page.start[at], page.start[at] + self._size[page.word[at]], rule)
        return Hits.join([terms, self._gapped.find(page), *(find(page) for find in self._finders)])

    def _resolved(self, hits: Hits) -> Hits:
        """Drop doubles and what lies inside a guard, resolve overlaps within each signal, and sort."""
        start, end, rule = _sorted(hits, len(self._signal))
        kept = np.ones(len(start), dtype=bool)
        kept[self._guards.silenced(start, end, rule)] = False
        rivals = where(kept & ~self._all_hits.take(rule))
        kept[rivals] = without_overlaps(start[rivals], end[rivals], self._signal.take(rule[rivals]))
        return Hits(start[kept], end[kept], rule[kept])


def _sorted(hits: Hits, rules: int) -> tuple[Ints, Ints, Ints]:
    """Start, end and rule of the distinct hits, by start, end and rule."""
    if not len(hits.start):
        return hits.start, hits.end, hits.rule
    size = hits.end - hits.start
    for_size, for_rule = int(size.max()).bit_length(), rules.bit_length()
    key = ((hits.start << for_size | size) << for_rule) | hits.rule
    key.sort(kind="stable")  # ascending lists, end to end
    key = key.take(firsts(key))
    start = key >> (for_size + for_rule)
    size = (key >> for_rule) & ((1 << for_size) - 1)
    return start, start + size, key & ((1 << for_rule) - 1)


def _refuse_other_forms(lexicon: Lexicon) -> None:
    terms = [term for rule in lexicon.rules for term in rule.terms]
    joined = "\n".join(terms)
    if normalise(joined) == joined:
        return
    for rule in lexicon.rules:
        for term in rule.terms:
            if normalise(term) != term:
                raise LexiconError("F201", rule.origin or rule.id, f"term {term!r} must be written {normalise(term)!r}")


class _Guards:
    """Rules whose hits silence what lies inside them.

    Args:
        unless: for each rule its guards.
    """

    def __init__(self, unless: Sequence[tuple[int, ...]]) -> None:
        self._sets = sorted(set(unless) - {()})
        self._set_of = np.array([self._sets.index(guards) if guards else -1 for guards in unless], dtype=np.int64)
        self._in = np.zeros((len(self._sets), len(unless)), dtype=bool)
        for number, guards in enumerate(self._sets):
            self._in[number, list(guards)] = True
        self._is_guard, self._is_guarded = self._in.any(axis=0), self._set_of >= 0

    def silenced(self, start: Ints, end: Ints, rule: Ints) -> Ints:
        """Which of the hits lie inside a hit of one of their rule's guards."""
        outer, inner = where(self._is_guard.take(rule)), where(self._is_guarded.take(rule))
        if not len(outer) or not len(inner):
            return inner[:0]
        # Few hits lie inside any guard at all.
        inner = inner[where(inside_any(start[inner], end[inner], start[outer], end[outer]))]
        if not len(inner):
            return inner
        # All sets at once, each at places of its own.
        width = int(end.max()) + 1
        guards, at = self._in.take(rule.take(outer), axis=1).nonzero()
        at, guards = outer.take(at), guards * width
        own = self._set_of.take(rule.take(inner)) * width
        inside = inside_any(start.take(inner) + own, end.take(inner) + own, start.take(at) + guards, end.take(at) + guards)
        return inner.take(where(inside))


class _Gapped:
    """Terms with a gap: a tail, and the nearest head before it with 1 to LONGEST_GAP characters of one clause between.

    Args:
        terms: (head, tail, rule) with word numbers.
        size: length of each word.
    """

    def __init__(self, terms: Sequence[tuple[int, int, int]], size: Ints) -> None:
        self._head = np.array([head for head, _, _ in terms], dtype=np.int64)
        self._rule = np.array([rule for _, _, rule in terms], dtype=np.int64)
        self._term = Owners(((tail, i) for i, (_, tail, _) in enumerate(terms)), len(size))
        self._is_head = np.zeros(len(size), dtype=bool)
        self._is_head[self._head] = True
        # One bit a head (some share one).
        self._bit = np.left_shift(np.uint32(1), np.arange(len(size), dtype=np.uint32) % 32)
        self._bits = np.zeros(len(size), dtype=np.uint32)  # for each tail word, those of its heads
        for head, tail, _ in terms:
            self._bits[tail] |= self._bit[head]
        self._size = size

    def find(self, page: Page) -> Hits:
        """All hits in a page."""
        heads = where(self._is_head.take(page.word))
        head_word, head_start = page.word.take(heads), page.start.take(heads)
        # Most tails have no head before them: the bits of the heads tell for each place what ends shortly before.
        seen = _before(head_start + self._size.take(head_word), self._bit.take(head_word), len(page.codes))
        tails = where(self._bits.take(page.word) & seen.take(page.start))
        at, term = self._term.of(page.word.take(tails))
        at = tails.take(at)
        if not len(at):
            return NO_HITS
        tail, head = page.start.take(at), self._head.take(term)
        likely = where(seen.take(tail) & self._bit.take(head))
        at, term, tail, head = at.take(likely), term.take(likely), tail.take(likely), head.take(likely)
        size = self._size.take(head)
        width = len(page.codes) + 1
        known = with_last(np.sort(head_word * width + head_start, kind="stable"), -1)
        # The last place of the head that leaves at least one character for the gap.
        start = known[known[:-1].searchsorted(head * width + tail - size) - 1] - head * width
        found = (start >= 0) & (start >= tail - LONGEST_GAP - size) & (start + size < tail)
        found &= page.clause.take(np.maximum(start, 0) + size) == page.clause.take(tail)
        at, term, start = at[found], term[found], start[found]
        return Hits(start, page.start[at] + self._size[page.word[at]], self._rule[term])


def _before(ends: Ints, bit: NDArray[np.uint32], size: int) -> NDArray[np.uint32]:
    """For each position the bits of the words that end one to LONGEST_GAP characters before it."""
    bits = np.zeros(size + 1, dtype=np.uint32)
    np.bitwise_or.at(bits, ends, bit)
    reach = np.zeros(size + 1, dtype=np.uint32)
    reach[1:] = bits[:-1]
    width = 1
    while width < LONGEST_GAP:
        step = min(width, LONGEST_GAP - width)
        reach[step:] |= reach[:-step].copy()
        width += step
    return reach
