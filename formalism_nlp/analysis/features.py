"""Sentences → named features: lexicon hits, typed patterns, form, place. N-grams are in ``ngrams``."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.analysis.matcher import Hit, Matcher
from formalism_nlp.analysis.normal import normalise
from formalism_nlp.analysis.sentences import split_sentences
from formalism_nlp.analysis.structure import Place, place_sentences
from formalism_nlp.values.document import Document, Span
from formalism_nlp.values.lexicon import Lexicon

_NOT_COUNTED = re.compile(r"[^\w%‰]|_")
_CLAUSE = re.compile(r"[，、。！？；：“”（）\s]+")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_LATIN = re.compile(r"[A-Za-z]{2,}")
_TAIL = {"。": "stop", "；": "semicolon", "！": "exclaim", "？": "question", "：": "colon"}

FORM_FEATURES = (
    "form:log_length", "form:short", "form:long", "form:numbers", "form:percents", "form:commas", "form:enumeration_commas",
    "form:quotes", "form:titles", "form:latin", "form:four_char_clauses", "form:equal_clauses", "form:clause_length",
    "form:le", "form:ends_stop", "form:ends_semicolon", "form:ends_exclaim", "form:ends_question", "form:ends_colon", "form:ends_bare",
)  # fmt: skip
PLACE_FEATURES = (
    "place:start", "place:end", "place:position", "place:line_start", "place:whole_line", "place:level1", "place:level2",
    "place:level3", "place:has_section", "place:has_subsection", "place:after_heading", "place:log_paragraph", "place:log_since_section",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document ready for the classifier: everything the model looks at, before any weight is known.

    ``bodies`` are the normalised sentences without outer white space; ``hits`` all lexicon hits; ``hit_sentence`` the
    sentence number of each hit; ``dense`` the named features (sentences × names).
    """

    document: Document
    normal: str
    spans: list[Span]
    bodies: list[str]
    weights: NDArray[np.int64]
    places: list[Place]
    hits: list[Hit]
    hit_sentence: NDArray[np.int64]
    dense: NDArray[np.float64]


def dense_names(lexicon: Lexicon) -> tuple[str, ...]:
    """Names of the dense features: rule hits in the sentence, in its headings, form, place."""
    rules = [rule.id for rule in lexicon.rules]
    return (
        *(f"rule:{r}" for r in rules),
        *(f"section:{r}" for r in rules),
        *(f"subsection:{r}" for r in rules),
        *FORM_FEATURES,
        *PLACE_FEATURES,
    )


def prepare(document: Document, matcher: Matcher, columns: NDArray[np.int64] | None = None) -> Prepared:
    """Split, place, match and measure one document.

    Args:
        document: any document.
        matcher: the compiled lexicon.
        columns: which of ``dense_names(matcher.lexicon)`` to keep, in this order; all by default.

    Returns:
        A Prepared whose ``dense`` has one row a sentence and one column a kept name.
    """
    normal = normalise(document.text)
    spans = split_sentences(document.text)
    bodies = [normal[span.start : span.end].strip() for span in spans]
    places = place_sentences(document, normal, spans)
    hits = matcher.match(normal)
    starts = [span.start for span in spans]
    hit_sentence = np.array([bisect_right(starts, hit.start) - 1 for hit in hits], dtype=np.int64)
    counts = np.zeros((len(spans), len(matcher.lexicon.rules)))
    if hits:
        np.add.at(counts, (hit_sentence, np.array([hit.rule for hit in hits])), 1.0)
    counts = np.log1p(counts)
    form = np.array([_form(body) for body in bodies]).reshape(len(spans), len(FORM_FEATURES))
    place = _place(places, len(spans))
    dense = np.hstack(
        [counts, _above(counts, [p.section for p in places]), _above(counts, [p.subsection for p in places]), form, place]
    )
    if columns is not None:
        dense = dense[:, columns]
    weights = np.array([weight(body) for body in bodies], dtype=np.int64)
    return Prepared(document, normal, spans, bodies, weights, places, hits, hit_sentence, dense)


def weight(body: str) -> int:
    """Characters of a sentence without white space and punctuation (letters, digits, %, ‰ count)."""
    return len(_NOT_COUNTED.sub("", body))


def _above(counts: NDArray[np.float64], above: Sequence[int]) -> NDArray[np.float64]:
    """Rule hits of the heading each sentence stands under; zeros where there is none."""
    index = np.array(above, dtype=np.int64)
    padded = np.vstack([counts, np.zeros((1, counts.shape[1]))])
    return np.minimum(padded[index], 1.0) if len(index) else counts


def _form(body: str) -> list[float]:
    length = len(body)
    clauses = [clause for clause in _CLAUSE.split(body) if clause]
    sizes = [len(clause) for clause in clauses]
    equal = sum(a == b for a, b in pairwise(sizes))
    last = body.rstrip("”’」』》）)")[-1:] if body else ""
    ends = [float(_TAIL.get(last) == name) for name in ("stop", "semicolon", "exclaim", "question", "colon")]
    return [
        np.log1p(length),
        float(length < 15),
        float(length > 60),
        np.log1p(len(_NUMBER.findall(body))),
        np.log1p(body.count("%") + body.count("百分点")),
        np.log1p(body.count("，")),
        np.log1p(body.count("、")),
        np.log1p(body.count("“")),
        np.log1p(body.count("《")),
        np.log1p(len(_LATIN.findall(body))),
        np.log1p(sum(size == 4 for size in sizes)),
        np.log1p(equal),
        sum(sizes) / max(len(sizes), 1) / 20.0,
        np.log1p(body.count("了")),
        *ends,
        float(last not in _TAIL),
    ]


def _place(places: Sequence[Place], count: int) -> NDArray[np.float64]:
    rows = np.zeros((count, len(PLACE_FEATURES)))
    first_of: dict[int, int] = {}
    for i, place in enumerate(places):
        first = first_of.setdefault(place.paragraph, i)
        rows[i] = (
            np.exp(-i / 3.0),
            np.exp(-(count - 1 - i) / 3.0),
            i / max(count - 1, 1),
            place.at_line_start,
            place.whole_line,
            place.own_level == 1,
            place.own_level == 2,
            place.own_level == 3,
            place.section >= 0,
            place.subsection >= 0,
            i > 0 and places[i - 1].own_level > 0,
            np.log1p(i - first),
            np.log1p(i - place.section) if place.section >= 0 else 0.0,
        )
    return rows
