"""The indices: each is a ratio of sums over sentences, with a paragraph-bootstrap interval.

w = characters of a sentence without white space and punctuation, p = calibrated probability, W' = Σ w·(1 − p(OTHER)).
Formulas: design of formalism_nlp §2; docs/indices.md has a worked example of each.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.analysis.bootstrap import intervals, resample, units_of
from formalism_nlp.analysis.norms import NORMED, GenreNorm
from formalism_nlp.analysis.spans import firsts
from formalism_nlp.values.report import FUNCTIONS, Index

Floats = NDArray[np.float64]
KAPPA = 100.0  # characters of pseudo-text at the genre mean: two sentences cannot give 0 or 1
LEAST_CLAIMS = 0.05  # share of W' that must claim achievement before trace_padding is defined
LEAST_SENTENCES, LEAST_CHARACTERS = 20, 600
assert FUNCTIONS == ("SLOGAN", "ACTIVITY", "RESULT", "PLAN", "PROBLEM", "OTHER")

FORMULAS = {
    "slogan_density": ("share", "Σ w·p(SLOGAN) / Σ w·(1−p(OTHER))"),
    "trace_padding": ("share", "(Σ w·p(ACTIVITY) + κ·m) / (Σ w·(p(ACTIVITY)+p(RESULT)) + κ), κ=100"),
    "substance": ("share", "Σ w·p(specific ∧ function∉{SLOGAN,OTHER}) / Σ w·(1−p(OTHER))"),
    "formalism_index": ("points", "100 · mean of genre percentiles of slogan_density, trace_padding, 1−substance"),
    "slogan_hits_per_1000": ("per 1,000 characters", "1000 · characters in slogan and doctrine hits / Σ w"),
    "unsupported_results": ("share", "Σ w·p(RESULT)·(1−p(specific)) / Σ w·p(RESULT)"),
    "cheap_talk": ("share", "Σ w·p(PLAN)·(1−p(specific)) / Σ w·p(PLAN)"),
    "internal_reuse": ("share", "characters of sentences (≥ 8 characters) that stood before in the document / Σ w"),
    "checkable_results": ("share", "Σ w·p(RESULT)·p(specific) / Σ w·(1−p(OTHER))"),
}


@dataclass(frozen=True)
class Sums:
    """What the indices need of a document, summed a paragraph (rows): the columns of ``_columns``."""

    table: Floats

    @property
    def total(self) -> Floats:
        """Sums over the document."""
        return np.asarray(self.table.sum(axis=0))


_COLUMNS = (
    "content", "slogan", "activity", "claims", "substantive", "result", "plan", "bare_result", "bare_plan", "all", "hits", "reused",
)  # fmt: skip
_AT = {name: i for i, name in enumerate(_COLUMNS)}


def sum_paragraphs(
    probabilities: Floats,
    weights: NDArray[np.int64],
    paragraphs: Sequence[int] | NDArray[np.int64],
    hit_characters: Floats,
    reused: NDArray[np.bool_],
) -> Sums:
    """Sum the sentences of each paragraph.

    Args:
        probabilities: (sentences, 8) of ``classifier.OUTPUTS``.
        weights: characters of each sentence.
        paragraphs: paragraph number of each sentence, ascending.
        hit_characters: characters of each sentence inside slogan or doctrine hits.
        reused: whether the sentence stood in the document before.
    """
    w = weights.astype(np.float64)
    begin = firsts(np.asarray(paragraphs))
    out = np.zeros((len(begin), len(_COLUMNS)))
    if not len(w):
        return Sums(out)
    slogan, activity, result, plan, _, other, specific, substantive = probabilities.T
    bare = 1.0 - specific
    factors: tuple[tuple[Floats | NDArray[np.bool_], ...], ...] = (
        (1.0 - other,), (slogan,), (activity,), (activity + result,), (substantive,), (result,), (plan,), (result, bare), (plan, bare),
        (), (), (reused,),
    )  # fmt: skip
    for number, column in enumerate(factors):  # one after the other: a long text has many sentences
        value = w
        for factor in column:
            value = value * factor
        out[:, number] = np.add.reduceat(value, begin)
    out[:, _AT["hits"]] = np.add.reduceat(np.minimum(hit_characters, w), begin)
    return Sums(out)


def trace_share(sums: Sums) -> float:
    """Unsmoothed share of ACTIVITY among achievement claims; NaN without any; its genre mean is m."""
    total = sums.total
    claims = total[_AT["claims"]]
    return float(total[_AT["activity"]] / claims) if claims > LEAST_CLAIMS * total[_AT["content"]] else math.nan


# Ratio: columns of its numerator, what they are multiplied with, columns of its denominator. trace_padding adds its prior,
# checkable_results leaves out the results without a particular.
_RATIOS = {
    "slogan_density": ("slogan", 1.0, "content"),
    "trace_padding": ("activity", 1.0, "claims"),
    "substance": ("substantive", 1.0, "content"),
    "slogan_hits_per_1000": ("hits", 1000.0, "all"),
    "unsupported_results": ("bare_result", 1.0, "result"),
    "cheap_talk": ("bare_plan", 1.0, "plan"),
    "internal_reuse": ("reused", 1.0, "all"),
    "checkable_results": ("result", 1.0, "content"),
}
_ROW = {name: i for i, name in enumerate(_RATIOS)}
_TOP = np.array([_AT[top] for top, _, _ in _RATIOS.values()])
_TIMES = np.array([[times] for _, times, _ in _RATIOS.values()])
_BOTTOM = np.array([_AT[bottom] for _, _, bottom in _RATIOS.values()])
# A share of next to nothing says nothing: these are defined only where their denominator takes some of the content.
_NEEDS_CLAIMS = np.array([[name in ("trace_padding", "unsupported_results", "cheap_talk")] for name in _RATIOS])


def plain_values(sums: Sums, trace_mean: float) -> dict[str, float]:
    """Values of the ratio indices without intervals and percentiles; NaN where undefined."""
    _, _, values = _ratios(sums.total[None, :], trace_mean)
    return dict(zip(_RATIOS, values[:, 0].tolist(), strict=True))


def compute_indices(sums: Sums, norm: GenreNorm, *, sentences: int, characters: int) -> tuple[Index, ...]:
    """Compute all indices of one document.

    Args:
        sums: of ``sum_paragraphs``.
        norm: of the document's genre.
        sentences: number of sentences with at least one counted character.
        characters: counted characters.

    Returns:
        Indices in the order of ``FORMULAS``. All are NaN with a reason when the text is too short
        (fewer than 20 sentences and fewer than 600 characters).
    """
    if sentences < LEAST_SENTENCES and characters < LEAST_CHARACTERS:
        reason = f"insufficient text: {sentences} sentences and {characters} characters (20 or 600 are needed)"
        return tuple(
            Index(n, math.nan, math.nan, math.nan, u, f, None, math.nan, norm.genre, norm.size, reason)
            for n, (u, f) in FORMULAS.items()
        )
    # The document itself is the first row, the replicates are the others.
    top, bottom, value = _ratios(np.vstack([sums.total[None, :], resample(sums.table)]), norm.trace_mean)
    ranks = {name: norm.percentile(name, value[_ROW[name]]) for name in NORMED}
    used = [name for name in NORMED if not math.isnan(ranks[name][0])]
    composite = _composite(ranks, used)
    spread = intervals(np.vstack([value, composite])[:, 1:], units_of(sums.table))
    out = []
    for name, (unit, formula) in FORMULAS.items():
        if name == "formalism_index":
            out.append(_composite_index(float(composite[0]), used, spread[-1], norm))
            continue
        row = _ROW[name]
        at = float(value[row, 0])
        reason = "" if at == at else _why(name)
        interval = spread[row] if not reason else None
        parts = (float(top[row, 0]), float(bottom[row, 0]))
        rank = float(ranks[name][0]) if name in ranks else math.nan
        out.append(Index(name, at, *parts, unit, formula, interval, rank, norm.genre, norm.size, reason))
    return tuple(out)


def _ratios(total: Floats, trace_mean: float) -> tuple[Floats, Floats, Floats]:
    """Numerator, denominator and value of each ratio for each row of sums: three tables of (``_RATIOS``, rows)."""
    columns = total.T
    top, bottom = columns[_TOP] * _TIMES, columns[_BOTTOM]
    fine = (bottom > 0) & (~_NEEDS_CLAIMS | (bottom > LEAST_CLAIMS * columns[_AT["content"]]))
    top[_ROW["trace_padding"]] += KAPPA * trace_mean
    bottom[_ROW["trace_padding"]] += KAPPA
    checkable = top[_ROW["checkable_results"]]
    np.maximum(checkable - columns[_AT["bare_result"]], 0.0, out=checkable)  # replicates round: never below nothing
    with np.errstate(invalid="ignore", divide="ignore"):
        return top, bottom, np.where(fine, top / bottom, np.nan)


def _why(name: str) -> str:
    if name == "trace_padding":
        return "almost no claim of achievement (ACTIVITY or RESULT under 5 % of the content)"
    if name == "unsupported_results":
        return "almost no RESULT (under 5 % of the content)"
    if name == "cheap_talk":
        return "almost no PLAN (under 5 % of the content)"
    return "no content to divide by"


def _composite(ranks: Mapping[str, Floats], used: Sequence[str]) -> Floats:
    """Mean of the genre percentiles of some normed indices; NaN when they are fewer than the two without trace_padding."""
    if "slogan_density" not in used or "substance" not in used:
        return np.full_like(ranks["substance"], np.nan)
    parts = [100.0 - ranks[name] if name == "substance" else ranks[name] for name in used]
    return np.asarray(sum(parts) / len(parts))


def _composite_index(value: float, used: Sequence[str], interval: tuple[float, float] | None, norm: GenreNorm) -> Index:
    """formalism_index; without trace_padding it is the mean of the other two, and the reason says so."""
    unit, formula = FORMULAS["formalism_index"]
    if math.isnan(value):
        parts = (math.nan, math.nan)
        return Index("formalism_index", math.nan, *parts, unit, formula, None, math.nan, norm.genre, norm.size, _why(""))
    reason = "" if "trace_padding" in used else "trace_padding is undefined; mean of the other two"
    parts = (value * len(used), float(len(used)))
    return Index("formalism_index", value, *parts, unit, formula, interval, math.nan, norm.genre, norm.size, reason)
