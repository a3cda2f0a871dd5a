"""The pattern ``line``: a whole line that holds or ends in one of some words."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from formalism_nlp.analysis.characters import LINE_END, SPACE
from formalism_nlp.analysis.page import NO_HITS, Finder, Hits, Owners, Page, Rules
from formalism_nlp.analysis.spans import Runs, having, steps, where, with_first


def line_finder(rules: Rules, number_of: Mapping[str, int]) -> Finder:
    """Lines not longer than ``longest`` that hold a word of ``contains`` or end in one of ``ends``; the hit is the whole line.

    Args:
        rules: (rule index, pattern) pairs of the kind ``line``.
        number_of: number of each word in the vocabulary of the pages.
    """
    size = np.array([len(word) for word in number_of], dtype=np.int64)
    held = Owners(((number_of[word], i) for i, (_, pattern) in enumerate(rules) for word in pattern.contains), len(number_of))
    last = Owners(((number_of[word], i) for i, (_, pattern) in enumerate(rules) for word in pattern.ends), len(number_of))
    longest = np.array([pattern.longest for _, pattern in rules], dtype=np.int64)
    indices = np.array([index for index, _ in rules], dtype=np.int64)

    reach = int(longest.max())

    asked = held.any | last.any

    def find(page: Page) -> Hits:
        if not asked.take(page.word).any():
            return NO_HITS
        breaks = having(page.kinds, LINE_END)
        spaces = Runs(having(page.kinds, SPACE))
        begin, finish = spaces.end_at(with_first(0, breaks[:-1] + 1)), spaces.start_at(breaks)
        short = finish - begin <= reach
        if page.cut_first:
            short[:1] = False
        if page.cut_last:
            short[-1:] = False
        if not short.any():
            return NO_HITS
        line_of = np.where(short, np.arange(len(breaks)), -1).repeat(steps(breaks, -1))
        occurrence = where(line_of.take(page.start) >= 0)
        found = []
        for owners, at_end in ((held, False), (last, True)):
            at, rule = owners.of(page.word[occurrence])
            first = page.start[occurrence[at]]
            behind = first + size[page.word[occurrence[at]]]
            line = line_of[first]
            start, end = begin[line], finish[line]
            fits = (start <= first) & ((behind == end) if at_end else (behind <= end)) & (end - start <= longest[rule])
            found.append(Hits(start[fits], end[fits], indices[rule[fits]]))
        return Hits.join(found)

    return find
