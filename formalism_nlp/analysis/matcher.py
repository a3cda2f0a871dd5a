"""One pass of the lexicon over a document: all hits, then the overlap policy and the guards."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass

import ahocorasick_rs

from formalism_nlp.analysis.normal import normalise
from formalism_nlp.analysis.patterns import CLAUSE_STOP, compile_patterns
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
    """A lexicon compiled into one Aho–Corasick automaton and a few linear regular expressions; immutable, thread-safe.

    Args:
        lexicon: the rules. Terms must be in normal form (``normal.normalise``), or they could never match.

    Raises:
        LexiconError: a term is not in normal form.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        words: dict[str, int] = {}
        plain: defaultdict[int, list[int]] = defaultdict(list)  # word -> rules with that very term
        tails: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)  # word -> (rule, head) of gapped terms ending in it
        for index, rule in enumerate(lexicon.rules):
            for term in rule.terms:
                if normalise(term) != term:
                    raise LexiconError("F201", rule.origin or rule.id, f"term {term!r} must be written {normalise(term)!r}")
                head, gap, tail = term.partition(GAP)
                if gap:
                    tails[words.setdefault(tail, len(words))].append((index, head))
                else:
                    plain[words.setdefault(term, len(words))].append(index)
        self._plain = dict(plain)
        self._tails = dict(tails)
        self._automaton = ahocorasick_rs.AhoCorasick(list(words)) if words else None
        self._finders = compile_patterns((i, rule.pattern) for i, rule in enumerate(lexicon.rules) if rule.pattern)
        self._signal = [list(SIGNALS).index(rule.signal) for rule in lexicon.rules]
        self._all_hits = [rule.overlap == "all" for rule in lexicon.rules]
        number = {rule.id: i for i, rule in enumerate(lexicon.rules)}
        self._unless = [tuple(number[guard] for guard in rule.unless) for rule in lexicon.rules]

    def match(self, text: str) -> list[Hit]:
        """Return the hits in ``text`` (normalised), sorted by start, end, rule; overlaps and guards resolved."""
        hits = self._term_hits(text)
        for find in self._finders:
            hits.extend(Hit(start, end, rule) for rule, start, end in find(text))
        return resolve_overlaps(self._guarded(hits), self._signal, self._all_hits)

    def _term_hits(self, text: str) -> list[Hit]:
        hits: list[Hit] = []
        if self._automaton is None:
            return hits
        plain, tails = self._plain, self._tails
        for word, start, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            for rule in plain.get(word, ()):
                hits.append(Hit(start, end, rule))
            for rule, head in tails.get(word, ()):
                at = _gap_start(text, head, start)
                if at >= 0:
                    hits.append(Hit(at, end, rule))
        return hits

    def _guarded(self, hits: list[Hit]) -> list[Hit]:
        """Drop hits that lie inside a hit of one of their rule's guards."""
        guards: defaultdict[int, list[Hit]] = defaultdict(list)
        wanted = {guard for unless in self._unless for guard in unless}
        for hit in hits:
            if hit.rule in wanted:
                guards[hit.rule].append(hit)
        starts = {}
        for rule, spans in guards.items():
            spans.sort()
            starts[rule] = [span.start for span in spans]

        def inside(hit: Hit) -> bool:
            for rule in self._unless[hit.rule]:
                if rule in starts:
                    at = bisect_right(starts[rule], hit.start)
                    if any(span.end >= hit.end for span in guards[rule][max(0, at - 3) : at]):
                        return True
            return False

        return [hit for hit in hits if not inside(hit)]


def _gap_start(text: str, head: str, tail_start: int) -> int:
    """Start of ``head`` before a gap of 1 to LONGEST_GAP characters without clause punctuation, or -1."""
    low = max(0, tail_start - LONGEST_GAP - len(head))
    at = text.rfind(head, low, max(low, tail_start - 1))
    if at < 0 or any(text[i] in CLAUSE_STOP for i in range(at + len(head), tail_start)):
        return -1
    return at


def resolve_overlaps(hits: list[Hit], signal: list[int], keep_all: list[bool]) -> list[Hit]:
    """Of overlapping hits with one signal keep the longest, then the leftmost, then the first rule.

    Args:
        hits: in any order; duplicates are dropped.
        signal: signal number of each rule.
        keep_all: for each rule, whether its hits stay whatever they overlap.

    Returns:
        Sorted hits; those of rules with ``keep_all`` are all there.
    """
    kept = [hit for hit in set(hits) if keep_all[hit.rule]]
    groups: defaultdict[int, list[Hit]] = defaultdict(list)
    for hit in set(hits):
        if not keep_all[hit.rule]:
            groups[signal[hit.rule]].append(hit)
    for members in groups.values():
        members.sort(key=lambda hit: (hit.start - hit.end, hit.start, hit.rule))
        starts: list[int] = []
        taken: list[Hit] = []
        for hit in members:
            at = bisect_left(starts, hit.start)
            clash = (at < len(taken) and taken[at].start < hit.end) or (at > 0 and taken[at - 1].end > hit.start)
            if not clash:
                starts.insert(at, hit.start)
                taken.insert(at, hit)
        kept.extend(taken)
    return sorted(kept)
