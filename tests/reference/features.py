"""What the model looks at, sentence by sentence: hits, form, place, weight, and the neighbours' first-pass scores."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.analysis.structure import Place
from formalism_nlp.values.document import Document
from formalism_nlp.values.lexicon import Lexicon
from tests.reference.hits import match
from tests.reference.text import normalise, place_sentences, split_sentences

OFFSETS = (-2, -1, 1, 2)
WINDOWS = (4, 10)


def dense(document: Document, lexicon: Lexicon) -> dict[str, list[float]]:
    """One row a sentence for each named feature, in the order of ``features.dense_names``."""
    text = normalise(document.text)
    spans = split_sentences(document.text)
    bodies = [text[span.start : span.end].strip() for span in spans]
    places = place_sentences(document, text, spans)
    counts = [[0.0] * len(lexicon.rules) for _ in spans]
    for start, _, rule in match(lexicon, text):
        (at,) = [i for i, span in enumerate(spans) if span.start <= start < span.end]
        counts[at][rule] += 1
    rows = [[math.log1p(n) for n in row] for row in counts]
    columns: dict[str, list[float]] = {}
    for number, rule in enumerate(lexicon.rules):
        columns[f"rule:{rule.id}"] = [row[number] for row in rows]
    for named in ([form(body) for body in bodies], [place_of(places, i) for i in range(len(places))]):
        for row in named:
            for name, value in row.items():
                columns.setdefault(name, []).append(float(value))
    return columns


def weight(body: str) -> int:
    """Characters without white space and punctuation (letters, digits, %, ‰ count)."""
    return sum(c.isalnum() or c in "%‰" for c in body)


def form(body: str) -> dict[str, float]:
    """How a sentence looks."""
    sizes = [len(clause) for clause in re.split(r"[，、。！？；：“”（）\s]+", body) if clause]
    last = body.rstrip("”’」』》）)")[-1:]
    tails = {"stop": "。", "semicolon": "；", "exclaim": "！", "question": "？", "colon": "："}
    return {
        "form:log_length": math.log1p(len(body)),
        "form:short": len(body) < 15,
        "form:long": len(body) > 60,
        "form:numbers": math.log1p(len(re.findall(r"\d+(?:[.,]\d+)*", body))),
        "form:percents": math.log1p(body.count("%") + body.count("百分点")),
        "form:commas": math.log1p(body.count("，")),
        "form:enumeration_commas": math.log1p(body.count("、")),
        "form:quotes": math.log1p(body.count("“")),
        "form:titles": math.log1p(body.count("《")),
        "form:latin": math.log1p(len(re.findall(r"[A-Za-z]{2,}", body))),
        "form:four_char_clauses": math.log1p(sum(size == 4 for size in sizes)),
        "form:equal_clauses": math.log1p(sum(a == b for a, b in pairwise(sizes))),
        "form:clause_length": sum(sizes) / max(len(sizes), 1) / 20.0,
        "form:le": math.log1p(body.count("了")),
        **{f"form:ends_{name}": last == mark for name, mark in tails.items()},
        "form:ends_bare": last == "" or last not in tails.values(),
    }


def place_of(places: Sequence[Place], i: int) -> dict[str, float]:
    """Where a sentence stands."""
    place = places[i]
    first = next(j for j, other in enumerate(places) if other.paragraph == place.paragraph)
    return {
        "place:line_start": place.at_line_start,
        "place:whole_line": place.whole_line,
        "place:level1": place.own_level == 1,
        "place:level2": place.own_level == 2,
        "place:level3": place.own_level == 3,
        "place:has_section": place.section >= 0,
        "place:has_subsection": place.subsection >= 0,
        "place:after_heading": i > 0 and places[i - 1].own_level > 0,
        "place:log_paragraph": math.log1p(i - first),
    }


def context(scores: NDArray[np.float64], places: Sequence[Place]) -> list[list[float]]:
    """Own scores, those of near neighbours, means over windows and over the rest of paragraph, section and document."""
    count = len(places)
    rows = []
    for i, place in enumerate(places):
        near = [scores[i + k] if 0 <= i + k < count else 0 * scores[i] for k in OFFSETS]
        before = [_mean(scores, range(max(i - w, 0), i)) for w in WINDOWS]
        after = [_mean(scores, range(i + 1, min(i + 1 + w, count))) for w in WINDOWS]
        paragraph = [j for j in range(count) if j != i and places[j].paragraph == place.paragraph]
        section = [
            j for j in range(count)
            if j != i and (places[j].section, places[j].subsection) == (place.section, place.subsection)
        ]  # fmt: skip
        others = [_mean(scores, members) for members in (paragraph, section, [j for j in range(count) if j != i])]
        exists = [float(0 <= i + k < count) for k in OFFSETS]
        rows.append([*scores[i], *np.concatenate([*near, *before, *after, *others]), *exists])
    return rows


def _mean(scores: NDArray[np.float64], members: Sequence[int]) -> NDArray[np.float64]:
    return np.mean([scores[j] for j in members], axis=0) if len(members) else 0 * scores[0]
