"""The indices: each is a ratio of sums over sentences, with a paragraph-bootstrap interval.

w = characters of a sentence without white space and punctuation, p = calibrated probability, W' = Σ w·(1 − p(OTHER)).
Formulas: design of formalism_nlp §2; docs/indices.md has a worked example of each.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.analysis.norms import NORMED, GenreNorm
from formalism_nlp.values.report import FUNCTIONS, Index

Floats = NDArray[np.float64]
KAPPA = 100.0  # characters of pseudo-text at the genre mean: two sentences cannot give 0 or 1
LEAST_CLAIMS = 0.05  # share of W' that must claim achievement before trace_padding is defined
LEAST_SENTENCES, LEAST_CHARACTERS = 20, 600
REPLICATES = 1000
_MOST_UNITS = 400  # longer documents are resampled by runs of neighbouring paragraphs, so the cost stays bounded
_SEED = 20240328
_S, _A, _R, _PL, _PR, _O = range(6)
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
    paragraphs: Sequence[int],
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
    p = probabilities
    bare = 1.0 - p[:, 6]
    columns = [
        w * (1.0 - p[:, _O]), w * p[:, _S], w * p[:, _A], w * (p[:, _A] + p[:, _R]), w * p[:, 7], w * p[:, _R], w * p[:, _PL],
        w * p[:, _R] * bare, w * p[:, _PL] * bare, w, np.minimum(hit_characters, w), w * reused,
    ]  # fmt: skip
    if not len(w):
        return Sums(np.zeros((0, len(_COLUMNS))))
    rows = np.stack(columns, axis=1)
    _, first = np.unique(np.asarray(paragraphs), return_index=True)
    return Sums(np.add.reduceat(rows, first, axis=0))


def trace_share(sums: Sums) -> float:
    """Unsmoothed share of ACTIVITY among achievement claims; NaN without any; its genre mean is m."""
    total = sums.total
    claims = total[_AT["claims"]]
    return float(total[_AT["activity"]] / claims) if claims > LEAST_CLAIMS * total[_AT["content"]] else math.nan


def plain_values(sums: Sums, trace_mean: float) -> dict[str, float]:
    """Values of the ratio indices without intervals and percentiles; NaN where undefined."""
    return {name: float(value[0]) for name, (_, _, value) in _ratios(sums.total[None, :], trace_mean).items()}


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
    point = _ratios(sums.total[None, :], norm.trace_mean)
    replicates = _ratios(_resample(sums.table), norm.trace_mean)
    out = []
    for name, (unit, formula) in FORMULAS.items():
        if name == "formalism_index":
            out.append(_composite(point, replicates, norm))
            continue
        top, bottom, value = (float(x[0]) for x in point[name])
        reason = "" if value == value else _why(name)
        percentile = float(norm.percentile(name, value)) if name in NORMED else math.nan
        interval = _interval(replicates[name][2]) if not reason else None
        out.append(Index(name, value, top, bottom, unit, formula, interval, percentile, norm.genre, norm.size, reason))
    return tuple(out)


def _ratios(total: Floats, trace_mean: float) -> dict[str, tuple[Floats, Floats, Floats]]:
    """Numerator, denominator and value of each ratio for each row of sums."""

    def column(name: str) -> Floats:
        return np.asarray(total[:, _AT[name]])

    content = column("content")
    pairs = {
        "slogan_density": (column("slogan"), content),
        "trace_padding": (column("activity") + KAPPA * trace_mean, column("claims") + KAPPA),
        "substance": (column("substantive"), content),
        "slogan_hits_per_1000": (1000.0 * column("hits"), column("all")),
        "unsupported_results": (column("bare_result"), column("result")),
        "cheap_talk": (column("bare_plan"), column("plan")),
        "internal_reuse": (column("reused"), column("all")),
    }
    least = {"trace_padding": column("claims"), "unsupported_results": column("result"), "cheap_talk": column("plan")}
    out = {}
    for name, (top, bottom) in pairs.items():
        fine = bottom > 0
        if name in least:  # a share of next to nothing says nothing
            fine &= least[name] > LEAST_CLAIMS * content
        with np.errstate(invalid="ignore", divide="ignore"):
            out[name] = (top, bottom, np.where(fine, top / bottom, np.nan))
    return out


def _why(name: str) -> str:
    if name == "trace_padding":
        return "almost no claim of achievement (ACTIVITY or RESULT under 5 % of the content)"
    if name == "unsupported_results":
        return "almost no RESULT (under 5 % of the content)"
    if name == "cheap_talk":
        return "almost no PLAN (under 5 % of the content)"
    return "no content to divide by"


def _composite(
    point: dict[str, tuple[Floats, Floats, Floats]], replicates: dict[str, tuple[Floats, Floats, Floats]], norm: GenreNorm
) -> Index:
    """Mean of the genre percentiles; without trace_padding the mean of the other two, and the reason says so."""
    unit, formula = FORMULAS["formalism_index"]
    ranks = {name: norm.percentile(name, point[name][2]) for name in NORMED}
    used = [name for name in NORMED if not np.isnan(ranks[name][0])]
    if "slogan_density" not in used or "substance" not in used:
        return Index(
            "formalism_index", math.nan, math.nan, math.nan, unit, formula, None, math.nan, norm.genre, norm.size, _why("")
        )

    def mean(source: dict[str, tuple[Floats, Floats, Floats]]) -> Floats:
        parts = [norm.percentile(name, source[name][2]) for name in used]
        parts = [100.0 - part if name == "substance" else part for name, part in zip(used, parts, strict=True)]
        return np.asarray(sum(parts) / len(parts))

    value = float(mean(point)[0])
    reason = "" if "trace_padding" in used else "trace_padding is undefined; mean of the other two"
    interval = _interval(mean(replicates))
    return Index(
        "formalism_index",
        value,
        value * len(used),
        float(len(used)),
        unit,
        formula,
        interval,
        math.nan,
        norm.genre,
        norm.size,
        reason,
    )


def _resample(table: Floats) -> Floats:
    """Bootstrap sums: draw paragraphs with replacement, ``REPLICATES`` times, always with the same seed."""
    units = table
    if len(table) > _MOST_UNITS:
        edges = np.linspace(0, len(table), _MOST_UNITS + 1).astype(np.int64)[:-1]
        units = np.add.reduceat(table, edges, axis=0)
    count = len(units)
    if count == 0:
        return np.zeros((REPLICATES, table.shape[1]))
    draws = np.random.default_rng(_SEED).multinomial(count, np.full(count, 1.0 / count), size=REPLICATES)
    return np.asarray(draws @ units)


def _interval(values: Floats) -> tuple[float, float] | None:
    """95 % percentile interval of the defined replicates; None when fewer than half are defined."""
    defined = values[~np.isnan(values)]
    if len(defined) * 2 < len(values) or not len(defined):
        return None
    low, high = np.percentile(defined, [2.5, 97.5])
    return float(low), float(high)
