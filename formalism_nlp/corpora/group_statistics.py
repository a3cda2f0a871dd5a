"""Plain statistics for comparing groups of documents; pure functions of arrays, every random draw with a fixed seed."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
REPLICATES = 2000
FEW = 5  # documents below which resampling documents alone makes intervals far too narrow
_SEED = 20080916
_CHUNK = 4_000_000


def bootstrap_means(values: Floats, errors: Floats, seed: int = 0) -> Floats:
    """Means of ``REPLICATES`` resamples of documents.

    Args:
        values: (n,) one value a document, no NaN, n >= 1.
        errors: (n,) standard error of each value from its own paragraphs, used when n < ``FEW``: each drawn value is then
            blurred by its error, so that one document a year has an interval at all.
        seed: which stream of random numbers.

    Returns:
        (REPLICATES,) means.
    """
    rng = np.random.default_rng((_SEED, seed))
    n = len(values)
    out = np.empty(REPLICATES)
    step = max(1, _CHUNK // n)
    for begin in range(0, REPLICATES, step):
        rows = min(step, REPLICATES - begin)
        draw = rng.integers(0, n, (rows, n))
        sample = values[draw]
        if n < FEW:
            sample = sample + rng.standard_normal((rows, n)) * errors[draw]
        out[begin : begin + rows] = sample.mean(axis=1)
    return out


def permutation_p(a: Floats, b: Floats) -> float:
    """Two-sided p of equal means by permuting group labels of Welch's t (Janssen 1997), so unequal variances do no harm.

    Args:
        a, b: values of two groups, at least two each.

    Returns:
        (1 + permutations at least as extreme) / (1 + permutations); 1 when all values are equal.
    """
    pool, size = np.concatenate((a, b)), len(a)
    if np.ptp(pool) == 0:
        return 1.0
    rng = np.random.default_rng(_SEED)
    observed = abs(float(_welch(pool[None, :], size)[0]))
    extreme = done = 0
    step = max(1, _CHUNK // len(pool))
    while done < REPLICATES:
        rows = min(step, REPLICATES - done)
        shuffled = rng.permuted(np.tile(pool, (rows, 1)), axis=1)
        extreme += int((np.abs(_welch(shuffled, size)) >= observed - 1e-12).sum())
        done += rows
    return (1 + extreme) / (1 + done)


def _welch(rows: Floats, size: int) -> Floats:
    a, b = rows[:, :size], rows[:, size:]
    spread = a.var(axis=1, ddof=1) / a.shape[1] + b.var(axis=1, ddof=1) / b.shape[1]
    gap = a.mean(axis=1) - b.mean(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(spread > 0, gap / np.sqrt(spread), np.where(gap == 0, 0.0, np.sign(gap) * np.inf)))


def normal_p(difference: float, error: float) -> float:
    """Two-sided p of a difference with a known standard error; NaN when the error is 0 or undefined."""
    return math.erfc(abs(difference) / error / math.sqrt(2)) if error > 0 else math.nan


def cliffs_delta(a: Floats, b: Floats) -> float:
    """P(a > b) − P(a < b) over all pairs, −1 to 1 (Cliff 1993)."""
    ordered = np.sort(b)
    above = np.searchsorted(ordered, a, "left").sum()
    below = (len(b) - np.searchsorted(ordered, a, "right")).sum()
    return float(above - below) / (len(a) * len(b))


def holm(p: Floats) -> Floats:
    """Holm's step-down adjusted p-values (1979), controlling the family-wise error; NaN stays NaN and does not count."""
    return _adjusted(p, lambda ordered: np.maximum.accumulate(ordered * np.arange(len(ordered), 0, -1)))


def benjamini_hochberg(p: Floats) -> Floats:
    """Benjamini–Hochberg adjusted p-values (1995), controlling the false discovery rate; NaN stays NaN and does not count."""

    def step_up(ordered: Floats) -> Floats:
        scaled = ordered * len(ordered) / np.arange(1, len(ordered) + 1)
        return np.asarray(np.minimum.accumulate(scaled[::-1])[::-1])

    return _adjusted(p, step_up)


def _adjusted(p: Floats, rule: Callable[[Floats], Floats]) -> Floats:
    out = np.full(len(p), np.nan)
    given = np.flatnonzero(~np.isnan(p))
    if len(given):
        order = given[np.argsort(p[given], kind="stable")]
        out[order] = np.minimum(1.0, rule(p[order]))
    return out


def theil_sen(times: Floats, values: Floats) -> Floats:
    """Median of the slopes between all pairs of periods (Theil 1950, Sen 1968).

    Args:
        times: (n,) different times.
        values: (..., n) series.

    Returns:
        (...,) slopes a unit of time; NaN for fewer than two periods.
    """
    i, j = np.triu_indices(len(times), 1)
    if not len(i):
        return np.full(values.shape[:-1], np.nan)
    return np.asarray(np.median((values[..., j] - values[..., i]) / (times[j] - times[i]), axis=-1))


def mann_kendall(values: Floats) -> tuple[float, float]:
    """Kendall's tau-a against time, and the two-sided p of Mann (1945) with correction for ties and continuity.

    Periods are taken as independent; yearly reports copy from one another, so the p-value is too small rather than too large.
    """
    n = len(values)
    i, j = np.triu_indices(n, 1)
    if n < 4:
        return math.nan, math.nan
    s = float(np.sign(values[j] - values[i]).sum())
    _, ties = np.unique(values, return_counts=True)
    variance = (n * (n - 1) * (2 * n + 5) - float((ties * (ties - 1) * (2 * ties + 5)).sum())) / 18
    z = (s - math.copysign(1.0, s)) / math.sqrt(variance) if s and variance > 0 else 0.0
    return s / len(i), math.erfc(abs(z) / math.sqrt(2))


def adjusted_shares(counted: Floats, confusion: Floats, *, steps: int = 500) -> Floats:
    """True class shares behind the shares a classifier counted: adjusted classify-and-count (Forman 2008; Hopkins and King 2010).

    Solves ``counted = shares @ P(predicted | true)`` by maximum likelihood on the simplex (expectation–maximisation), so shares
    are never negative.

    Args:
        counted: (..., k) shares of predictions, each row sums to 1.
        confusion: (k, k) counts, or (..., k, k), rows the truth, columns the prediction. A class that was never seen keeps
            its own predictions.
        steps: of the iteration.

    Returns:
        (..., k) shares that sum to 1.
    """
    total = confusion.sum(axis=-1, keepdims=True)
    eye = np.broadcast_to(np.eye(confusion.shape[-1]), confusion.shape)
    rates = np.where(total > 0, confusion / np.maximum(total, 1e-300), eye)
    shares = np.full(counted.shape, 1.0 / counted.shape[-1])
    for _ in range(steps):
        expected = np.einsum("...i,...ij->...j", shares, rates)
        ratio = np.divide(counted, expected, out=np.zeros_like(counted), where=expected > 0)
        shares = shares * np.einsum("...ij,...j->...i", rates, ratio)
        shares = shares / shares.sum(axis=-1, keepdims=True)
    return np.asarray(np.where(shares < 1e-9, 0.0, shares))
