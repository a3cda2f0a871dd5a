"""Patterns that begin with a number: a number with its unit, and a count bound to an object noun of its clause."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

import numpy as np

from formalism_nlp.analysis.characters import Ints
from formalism_nlp.analysis.numerals import ABOUT, NUMBER, measure
from formalism_nlp.analysis.page import NO_HITS, Finder, Hits, Owners, Page, Rules, last_of, next_of, scan
from formalism_nlp.analysis.spans import firsts, groups, lengths, where, with_last
from formalism_nlp.analysis.trie import Words

_LIST_COMMA = ord("、")
Measured = tuple[Ints, Ints, Ints]  # start, end and unit number of each number with a unit


def alternation(words: Iterable[str]) -> str:
    """A regular expression for any of the words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(set(words), key=lambda word: (-len(word), word)))


def owners_of(rules: Rules, field: str) -> dict[str, list[int]]:
    """The rules that name each word in a field of their pattern."""
    owners: dict[str, list[int]] = {}
    for index, pattern in rules:
        for word in getattr(pattern, field):
            owners.setdefault(word, []).append(index)
    return owners


def quantity_finder(rules: Rules, _: Mapping[str, int]) -> Finder:
    """Numbers directly followed by a unit; rules of the kind ``quantity``."""
    owners = owners_of(rules, "units")
    units = tuple(owners)
    find_measured = _measured(units)
    rule_of = Owners(((number, rule) for number, unit in enumerate(units) for rule in owners[unit]), len(units))

    def find(page: Page) -> Hits:
        start, end, unit = find_measured(page)
        if not len(start):
            return NO_HITS
        at, rule = rule_of.of(unit)
        return Hits(start[at], end[at], rule)

    return find


def _measured(units: Sequence[str]) -> Callable[[Page], Measured]:
    """Finder of ``NUMBER ABOUT (unit|…)``."""
    if any(unit[0] in ",." or unit[0].isdecimal() for unit in units):
        # Such a unit may begin inside the number; only the expression itself knows where.
        compiled = re.compile(f"{NUMBER}{ABOUT}({alternation(units)})")
        number_of = {unit: number for number, unit in enumerate(units)}

        def search(page: Page) -> Measured:
            start, end, caught = scan(compiled, page.text, page.numbers.starts)
            return start, end, np.array([number_of[word] for word in caught], dtype=np.int64)

        return search
    words = Words(units)
    return lambda page: measure(page.numbers, page.codes, words)


def counted_finder(rules: Rules, number_of: Mapping[str, int]) -> Finder:
    """Counts with the nearest object noun of their list item: 会议12次, 12次专题会议; rules of the kind ``counted``."""
    measures = tuple(owners_of(rules, "measures"))
    find_counts = _measured(measures)
    takes = np.array([[word in pattern.measures for _, pattern in rules] for word in measures], dtype=bool)
    owner_of = Owners(((number_of[word], i) for i, (_, pattern) in enumerate(rules) for word in pattern.objects), len(number_of))
    size = np.array([len(word) for word in number_of], dtype=np.int64)
    reach = np.array([pattern.gap + max(map(len, pattern.objects)) for _, pattern in rules], dtype=np.int64)
    indices = np.array([index for index, _ in rules], dtype=np.int64)
    farthest = int(reach.max())

    def find(page: Page) -> Hits:
        start, end, measure_word = find_counts(page)
        if not len(start):
            return NO_HITS
        occurrence = where(owner_of.any.take(page.word))
        word, first = page.word.take(occurrence), page.start.take(occurrence)
        last = first + size.take(word)
        next_start, last_end = next_of(start, len(page.codes)), last_of(end, len(page.codes))
        near = where((next_start.take(last) <= first + farthest) | (last_end.take(first) >= last - farthest))
        at, rule = owner_of.of(word.take(near))
        first, last = first.take(near).take(at), last.take(near).take(at)
        # Pairs of a count and an object that may belong together: near enough, no stop between, a measure the rule takes.
        low = end.searchsorted(last - reach[rule])
        which, step = groups(np.maximum(start.searchsorted(first + reach[rule], side="right") - low, 0))
        count = low[which] + step
        begin, finish = start[count], end[count]
        item = page.item.take(first[which])
        before = (last[which] <= begin) & (item == page.item.take(begin))
        behind = (first[which] >= finish) & (item == page.item.take(finish))
        near = where((before | behind) & takes[measure_word[count], rule[which]])
        if not len(near):
            return NO_HITS
        which, count = which[near], count[near]
        order = np.lexsort((-last[which], first[which], rule[which], count))
        which, count = which[order], count[order]
        stops = with_last(page.item_stops, -1)
        left = np.maximum(stops[page.item.take(start[count]) - 1] + 1, start[count] - reach[rule[which]])
        right = np.minimum(stops[page.item.take(end[count])], end[count] + reach[rule[which]])
        commas = with_last(where(page.codes == _LIST_COMMA), len(page.codes))
        right = np.minimum(commas[commas[:-1].searchsorted(end[count])], right)
        columns = np.concatenate([count, rule[which], start[count], end[count], left, right, first[which], last[which]])
        return _bind(columns.reshape(8, -1), indices)

    return find


def _bind(columns: Ints, indices: Ints) -> Hits:
    """Join each count with the nearest object in reach; before the count wins a tie (会议12次).

    Args:
        columns: eight of them: count, rule, its start and end, left and right end of its reach, start and end of an object;
            ordered by count, rule, start of the object, and longest object first.
        indices: number in the lexicon of each rule.
    """
    count, rule, start, end, left, right, first, last = columns
    pair = firsts(count * len(indices) + rule)
    alone = lengths(with_last(pair, len(count))) == 1
    # With one object there is nothing to choose.
    at = pair[alone]
    before = (left[at] <= first[at]) & (last[at] <= start[at])
    behind = (end[at] <= first[at]) & (last[at] <= right[at])
    found = at[before | behind]
    before = before[before | behind]
    single = Hits(np.where(before, first[found], start[found]), np.where(before, end[found], last[found]), indices[rule[found]])
    rest = np.ones(len(count), dtype=bool)
    rest[at] = False
    rows = _nearest(columns[:, rest].T.tolist())
    several = Hits(rows[:, 0], rows[:, 1], indices[rows[:, 2]])
    return Hits.join([single, several])


def _nearest(rows: Sequence[Sequence[int]]) -> Ints:
    """Start, end and rule of each count and rule that an object is bound to; rows are those of ``_bind``."""
    out = []
    i = 0
    while i < len(rows):
        count, rule, start, end, left, right = rows[i][:6]
        before = after = None
        free = left  # objects of one side do not overlap: the leftmost longest, then the next behind it
        while i < len(rows) and rows[i][0] == count and rows[i][1] == rule:
            first, last = rows[i][6:]
            if free <= first and last <= start:
                before, free = (first, last), last
            elif after is None and end <= first and last <= right:
                after = (first, last)
            i += 1
        if before and (after is None or start - before[1] <= after[0] - end):
            out.append((before[0], end, rule))
        elif after:
            out.append((start, after[1], rule))
    return np.array(out, dtype=np.int64).reshape(-1, 3)
