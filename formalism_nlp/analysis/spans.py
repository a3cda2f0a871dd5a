"""Many half-open spans at once: runs of a mask, scans from the left, overlaps, what lies inside what."""

from __future__ import annotations

from bisect import bisect_left
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
_NONE = np.zeros(0, dtype=np.int64)
_ROUNDS = 4  # rounds of all clusters together before the rest goes one by one


def where(mask: NDArray[Any]) -> Ints:
    """Indices at which the array is not zero: ``np.flatnonzero`` without what it costs a call."""
    at: Ints = mask.nonzero()[0]
    return at


def having(kinds: NDArray[np.uint16], kind: int) -> Ints:
    """Positions of the characters of a kind."""
    return where((kinds & np.uint16(kind)) != 0)


def steps(values: NDArray[Any], before: int) -> Ints:
    """Each value less the one before it; ``before`` stands before the first."""
    out = np.empty(len(values), dtype=np.int64)
    if len(values):
        out[0] = int(values[0]) - before
        np.subtract(values[1:], values[:-1], out=out[1:])
    return out


def lengths(edges: NDArray[Any]) -> Ints:
    """How far it is from each edge to the next: ``np.diff`` without what it costs a call, which is five times as much."""
    return np.asarray(edges[1:] - edges[:-1])


def edges_of(group: Ints, count: int) -> Ints:
    """Where each of ``count`` groups begins, and the number of all members; ``group`` is that of each member, ascending."""
    return group.searchsorted(np.arange(count + 1))


def with_last(values: NDArray[Any], last: Any) -> NDArray[Any]:
    """The values and one more behind them."""
    out = np.empty(len(values) + 1, dtype=values.dtype)
    out[:-1] = values
    out[-1] = last
    return out


def with_first(first: Any, values: NDArray[Any]) -> NDArray[Any]:
    """The values and one more before them."""
    out = np.empty(len(values) + 1, dtype=values.dtype)
    out[0] = first
    out[1:] = values
    return out


def part_of(values: NDArray[Any], first: int, last: int) -> NDArray[Any]:
    """Some rows of an array, as an array of their own; the whole array as it is."""
    return values if last - first == len(values) else values[first:last].copy()


def gaps(marks: Ints, size: int) -> Ints:
    """Lengths of the stretches into which marks (ascending) cut the positions 0 to ``size``, each mark the last of its own."""
    out = np.empty(len(marks) + 1, dtype=np.int64)
    out[0] = (int(marks[0]) if len(marks) else size) + 1
    if len(marks):
        np.subtract(marks[1:], marks[:-1], out=out[1:-1])
        out[-1] = size - int(marks[-1])
    return out


def lasts(values: Ints) -> Ints:
    """Indices of the last of each run of equal values."""
    if not len(values):
        return _NONE
    return where(with_last(values[1:] != values[:-1], True))


def firsts(values: Ints) -> Ints:
    """Indices of the first of each run of equal values."""
    if not len(values):
        return _NONE
    new = np.empty(len(values), dtype=bool)
    new[0] = True
    np.not_equal(values[1:], values[:-1], out=new[1:])
    return where(new)


class Runs:
    """Stretches of neighbouring positions.

    Args:
        positions: ascending.
    """

    def __init__(self, positions: Ints) -> None:
        new = where(steps(positions, -2) != 1)
        self._start = positions.take(new)
        self._end = positions.take(with_last(new[1:], len(positions)) - 1) + 1 if len(new) else positions

    def end_at(self, at: Ints) -> Ints:
        """For each position the end of the stretch that holds it; the position itself where there is none."""
        if not len(self._start):
            return at
        run = self._start.searchsorted(at, side="right") - 1
        end = self._end.take(run, mode="clip")
        return np.where((run >= 0) & (at < end), end, at)

    def start_at(self, at: Ints) -> Ints:
        """For each position the start of the stretch that ends there or holds the one before; the position itself if none."""
        if not len(self._start):
            return at
        run = self._start.searchsorted(at) - 1
        start, end = self._start.take(run, mode="clip"), self._end.take(run, mode="clip")
        return np.where((run >= 0) & (at <= end), start, at)


def groups(sizes: Ints) -> tuple[Ints, Ints]:
    """Number the members of groups laid end to end: the group of each member, and its number inside the group."""
    first = sizes.cumsum() - sizes
    member = np.arange(int(first[-1] + sizes[-1]) if len(sizes) else 0)
    member -= first.repeat(sizes)
    return np.arange(len(sizes)).repeat(sizes), member


def leftmost(starts: Ints, ends: Ints) -> Bools:
    """Which spans a scan from the left keeps: each that starts at or behind the end of the last one kept.

    Args:
        starts: ascending.
        ends: behind the starts.
    """
    kept = np.ones(len(starts), dtype=bool)
    last = before = -1
    for i in (where(starts[1:] < np.maximum.accumulate(ends)[:-1]) + 1).tolist():
        # Between two spans in doubt all are kept; else the last one kept is still the one of the span before.
        last = i - 1 if i - 1 != before or kept[i - 1] else last
        kept[i] = starts[i] >= ends[last]
        before = i
    return kept


def inside_any(starts: Ints, ends: Ints, outer_starts: Ints, outer_ends: Ints) -> Bools:
    """Which spans lie inside at least one of the outer spans.

    Args:
        starts, ends: the spans in question.
        outer_starts, outer_ends: in any order.
    """
    if not len(starts) or not len(outer_starts):
        return np.zeros(len(starts), dtype=bool)
    order = outer_starts.argsort(kind="stable")
    reach = with_first(-1, np.maximum.accumulate(outer_ends.take(order)))
    return np.asarray(reach.take(outer_starts.take(order).searchsorted(starts, side="right")) >= ends)


def without_overlaps(starts: Ints, ends: Ints, group: Ints) -> Bools:
    """Of overlapping spans of one group keep the longest, then the leftmost, then the first.

    Args:
        starts, ends: spans, none empty, ordered by start.
        group: from 0 to 255; spans of different groups never compete.
    """
    kept = np.zeros(len(starts), dtype=bool)
    left = group.astype(np.uint8).argsort(kind="stable")
    for _ in range(_ROUNDS):
        if not len(left):
            return kept
        first, last = starts.take(left), ends.take(left)
        new = _clusters(first, last, group.take(left))
        single = new & with_last(new[1:], True)
        kept[left[where(single)]] = True
        several = where(~single)
        left, first, last = left.take(several), first.take(several), last.take(several)
        cluster = new.take(several).cumsum() - 1
        best = _longest_of_each(last - first, cluster)
        kept[left.take(best)] = True
        winner = best.take(cluster)
        left = left[where((last <= first.take(winner)) | (first >= last.take(winner)))]
    _keep_one_by_one(starts, ends, left, group, kept)
    return kept


def _clusters(starts: Ints, ends: Ints, group: Ints) -> Bools:
    """Where a cluster of spans begins that touch each other, directly or through others; spans in order of group and start."""
    shift = group * (int(ends.max()) + 1)
    new = np.ones(len(starts), dtype=bool)
    new[1:] = (starts + shift)[1:] >= np.maximum.accumulate(ends + shift)[:-1]
    return new


def _longest_of_each(size: Ints, cluster: Ints) -> Ints:
    """Index of the first longest member of each cluster."""
    if not len(size):
        return size
    longest = where(size == np.maximum.reduceat(size, firsts(cluster)).take(cluster))
    return longest.take(firsts(cluster.take(longest)))


def _keep_one_by_one(starts: Ints, ends: Ints, left: Ints, group: Ints, kept: Bools) -> None:
    """What is still undecided after some rounds is a long chain of overlaps (甲乙甲乙…): take the spans in order of merit."""
    order = left[np.argsort(starts[left] - ends[left], kind="stable")]  # ``left`` is in order of start and rank already
    taken: dict[int, tuple[list[int], list[int]]] = {}
    for i, start, end, of in zip(
        order.tolist(), starts[order].tolist(), ends[order].tolist(), group[order].tolist(), strict=True
    ):
        begins, finishes = taken.setdefault(of, ([], []))
        at = bisect_left(begins, start)
        if (at == len(begins) or begins[at] >= end) and (at == 0 or finishes[at - 1] <= start):
            begins.insert(at, start)
            finishes.insert(at, end)
            kept[i] = True
