"""How a sentence looks and where it stands: each feature by its name, all sentences at once.

The same features, sentence by sentence and without arrays: tests/reference/features.py. Who adds one adds it there too.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.analysis.characters import COMMA_CLASS, COUNTED, DIGIT, LATIN, Folded, Ints
from formalism_nlp.analysis.sentences import Sentences, blocks
from formalism_nlp.analysis.spans import steps, where, with_last
from formalism_nlp.analysis.structure import Bodies, Places

Floats = NDArray[np.float64]

FORM_FEATURES = (
    "form:log_length", "form:short", "form:long", "form:numbers", "form:percents", "form:commas", "form:enumeration_commas",
    "form:quotes", "form:titles", "form:latin", "form:four_char_clauses", "form:equal_clauses", "form:clause_length",
    "form:le", "form:ends_stop", "form:ends_semicolon", "form:ends_exclaim", "form:ends_question", "form:ends_colon", "form:ends_bare",
)  # fmt: skip
PLACE_FEATURES = (
    "place:start", "place:end", "place:position", "place:line_start", "place:whole_line", "place:level1", "place:level2",
    "place:level3", "place:has_section", "place:has_subsection", "place:after_heading", "place:log_paragraph", "place:log_since_section",
)  # fmt: skip

_BLOCK = 1 << 16  # characters measured at once
_TAIL = {"stop": "。", "semicolon": "；", "exclaim": "！", "question": "？", "colon": "："}
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
_UNCOUNTED = ("uncounted", "commas", "enumeration_commas", "quotes", "titles")


def form_columns(folded: Folded, sentences: Sentences, bodies: Bodies) -> tuple[Ints, dict[str, Floats]]:
    """Measure how sentences look.

    Returns:
        For each sentence its characters without white space and punctuation (letters, digits, %, ‰ count), and its
        ``FORM_FEATURES`` by name.
    """
    parts = [_count(folded, sentences, first, last) for first, last in blocks(sentences.end - sentences.start, _BLOCK)]
    counts = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    length = bodies.end - bodies.start
    weights = sentences.end - sentences.start - sum(counts[name] for name in _UNCOUNTED)
    columns = {
        "form:log_length": np.log1p(length),
        "form:short": length < 15,
        "form:long": length > 60,
        "form:numbers": np.log1p(counts["numbers"]),
        "form:percents": np.log1p(counts["percents"] + counts["percentage_points"]),
        "form:commas": np.log1p(counts["commas"]),
        "form:enumeration_commas": np.log1p(counts["enumeration_commas"]),
        "form:quotes": np.log1p(counts["quotes"]),
        "form:titles": np.log1p(counts["titles"]),
        "form:latin": np.log1p(counts["latin"]),
        "form:four_char_clauses": np.log1p(counts["clauses_of_four"]),
        "form:equal_clauses": np.log1p(counts["equal_clauses"]),
        "form:clause_length": counts["characters_in_clauses"] / np.maximum(counts["clauses"], 1) / 20.0,
        "form:le": np.log1p(counts["le"]),
        **{f"form:ends_{name}": bodies.last == ord(mark) for name, mark in _TAIL.items()},
        "form:ends_bare": ~np.isin(bodies.last, [ord(mark) for mark in _TAIL.values()]),
    }
    return weights, columns


def place_columns(sentences: Sentences, places: Places) -> dict[str, Floats]:
    """Where sentences stand: ``PLACE_FEATURES`` by name."""
    size = np.diff(sentences.first)
    begin = sentences.first[:-1].repeat(size)
    count = size.repeat(size)
    at = np.arange(len(begin)) - begin
    number = np.arange(len(begin))
    new_paragraph = np.ones(len(begin), dtype=bool)
    new_paragraph[1:] = (np.diff(places.paragraph) != 0) | (at[1:] == 0)
    paragraph_begin = np.maximum.accumulate(np.where(new_paragraph, number, 0)) if len(number) else number
    after_heading = np.zeros(len(begin), dtype=bool)
    after_heading[1:] = (places.own_level[:-1] > 0) & (at[1:] > 0)
    return {
        "place:start": np.exp(-at / 3.0),
        "place:end": np.exp(-(count - 1 - at) / 3.0),
        "place:position": at / np.maximum(count - 1, 1),
        "place:line_start": places.at_line_start,
        "place:whole_line": places.whole_line,
        "place:level1": places.own_level == 1,
        "place:level2": places.own_level == 2,
        "place:level3": places.own_level == 3,
        "place:has_section": places.section >= 0,
        "place:has_subsection": places.subsection >= 0,
        "place:after_heading": after_heading,
        "place:log_paragraph": np.log1p(number - paragraph_begin),
        "place:log_since_section": np.where(places.section >= 0, np.log1p(number - places.section), 0.0),
    }


def _mark_table() -> NDArray[np.uint8]:
    table = np.zeros(0x10000, dtype=np.uint8)
    table[[ord(character) for character in _COUNTED_ALONE]] = [_NUMBER[name] for name in _COUNTED_ALONE.values()]
    return table


_MARKS = _mark_table()


def _count(folded: Folded, sentences: Sentences, first: int, last: int) -> dict[str, Ints]:
    """Count what is to be counted in the sentences ``first`` to ``last``."""
    starts, ends = sentences.start[first:last], sentences.end[first:last]
    count = len(starts)
    begin, end = (int(starts[0]), int(ends[-1])) if count else (0, 0)
    starts, ends = starts - begin, ends - begin
    codes, kinds = folded.codes[begin:end], folded.kinds[begin:end].copy()
    between = ends[:-1][ends[:-1] < starts[1:]]  # characters between two texts
    kinds[between] = COUNTED
    owner = np.arange(count).repeat(np.diff(starts, append=end - begin))
    mark = _MARKS.take(codes, mode="clip")
    # A few characters in a hundred matter; all others are plain counted ones.
    at = where((mark > 0) | ((kinds & (COUNTED | DIGIT | LATIN)) != COUNTED))
    mark, kind, of = mark.take(at), kinds.take(at), owner.take(at)
    plain = mark == 0
    mark[plain] = np.select(
        [kind[plain] & DIGIT > 0, kind[plain] & LATIN > 0], [_NUMBER["digits"], _NUMBER["letters"]], _NUMBER["uncounted"]
    )
    table = np.bincount(of * len(_NAMES) + mark, minlength=count * len(_NAMES)).reshape(count, len(_NAMES))
    delimiter = where(kind & COMMA_CLASS)
    return {
        **{name: table[:, number] for name, number in _NUMBER.items()},
        "numbers": np.bincount(owner.take(_number_starts(codes, at[mark == _NUMBER["digits"]])), minlength=count),
        "latin": np.bincount(owner.take(_word_starts(at[mark == _NUMBER["letters"]])), minlength=count),
        "percentage_points": np.bincount(owner.take(_percentage_points(codes, at[mark == _NUMBER["points"]])), minlength=count),
        **_clauses(starts, ends, at[delimiter], of[delimiter]),
    }


def _number_starts(codes: NDArray[np.uint32], digits: Ints) -> Ints:
    r"""Where ``\d+(?:[.,]\d+)*`` begins, of the positions of all digits."""
    step = steps(digits, -9)
    between = codes.take(np.maximum(digits - 1, 0))
    joined = (step == 1) | ((step == 2) & ((between == ord(".")) | (between == ord(","))))
    return digits[where(~joined)]


def _word_starts(letters: Ints) -> Ints:
    """Where ``[A-Za-z]{2,}`` begins, of the positions of all letters."""
    step = steps(with_last(letters, -9), -9)
    return letters[where((step[:-1] != 1) & (step[1:] == 1))]


def _percentage_points(codes: NDArray[np.uint32], points: Ints) -> Ints:
    """The last characters of 百分点."""
    points = points[points >= 2]
    return points[where((codes.take(points - 1) == ord("分")) & (codes.take(points - 2) == ord("百")))]


def _clauses(starts: Ints, ends: Ints, delimiters: Ints, of: Ints) -> dict[str, Ints]:
    """Count the stretches between delimiters (，、。 … and white space) in each sentence."""
    count = len(starts)
    inside = np.bincount(of, minlength=count)
    # With k delimiters a sentence has k + 1 stretches, some of them empty; both lists are two ascending ones merged.
    size = np.sort(np.concatenate([delimiters, ends]), kind="stable") - np.sort(
        np.concatenate([starts, delimiters + 1]), kind="stable"
    )
    of = np.arange(count).repeat(inside + 1)[size > 0]
    size = size[size > 0]
    equal = (size[1:] == size[:-1]) & (of[1:] == of[:-1])
    return {
        "clauses": np.bincount(of, minlength=count),
        "characters_in_clauses": ends - starts - inside,
        "clauses_of_four": np.bincount(of[size == 4], minlength=count),
        "equal_clauses": np.bincount(of[1:][equal], minlength=count),
    }
