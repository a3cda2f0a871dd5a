"""Intervals: how often the paragraph bootstrap covers the truth, how wide it is, and when the library abstains."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from formalism_nlp.analysis.indices import LEAST_CHARACTERS, LEAST_SENTENCES, Sums, compute_indices
from formalism_nlp.analysis.norms import GenreNorm
from formalism_nlp.training.changes import Score, edited
from formalism_nlp.training.checks import Cell, Check, Suite, Table
from formalism_nlp.values.report import INDEX_NAMES, Report

SIZES = (10, 20, 40, 80)
DRAWS = 8
CUTS = (5, 10, 19, 20)
LENGTHS = (0, 600, 1500, 4000, 10_000, 10**9)


@dataclass(frozen=True)
class Trial:
    """One simulated report: whether each interval held the truth (NaN when there was none), and its width.

    ``calibrated`` tells whether the nominal level was chosen on the report it was drawn from (``bootstrap.NOMINAL``).
    """

    size: int
    calibrated: bool
    covered: Mapping[str, float]
    width: Mapping[str, float]


def simulate(name: str, sums: Sums, norm: GenreNorm, *, sizes: Sequence[int] = SIZES, draws: int = DRAWS) -> list[Trial]:
    """Draw short reports from the paragraphs of a long one and look whether their intervals hold the long one's value.

    The truth of a report of n paragraphs is the index at the expected sums (n / N of the long one's), so that the
    smoothing of trace_padding is the same on both sides.

    Args:
        name: of the long report; it seeds the draws.
        sums: its paragraph sums.
        norm: of its genre.
        sizes: paragraphs of the short reports; those over half of the long one's are left out.
        draws: short reports of each size.
    """
    table = sums.table[sums.table[:, 0] > 0]
    number = zlib.crc32(name.encode())
    rng = np.random.default_rng(number)
    trials = []
    for size in sizes:
        if size * 2 > len(table):
            continue
        expected = Sums(table.mean(axis=0, keepdims=True) * size)
        truth = {i.name: i.value for i in compute_indices(expected, norm, sentences=LEAST_SENTENCES, characters=LEAST_CHARACTERS)}
        for _ in range(draws):
            drawn = Sums(table[rng.integers(0, len(table), size)])
            found = compute_indices(drawn, norm, sentences=LEAST_SENTENCES, characters=LEAST_CHARACTERS)
            trials.append(_trial(size, number % 2 == 0, {i.name: i.interval for i in found}, truth))
    return trials


def _trial(size: int, calibrated: bool, intervals: Mapping[str, tuple[float, float] | None], truth: Mapping[str, float]) -> Trial:
    covered, width = {}, {}
    for name in INDEX_NAMES:
        interval = intervals[name]
        low, high = interval if interval is not None else (np.nan, np.nan)
        known = interval is not None and truth[name] == truth[name]
        covered[name] = float(low <= truth[name] <= high) if known else np.nan
        width[name] = high - low
    return Trial(size, calibrated, covered, width)


def coverage(trials: Sequence[Trial]) -> Suite:
    """Coverage and median width by number of paragraphs."""
    rows: list[tuple[Cell, ...]] = []
    for half, calibrated in (("calibration", True), ("check", False)):
        for size in sorted({trial.size for trial in trials}):
            chosen = [trial for trial in trials if trial.size == size and trial.calibrated == calibrated]
            cells = [
                f"{_mean([t.covered[n] for t in chosen]):.1%} / {_median([t.width[n] for t in chosen]):.3g}" for n in INDEX_NAMES
            ]
            rows.append((half, size, len(chosen), *cells))
    held_out = [t for t in trials if t.size >= LEAST_SENTENCES and not t.calibrated]
    checks = tuple(
        Check(f"coverage of {name}, {LEAST_SENTENCES} paragraphs or more, check half", _mean([t.covered[name] for t in held_out]), "≥", 0.9)
        for name in INDEX_NAMES
    )  # fmt: skip
    note = (
        "Short reports drawn from the paragraphs of each public report; the truth is the long report's value. The nominal level "
        "was chosen on the half called calibration, so that 95 % are held; the other half checks it. The "
        "bootstrap knows which paragraphs were drawn, not whether the model is right about them, nor how far the norms themselves vary."
    )
    table = Table(
        "Coverage / median width of the 95 % interval", ("half", "paragraphs", "reports drawn", *INDEX_NAMES), tuple(rows), note
    )
    return Suite("Intervals", (table,), checks)


def widths(reports: Sequence[Report]) -> Suite:
    """Median width by length of real documents."""
    rows: list[tuple[Cell, ...]] = []
    for low, high in pairwise(LENGTHS):
        chosen = [r for r in reports if low <= sum(s.weight for s in r.sentences) < high]
        if not chosen:
            continue
        cells = []
        for name in INDEX_NAMES:
            found = [r.indices[name].interval for r in chosen]
            sizes = [i[1] - i[0] for i in found if i is not None]
            cells.append(f"{np.median(sizes):.3g}" if sizes else "–")
        span = f"{low} – {high - 1}" if high < LENGTHS[-1] else f"{low} and more"
        rows.append((span, len(chosen), sum(r.status == "insufficient_text" for r in chosen), *cells))
    table = Table("Median width by length of real documents", ("characters", "texts", "abstained", *INDEX_NAMES), tuple(rows))
    return Suite("Widths", (table,), ())


def beginning(report: Report, count: int) -> str:
    """The text up to the end of its ``count``-th sentence that has characters to count."""
    counted = [sentence for sentence in report.sentences if sentence.weight > 0]
    return report.text[: counted[min(count, len(counted)) - 1].end] if counted else report.text


def abstention(score: Score, reports: Sequence[Report]) -> Suite:
    """Cut documents after a few sentences and look from which the library abstains.

    Args:
        score: document → report.
        reports: of the whole documents.
    """
    rows: list[tuple[Cell, ...]] = []
    checks = []
    for count in CUTS:
        cut = [score(edited(r.document, beginning(r, count))) for r in reports]
        scored = [r for r in cut if r.status != "insufficient_text"]
        characters = _median([float(sum(s.weight for s in r.sentences)) for r in cut])
        width = _median([i[1] - i[0] for r in scored if (i := r.indices["formalism_index"].interval) is not None])
        rows.append((count, len(cut), f"{characters:.0f}", len(cut) - len(scored), f"{width:.1f}" if scored else "–"))
        if count < LEAST_SENTENCES:
            share = 1.0 - len(scored) / max(len(cut), 1)
            checks.append(Check(f"abstains from texts of {count} sentences: share", share, "≥", 1.0))
    note = (
        f"Beginnings of own documents. The library abstains under {LEAST_SENTENCES} sentences and {LEAST_CHARACTERS} characters."
    )
    header = ("sentences", "texts", "median characters", "abstained", "median width of formalism_index where scored")
    return Suite("Abstention", (Table("Short texts", header, tuple(rows), note),), tuple(checks))


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if value == value]
    return float(np.mean(known)) if known else float("nan")


def _median(values: Sequence[float]) -> float:
    known = [value for value in values if value == value]
    return float(np.median(known)) if known else float("nan")
