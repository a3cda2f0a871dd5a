"""Numbers, found once for all patterns, and the unit behind each: what ``NUMBER ABOUT (unit|…)`` matches, as arrays.

A scan with the regular expression gives the same (tests/reference): no unit begins with a digit, a point or a comma, so a
number can end only behind its digits or inside the numerals that follow them (3.5|万|元).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from formalism_nlp.analysis.characters import CN_DIGITS, DIGIT, NUMERAL, TENS, Codes, Ints, Kinds, flags
from formalism_nlp.analysis.spans import Bools, groups, having, lasts, leftmost, where, with_last
from formalism_nlp.analysis.trie import Words

# Ordinals (第3) and the inside of longer numbers are no quantities; a bare 一 is an article, not a count.
NUMBER = (
    r"(?<![第\d.])(?:\d+(?:,\d{3})*(?:\.\d+)?(?:[十百千万亿]+)?|(?!一(?![" + CN_DIGITS + r"]))(?<![" + CN_DIGITS + r"第])"
    r"[" + CN_DIGITS + r"]+)"
)
ABOUT = "[余多来]?"
IS_ABOUT = flags("余多来")
_ORDINAL, _POINT, _ONE, _COMMA = map(ord, "第.一,")


@dataclass(frozen=True, slots=True)
class Numbers:
    """Where ``NUMBER`` can match: the places a number starts, and for each the places it may end.

    ``number[k]`` (an index into ``starts``) may end at ``ends[k]``; ordered by number, then by end.
    """

    starts: Ints
    number: Ints
    ends: Ints


@dataclass(frozen=True, slots=True)
class _Runs:
    """Longest stretches of digits alone and of numerals alone, in order."""

    start: Ints
    end: Ints
    arabic: Bools

    def starting(self, run: Ints, at: Ints) -> Bools:
        """Whether each run (by number, also one too many) starts at the given place."""
        return np.asarray(with_last(self.start, -1).take(run) == at)


def find_numbers(codes: Codes, kinds: Kinds) -> Numbers:
    """Find all numbers.

    Args:
        codes: code points of a normalised text that ends with a line feed.
        kinds: its kinds (``characters.fold``).
    """
    at = having(kinds, DIGIT | NUMERAL)
    arabic = (kinds.take(at) & DIGIT) > 0
    new = np.ones(len(at), dtype=bool)
    new[1:] = (at[1:] != at[:-1] + 1) | (arabic[1:] != arabic[:-1])
    first = where(new)
    runs = _Runs(at[first], with_last(at, -1)[with_last(first[1:], len(at)) - 1] + 1 if len(at) else at, arabic[first])
    touched = np.zeros(len(first), dtype=bool)  # by the run before it
    touched[1:] = runs.start[1:] == runs.end[:-1]
    before = codes.take(np.maximum(runs.start - 1, 0))
    free = ((before != _ORDINAL) & (before != _POINT)) | (runs.start == 0)
    bare_one = (codes.take(runs.start) == _ONE) & (runs.end - runs.start == 1)
    run = where(free & (runs.arabic | (~touched & ~bare_one)))
    starts = runs.start[run]
    low, high = starts + 1, runs.end[run].copy()
    digits = where(runs.arabic[run])
    low[digits], follower = _end_of_digits(codes, runs, run[digits])
    high[digits] = low[digits]
    # Behind the digits ten, hundred … may follow: 12.6万. What is no such word ends them.
    more = runs.starting(follower, low[digits])
    digits, follower = digits[more], follower[more]
    high[digits] = _tens_end(kinds, low[digits], runs.end[follower])
    number, step = groups(high - low + 1)
    return Numbers(starts, number, low[number] + step)


def _end_of_digits(codes: Codes, runs: _Runs, run: Ints) -> tuple[Ints, Ints]:
    r"""End of ``\d+(?:,\d{3})*(?:\.\d+)?`` that begins with each of the runs, and the number of the next run behind it."""
    end, follower = runs.end[run].copy(), run + 1
    size = with_last(runs.end - runs.start, 0)
    going = where(codes.take(end) == _COMMA)
    while len(going):
        at = follower[going]
        going = going[runs.starting(at, end[going] + 1) & (size.take(at) >= 3) & with_last(runs.arabic, False).take(at)]
        end[going] += 4
        whole = size.take(follower[going]) == 3  # of a longer run three digits belong to the number, and no unit follows
        going = going[whole]
        follower[going] += 1
        going = going[codes.take(end[going]) == _COMMA]
    point = where(codes.take(end) == _POINT)
    at = follower[point]
    point = point[runs.starting(at, end[point] + 1) & with_last(runs.arabic, False).take(at)]
    end[point] = runs.end[follower[point]]
    follower[point] += 1
    return end, follower


def _tens_end(kinds: Kinds, low: Ints, high: Ints) -> Ints:
    """End of the ten, hundred … that begin at ``low`` in a run of numerals that ends at ``high``."""
    run, step = groups(high - low)
    stops = (kinds.take(low[run] + step) & TENS) == 0
    end = high.copy()
    # The first numeral that is none of them; from behind, so that the first one stays.
    end[run[stops][::-1]] = (low[run] + step)[stops][::-1]
    return end


def measure(numbers: Numbers, codes: Codes, units: Words) -> tuple[Ints, Ints, Ints]:
    """Find the unit of each number: of all places the number may end the last one that a unit follows, there the longest unit.

    Args:
        numbers: of ``find_numbers``.
        codes: code points of the text.
        units: unit words, none of which begins with a digit, a point or a comma.

    Returns:
        Starts, ends and units (numbers of words) of the numbers that have one: a number, a mark of about, a unit; the
        spans do not overlap.
    """
    if not len(numbers.starts):
        return numbers.starts, numbers.starts, numbers.starts
    about = where(IS_ABOUT.take(codes.take(numbers.ends), mode="clip"))
    number = np.concatenate([numbers.number, numbers.number[about]])
    at = np.concatenate([numbers.ends, numbers.ends[about] + 1])
    # 三十多户: behind 三十多 before behind 三十, behind 三十 before behind 三.
    rank = 2 * at
    rank[len(numbers.ends) :] -= 1
    word, size = units.longest_at(codes, at)
    found = where(word >= 0)
    order = found[np.lexsort((rank[found], number[found]))]
    last = order[lasts(number[order])]
    starts, ends = numbers.starts[number[last]], at[last] + size[last]
    kept = leftmost(starts, ends)
    return starts[kept], ends[kept], word[last][kept]
