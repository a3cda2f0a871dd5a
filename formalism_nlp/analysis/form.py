"""How a sentence looks and where it stands: each feature by its name, all sentences at once.

The same features, sentence by sentence and without arrays: tests/reference/features.py. Who adds one adds it there too.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.analysis.characters import COMMA_CLASS, COUNTED, DIGIT, LATIN, Codes, Folded, Ints
from formalism_nlp.analysis.linear import logs
from formalism_nlp.analysis.sentences import Sentences, blocks
from formalism_nlp.analysis.spans import lengths, steps, where, with_last
from formalism_nlp.analysis.structure import Bodies, Places

Floats = NDArray[np.float64]

FORM_FEATURES = (
    "form:log_length", "form:short", "form:long", "form:numbers", "form:percents", "form:commas", "form:enumeration_commas",
    "form:quotes", "form:titles", "form:latin", "form:four_char_clauses", "form:equal_clauses", "form:clause_length",
    "form:le", "form:ends_stop", "form:ends_semicolon", "form:ends_exclaim", "form:ends_question", "form:ends_colon", "form:ends_bare",
)  # fmt: skip
PLACE_FEATURES = (
    "place:line_start", "place:whole_line", "place:level1", "place:level2", "place:level3", "place:has_section",
    "place:has_subsection", "place:after_heading", "place:log_paragraph",
)  # fmt: skip

_BLOCK = 1 << 16  # characters measured at once
_KEPT = 1 << 14  # sentences whose features are made once and kept
_TAIL = {"stop": "。", "semicolon": "；", "exclaim": "！", "question": "？", "colon": "："}
_ENDS, _LEVELS = np.array([ord(mark) for mark in _TAIL.values()]), np.array([1, 2, 3])
# Characters counted one by one (百分点 at its last), and three classes, of which only the last two are not ``COUNTED``'s matter.
_COUNTED_ALONE = {
    "，": "commas",
    "、": "enumeration_commas",
    "“": "quotes",
    "《": "titles",
    "%": "percents",
    "了": "le",
    "点": "points",
}
_NAMES = ("nothing", "uncounted", "digits", "letters", *_COUNTED_ALONE.values())
_NUMBER = {name: number for number, name in enumerate(_NAMES)}
_ALL_UNCOUNTED = [_NUMBER[name] for name in ("uncounted", "commas", "enumeration_commas", "quotes", "titles")]
# What is counted of each sentence; the first ones are features by their logarithm.
_LOGGED = (
    "log_length", "numbers", "percents", "commas", "enumeration_commas", "quotes", "titles", "latin", "four_char_clauses",
    "equal_clauses", "le",
)  # fmt: skip
_COLUMN = {name: number for number, name in enumerate((*FORM_FEATURES, *PLACE_FEATURES))}
_LOGGED_COLUMNS = [_COLUMN[f"form:{name}"] for name in _LOGGED]
_CLAUSES, _INSIDE, _UNCOUNTED = range(len(_LOGGED), len(_LOGGED) + 3)
_PLAIN_COUNTS = [_NUMBER[name] for name in ("commas", "enumeration_commas", "quotes", "titles")]
_AT = {name: number for number, name in enumerate(_LOGGED)}


class Looks:
    """How sentences look and where they stand.

    Only whole numbers are kept of a long text; its features are made for some sentences at a time.

    Args:
        folded: the texts.
        sentences, bodies, places: their sentences.
    """

    def __init__(self, folded: Folded, sentences: Sentences, bodies: Bodies, places: Places) -> None:
        parts = [_count(folded, sentences, first, last) for first, last in blocks(sentences.end - sentences.start, _BLOCK)]
        counts = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)
        self._logged, self._in_clauses, self._clauses = counts[: len(_LOGGED)], counts[_INSIDE], counts[_CLAUSES]
        np.subtract(bodies.end, bodies.start, out=self._logged[0], casting="same_kind")
        self._last = bodies.last
        self._first, self._places = sentences.first, places
        self._paragraph = _paragraph_begins(sentences, places)
        self.weights: Ints = sentences.end - sentences.start - counts[_UNCOUNTED]
        """Characters of each sentence without white space and punctuation: letters, digits, % and ‰ count."""

    @cached_property
    def table(self) -> Floats:
        """(sentences, ``FORM_FEATURES + PLACE_FEATURES``)."""
        return self._made(slice(0, len(self.weights)))

    def rows(self, part: slice) -> Floats:
        """The features of some sentences."""
        return self.table[part] if len(self.weights) <= _KEPT else self._made(part)

    def _made(self, part: slice) -> Floats:
        out = np.empty((part.stop - part.start, len(FORM_FEATURES) + len(PLACE_FEATURES)))
        length = self._logged[0, part]
        out[:, _LOGGED_COLUMNS] = logs(self._logged[:, part]).T
        out[:, _COLUMN["form:short"]] = length < 15
        out[:, _COLUMN["form:long"]] = length > 60
        out[:, _COLUMN["form:clause_length"]] = self._in_clauses[part] / np.maximum(self._clauses[part], 1) / 20.0
        ends = self._last[part, None] == _ENDS
        first = _COLUMN["form:ends_stop"]
        out[:, first : first + len(_TAIL)] = ends
        out[:, _COLUMN["form:ends_bare"]] = ~ends.any(axis=1)
        self._write_places(out[:, len(FORM_FEATURES) :], part)
        return out

    def _write_places(self, out: Floats, part: slice) -> None:
        """Write ``PLACE_FEATURES``."""
        places, number = self._places, np.arange(part.start, part.stop)
        begin = self._first.take(self._first.searchsorted(number, side="right") - 1)
        out[:, 0] = places.at_line_start[part]
        out[:, 1] = places.whole_line[part]
        out[:, 2:5] = places.own_level[part, None] == _LEVELS
        out[:, 5] = places.section[part] >= 0
        out[:, 6] = places.subsection[part] >= 0
        out[:, 7] = (number > begin) & (places.own_level.take(number - 1, mode="clip") > 0)
        out[:, 8] = logs(number - self._paragraph[part])


def _paragraph_begins(sentences: Sentences, places: Places) -> Ints:
    """First sentence of the paragraph of each sentence."""
    count = len(sentences.start)
    new = np.empty(count, dtype=bool)
    np.not_equal(places.paragraph[1:], places.paragraph[:-1], out=new[1:])
    new[sentences.first[:-1][lengths(sentences.first) > 0]] = True  # documents with sentences
    first = where(new)
    return first.repeat(lengths(with_last(first, count)))


def _mark_table() -> NDArray[np.uint8]:
    table = np.zeros(0x10000, dtype=np.uint8)
    table[[ord(character) for character in _COUNTED_ALONE]] = [_NUMBER[name] for name in _COUNTED_ALONE.values()]
    return table


_MARKS = _mark_table()


def _count(folded: Folded, sentences: Sentences, first: int, last: int) -> NDArray[np.int32]:
    """Count what is to be counted in the sentences ``first`` to ``last``; the first row is left for their length."""
    starts, ends = sentences.start[first:last], sentences.end[first:last]
    count = len(starts)
    begin, end = (int(starts[0]), int(ends[-1])) if count else (0, 0)
    starts, ends = starts - begin, ends - begin
    codes, kinds = folded.codes[begin:end], folded.kinds[begin:end].copy()
    between = ends[:-1][ends[:-1] < starts[1:]]  # characters between two texts
    kinds[between] = COUNTED
    mark = _MARKS.take(codes, mode="clip")
    # A few characters in a hundred matter; all others are plain counted ones.
    at = where((mark > 0) | ((kinds & (COUNTED | DIGIT | LATIN)) != COUNTED))
    mark, kind, of = mark.take(at), kinds.take(at), starts.searchsorted(at, side="right") - 1
    plain = where(mark == 0)
    sort = kind.take(plain)
    mark[plain] = np.where(sort & DIGIT, _NUMBER["digits"], np.where(sort & LATIN, _NUMBER["letters"], _NUMBER["uncounted"]))
    table = np.bincount(of * len(_NAMES) + mark, minlength=count * len(_NAMES)).reshape(count, len(_NAMES))
    out = np.empty((_UNCOUNTED + 1, count), dtype=np.int32)
    out[_AT["commas"] : _AT["commas"] + len(_PLAIN_COUNTS)] = table.take(_PLAIN_COUNTS, axis=1).T
    out[_AT["le"]] = table[:, _NUMBER["le"]]
    out[_UNCOUNTED] = table.take(_ALL_UNCOUNTED, axis=1).sum(axis=1)
    digits, letters, points = (where(mark == _NUMBER[name]) for name in ("digits", "letters", "points"))
    for name, chosen, starting in (
        ("numbers", digits, _number_starts(codes, at.take(digits))),
        ("latin", letters, _word_starts(at.take(letters))),
    ):
        out[_AT[name]] = np.bincount(of.take(chosen.take(starting)), minlength=count)
    out[_AT["percents"]] = table[:, _NUMBER["percents"]]
    if len(points):
        out[_AT["percents"]] += np.bincount(of.take(points.take(_percentage_points(codes, at.take(points)))), minlength=count)
    delimiter = where(kind & COMMA_CLASS)
    _write_clauses(out, starts, ends, at.take(delimiter), of.take(delimiter))
    return out


def _number_starts(codes: Codes, digits: Ints) -> Ints:
    r"""Which digits begin ``\d+(?:[.,]\d+)*``, of the positions of all."""
    step = steps(digits, -9)
    between = codes.take(np.maximum(digits - 1, 0))
    joined = (step == 1) | ((step == 2) & ((between == ord(".")) | (between == ord(","))))
    return where(~joined)


def _word_starts(letters: Ints) -> Ints:
    """Which letters begin ``[A-Za-z]{2,}``, of the positions of all."""
    step = steps(with_last(letters, -9), -9)
    return where((step[:-1] != 1) & (step[1:] == 1))


def _percentage_points(codes: Codes, points: Ints) -> Ints:
    """Which 点 end 百分点."""
    before, first = (codes.take(points - step, mode="clip") for step in (1, 2))
    return where((points >= 2) & (before == ord("分")) & (first == ord("百")))


def _write_clauses(out: NDArray[np.int32], starts: Ints, ends: Ints, delimiters: Ints, of: Ints) -> None:
    """Count the stretches between delimiters (，、。 … and white space) in each sentence."""
    count = len(starts)
    inside = np.bincount(of, minlength=count)
    # With k delimiters a sentence has k + 1 stretches, some of them empty; both lists are two ascending ones merged.
    begins, size = np.concatenate([starts, delimiters + 1]), np.concatenate([delimiters, ends])
    begins.sort(kind="stable")
    size.sort(kind="stable")
    size -= begins
    filled = where(size > 0)
    of = np.arange(count).repeat(inside + 1).take(filled)
    size = size.take(filled)
    equal = where((size[1:] == size[:-1]) & (of[1:] == of[:-1])) + 1
    out[_CLAUSES] = np.bincount(of, minlength=count)
    out[_INSIDE] = ends - starts - inside
    out[_AT["four_char_clauses"]] = np.bincount(of.take(where(size == 4)), minlength=count)
    out[_AT["equal_clauses"]] = np.bincount(of.take(equal), minlength=count)
