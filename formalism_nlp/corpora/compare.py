"""Comparison of groups or years of scored documents: indices with intervals, tests with correction, word use, class shares, drift.

The unit is the document: group values are means over documents, intervals resample documents. Groups of fewer than five documents
also take in the uncertainty inside each document (its paragraph bootstrap), and are tested by a normal approximation.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.corpora import group_statistics as statistics
from formalism_nlp.corpora.keyness import MOST, Key, keyness
from formalism_nlp.values.errors import FormalismError
from formalism_nlp.values.report import FUNCTIONS, INDEX_NAMES, Report

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
Table = Literal["indices", "contrasts", "trends", "shares", "keyness"]
COMPARED = (*INDEX_NAMES, "slogan_hits_per_1000", "unsupported_results", "cheap_talk", "internal_reuse", "checkable_results")
_SHARE_REPLICATES = 300
_SEED = 2010


@dataclass(frozen=True, slots=True)
class GroupIndex:
    """Mean of an index over the ``documents`` of a group in which it is defined, with its 95 % interval; NaN without any."""

    group: str
    index: str
    documents: int
    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Contrast:
    """Mean of ``a`` − mean of ``b``, 95 % interval, p and p corrected over all contrasts; ``delta`` is Cliff's delta (−1 to 1).

    ``method``: ``"permutation"`` (Welch's t, both groups with five documents or more) or ``"normal"``.
    """

    index: str
    a: str
    b: str
    difference: float
    low: float
    high: float
    delta: float
    p: float
    p_corrected: float
    method: str


@dataclass(frozen=True, slots=True)
class Trend:
    """Drift of an index over years: Theil–Sen slope a year with its 95 % interval, Kendall's tau, p and corrected p."""

    index: str
    years: int
    slope: float
    low: float
    high: float
    tau: float
    p: float
    p_corrected: float


@dataclass(frozen=True, slots=True)
class Share:
    """Share (0–1) of a group's sentences with a function: as counted, as mean probability, and corrected for known errors.

    ``adjusted`` and its 95 % interval are NaN when no confusion matrix was given.
    """

    group: str
    function: str
    sentences: int
    counted: float
    expected: float
    adjusted: float
    low: float
    high: float


@dataclass(frozen=True)
class Comparison:
    """Result of ``compare``; each field is a table, see ``to_frame``. ``trends`` is empty unless all groups are years."""

    groups: tuple[str, ...]
    correction: str
    indices: tuple[GroupIndex, ...]
    contrasts: tuple[Contrast, ...]
    trends: tuple[Trend, ...]
    shares: tuple[Share, ...]
    keyness: tuple[Key, ...]

    def rows(self, table: Table = "indices") -> tuple[list[str], list[tuple[object, ...]]]:
        """Return column names and rows of one table."""
        kinds = {"indices": GroupIndex, "contrasts": Contrast, "trends": Trend, "shares": Share, "keyness": Key}
        names = [field.name for field in fields(kinds[table])]
        return names, [tuple(getattr(row, name) for name in names) for row in getattr(self, table)]

    def to_frame(self, table: Table = "indices") -> pd.DataFrame:
        """Return one table as a pandas DataFrame."""
        import pandas as pd

        names, rows = self.rows(table)
        return pd.DataFrame(rows, columns=names)


def compare(
    groups: Mapping[str, Sequence[Report]],
    *,
    correction: Literal["holm", "bh"] = "holm",
    confusion: Floats | None = None,
    words: int = MOST,
) -> Comparison:
    """Compare groups of reports.

    Args:
        groups: name → reports; at least two groups, each with one report or more. When all names are years (``"1998"``), the
            contrasts are of neighbouring years only and trends are added; otherwise every pair is tested.
        correction: of the p-values over all contrasts (and over all trends): ``"holm"`` or ``"bh"`` (Benjamini–Hochberg).
        confusion: (6, 6) counts of labelled sentences, rows true and columns predicted function in the order of
            ``values.report.FUNCTIONS`` (``training.confusion.labelled_confusion`` makes one); gives the adjusted shares.
        words: key words a group; 0 leaves keyness out.

    Returns:
        A Comparison; the same input gives the same numbers.

    Raises:
        FormalismError: F406 fewer than two groups, an empty one, an unknown correction, or a confusion matrix of another shape.
    """
    if len(groups) < 2 or any(not reports for reports in groups.values()):
        raise FormalismError("F406", "", f"two groups with documents are needed, got {[(n, len(r)) for n, r in groups.items()]}")
    if correction not in ("holm", "bh"):
        raise FormalismError("F406", "correction", f"{correction!r}: holm, bh")
    if confusion is not None and np.shape(confusion) != (len(FUNCTIONS), len(FUNCTIONS)):
        raise FormalismError("F406", "confusion", f"shape {np.shape(confusion)}")
    years = all(len(name) == 4 and name.isdecimal() for name in groups)
    names = sorted(groups) if years else list(groups)
    samples = {(name, index): _sample(groups[name], index) for name in names for index in COMPARED}
    draws = {
        key: statistics.bootstrap_means(values, errors, i) if len(values) else np.zeros(0)
        for i, (key, (values, errors)) in enumerate(samples.items())
    }
    correct = statistics.holm if correction == "holm" else statistics.benjamini_hochberg
    pairs = list(pairwise(names)) if years else list(combinations(names, 2))
    plain = [_contrast(index, a, b, samples, draws) for index in COMPARED for a, b in pairs]
    trends = [_trend(index, names, samples, draws) for index in COMPARED] if years and len(names) > 2 else []
    return Comparison(
        groups=tuple(names),
        correction=correction,
        indices=tuple(_group_index(name, index, samples, draws) for index in COMPARED for name in names),
        contrasts=tuple(
            replace(row, p_corrected=float(p)) for row, p in zip(plain, correct(np.array([r.p for r in plain])), strict=True)
        ),
        trends=tuple(
            replace(row, p_corrected=float(p)) for row, p in zip(trends, correct(np.array([r.p for r in trends])), strict=True)
        ),
        shares=tuple(share for i, name in enumerate(names) for share in _shares(name, groups[name], confusion, i)),
        keyness=keyness({n: [r.text for r in groups[n]] for n in names}, most=words) if words else (),
    )


Samples = Mapping[tuple[str, str], tuple[Floats, Floats]]
Draws = Mapping[tuple[str, str], Floats]


def _sample(reports: Sequence[Report], index: str) -> tuple[Floats, Floats]:
    """Values of the documents in which the index is defined, and their standard errors from the paragraph bootstrap."""
    # A report that was written before an index came to schema 1 is without it.
    rows = [found[index] for report in reports if index in (found := report.indices)]
    kept = [row for row in rows if not math.isnan(row.value)]
    errors = [(row.interval[1] - row.interval[0]) / 3.92 if row.interval else 0.0 for row in kept]
    return np.array([row.value for row in kept]), np.array(errors)


def _limits(draws: Floats) -> tuple[float, float]:
    low, high = np.percentile(draws, [2.5, 97.5])
    return float(low), float(high)


def _group_index(name: str, index: str, samples: Samples, draws: Draws) -> GroupIndex:
    values = samples[name, index][0]
    if not len(values):
        return GroupIndex(name, index, 0, math.nan, math.nan, math.nan)
    return GroupIndex(name, index, len(values), float(values.mean()), *_limits(draws[name, index]))


def _contrast(index: str, a: str, b: str, samples: Samples, draws: Draws) -> Contrast:
    left, right = samples[a, index][0], samples[b, index][0]
    if not len(left) or not len(right):
        nan = math.nan
        return Contrast(index, a, b, nan, nan, nan, nan, nan, nan, "undefined")
    gap = draws[a, index] - draws[b, index]
    difference = float(left.mean() - right.mean())
    many = min(len(left), len(right)) >= statistics.FEW
    p = statistics.permutation_p(left, right) if many else statistics.normal_p(difference, float(gap.std(ddof=1)))
    delta = statistics.cliffs_delta(left, right)
    return Contrast(index, a, b, difference, *_limits(gap), delta, p, math.nan, "permutation" if many else "normal")


def _trend(index: str, names: Sequence[str], samples: Samples, draws: Draws) -> Trend:
    kept = [name for name in names if len(samples[name, index][0])]
    if len(kept) < 2:
        return Trend(index, len(kept), *[math.nan] * 6)
    times = np.array([float(name) for name in kept])
    means = np.array([samples[name, index][0].mean() for name in kept])
    slopes = statistics.theil_sen(times, np.stack([draws[name, index] for name in kept], axis=1))
    tau, p = statistics.mann_kendall(means)
    return Trend(index, len(kept), float(statistics.theil_sen(times, means)), *_limits(slopes), tau, p, math.nan)


def _shares(name: str, reports: Sequence[Report], confusion: Floats | None, seed: int) -> list[Share]:
    """Shares of the six functions; the interval resamples documents and the confusion matrix (Dirichlet)."""
    counted, expected = _function_counts(reports)
    total = counted.sum()
    if not total:
        return [Share(name, f, 0, *[math.nan] * 5) for f in FUNCTIONS]
    adjusted, low, high = (np.full(len(FUNCTIONS), math.nan) for _ in range(3))
    if confusion is not None:
        matrix = np.asarray(confusion, dtype=np.float64)
        shares = counted.sum(axis=0) / total
        adjusted = statistics.adjusted_shares(shares, matrix)
        rng = np.random.default_rng((_SEED, seed))
        weights = rng.multinomial(len(counted), np.full(len(counted), 1 / len(counted)), size=_SHARE_REPLICATES)
        drawn = weights @ counted
        rows = np.stack([rng.dirichlet(row + 0.5, size=_SHARE_REPLICATES) for row in matrix], axis=1)
        low, high = np.percentile(
            statistics.adjusted_shares(drawn / np.maximum(drawn.sum(axis=1, keepdims=True), 1), rows), [2.5, 97.5], axis=0
        )
    mean = expected.sum(axis=0) / total
    raw = counted.sum(axis=0) / total
    return [
        Share(name, f, int(total), float(raw[i]), float(mean[i]), float(adjusted[i]), float(low[i]), float(high[i]))
        for i, f in enumerate(FUNCTIONS)
    ]


def _function_counts(reports: Sequence[Report]) -> tuple[Floats, Floats]:
    """(documents, 6) sentences by predicted function, and sums of probabilities; sentences without a counted character are left out."""
    counted, expected = np.zeros((len(reports), len(FUNCTIONS))), np.zeros((len(reports), len(FUNCTIONS)))
    for i, report in enumerate(reports):
        for sentence in report.sentences:
            if sentence.weight:
                counted[i, FUNCTIONS.index(sentence.function)] += 1
                expected[i] += sentence.p_function
    return counted, expected
