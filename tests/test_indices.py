"""Every index re-derived by hand; undefined is NaN with a reason."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from formalism_nlp.analysis.bootstrap import NOMINAL, bounds, intervals, student_quantile
from formalism_nlp.analysis.indices import FORMULAS, compute_indices, sum_paragraphs
from formalism_nlp.analysis.norms import GenreNorm, Norms
from formalism_nlp.values.errors import FormalismError
from formalism_nlp.values.report import INDEX_ZH, Index

NORM = GenreNorm(
    "test",
    4,
    0.5,
    {
        "slogan_density": np.array([0.1, 0.2, 0.3, 0.4]),
        "trace_padding": np.array([0.2, 0.4, 0.6, 0.8]),
        "substance": np.array([0.1, 0.3, 0.5, 0.7]),
    },
)


def sums(rows: list[tuple[int, list[float], float, float]], hits: list[float] | None = None):
    """rows: (characters, [S, A, R, Plan, Problem, Other], p(specific), p(substantive)); one paragraph a row."""
    p = np.array([[*functions, specific, solid] for _, functions, specific, solid in rows])
    w = np.array([row[0] for row in rows])
    return sum_paragraphs(p, w, range(len(rows)), np.array(hits or [0.0] * len(rows)), np.zeros(len(rows), dtype=bool))


ROWS = [
    (100, [1, 0, 0, 0, 0, 0], 0.0, 0.0),
    (200, [0, 0.5, 0.5, 0, 0, 0], 0.8, 0.8),
    (100, [0, 0, 0, 1, 0, 0], 0.4, 0.4),
    (50, [0, 0, 0, 0, 0, 1], 0.0, 0.0),
]


def test_worked_example_of_docs_indices() -> None:
    values = {i.name: i for i in compute_indices(sums(ROWS, [10, 0, 0, 0]), NORM, sentences=30, characters=450)}
    assert values["slogan_density"].value == pytest.approx(100 / 400)
    assert values["trace_padding"].value == pytest.approx((100 + 100 * 0.5) / (200 + 100))
    assert values["substance"].value == pytest.approx((160 + 40) / 400)
    assert values["slogan_hits_per_1000"].value == pytest.approx(1000 * 10 / 450)
    assert values["unsupported_results"].value == pytest.approx(0.2)
    assert values["cheap_talk"].value == pytest.approx(0.6)
    assert values["checkable_results"].value == pytest.approx(200 * 0.5 * 0.8 / 400)
    # mid-ranks: 0.25 above 2 of 4 = 50; 0.5 above 2 of 4 = 50; substance 0.5 above 2 and equal to 1 = 62.5 → 37.5
    assert values["slogan_density"].percentile == 50.0
    assert values["substance"].percentile == 62.5
    assert values["formalism_index"].value == pytest.approx((50 + 50 + 37.5) / 3)
    for index in values.values():
        assert index.value == pytest.approx(index.numerator / index.denominator)
        low, high = index.interval
        assert low <= high


def test_counted_meetings_have_substance_but_no_checkable_result() -> None:
    """The second worked example of docs/indices.md."""
    expected = {"meetings": (0.9, 374 / 460, 0.09), "results": (0.9, 86 / 460, 0.81)}
    for name, activity in (("meetings", 0.9), ("results", 0.1)):
        rows = [(40, [1, 0, 0, 0, 0, 0], 0.0, 0.0), (360, [0, activity, 1 - activity, 0, 0, 0], 1.0, 1.0)]
        values = {i.name: i for i in compute_indices(sums(rows), NORM, sentences=20, characters=400)}
        told = tuple(values[n].value for n in ("substance", "trace_padding", "checkable_results"))
        assert told == pytest.approx(expected[name])
        index = values["checkable_results"]
        assert (index.unit, index.reason) == ("share", "") and math.isnan(index.percentile)
        assert (index.numerator, index.denominator) == pytest.approx((360 * (1 - activity), 400))


_UNIT = st.floats(0, 1)
_ROW = st.tuples(st.integers(0, 300), st.lists(_UNIT, min_size=6, max_size=6).filter(any), _UNIT)


def _rows(drawn: list[tuple[int, list[float], float]]) -> list[tuple[int, list[float], float, float]]:
    """Rows of ``sums`` with functions that sum to 1."""
    return [(w, [x / sum(parts) for x in parts], specific, 0.0) for w, parts, specific in drawn]


def _values(rows: list[tuple[int, list[float], float, float]]) -> dict[str, Index]:
    return {i.name: i for i in compute_indices(sums(rows), NORM, sentences=30, characters=3000)}


@settings(max_examples=60)
@given(st.lists(_ROW, min_size=1, max_size=12))
def test_laws_of_checkable_results(drawn: list[tuple[int, list[float], float]]) -> None:
    rows = _rows(drawn)
    values = _values(rows)
    index, bare = values["checkable_results"], values["unsupported_results"]
    assert math.isnan(index.value) == math.isnan(values["substance"].value) == bool(index.reason)
    assert index.denominator == values["substance"].denominator
    # With the unsupported ones they are all results.
    assert index.numerator + bare.numerator == pytest.approx(bare.denominator)
    if math.isnan(index.value):
        return
    assert 0 <= index.value <= bare.denominator / index.denominator + 1e-9 <= 1 + 2e-9
    # Each product is at most either factor: no more than the specific characters either.
    assert index.numerator <= sum(w * specific for w, _, specific, _ in rows) + 1e-9
    assert index.interval is None or 0 <= index.interval[0] <= index.interval[1] <= 1 + 1e-9


@settings(max_examples=30)
@given(st.lists(_ROW, min_size=1, max_size=8))
def test_what_moves_checkable_results(drawn: list[tuple[int, list[float], float]]) -> None:
    rows = [*_rows(drawn), (200, [0, 0, 0.5, 0.5, 0, 0], 0.5, 0.5)]
    before = _values(rows)["checkable_results"].value
    after = {
        name: _values([*rows, (100, functions, 1.0, 1.0)])["checkable_results"].value
        for name, functions in (("result", [0, 0, 1, 0, 0, 0]), ("activity", [0, 1, 0, 0, 0, 0]), ("other", [0, 0, 0, 0, 0, 1]))
    }
    assert after["activity"] < before < after["result"]
    assert after["other"] == pytest.approx(before)
    firm = _values([(w, functions, 1.0, solid) for w, functions, _, solid in rows])["checkable_results"].value
    bare = _values([(w, functions, 0.0, solid) for w, functions, _, solid in rows])["checkable_results"].value
    assert bare == 0 and before <= firm + 1e-9


def test_undefined_is_nan_with_a_reason() -> None:
    only_plans = [(100, [0, 0, 0, 1, 0, 0], 0.1, 0.1)] * 30
    values = {i.name: i for i in compute_indices(sums(only_plans), NORM, sentences=30, characters=3000)}
    assert math.isnan(values["trace_padding"].value) and "almost no claim" in values["trace_padding"].reason
    assert not math.isnan(values["formalism_index"].value)
    assert "mean of the other two" in values["formalism_index"].reason
    only_other = [(100, [0, 0, 0, 0, 0, 1], 0.0, 0.0)] * 30
    values = {i.name: i for i in compute_indices(sums(only_other), NORM, sentences=30, characters=3000)}
    assert all(
        math.isnan(values[n].value) and values[n].reason
        for n in ("slogan_density", "substance", "formalism_index", "checkable_results")
    )


@pytest.mark.parametrize(("sentences", "characters", "silent"), [(19, 599, True), (20, 10, False), (3, 600, False)])
def test_short_texts_get_no_indices(sentences: int, characters: int, silent: bool) -> None:
    indices = compute_indices(sums(ROWS), NORM, sentences=sentences, characters=characters)
    assert [i.name for i in indices] == list(FORMULAS) == list(INDEX_ZH)
    assert all(math.isnan(i.value) and "insufficient text" in i.reason for i in indices) == silent


def test_intervals_are_deterministic_narrow_with_length_and_bounded_in_cost() -> None:
    def width(copies: int) -> float:
        first, second = (compute_indices(sums(ROWS * copies), NORM, sentences=30, characters=9000) for _ in range(2))
        assert first == second
        low, high = first[0].interval
        return high - low

    assert width(400) < width(40) < width(4)


def test_unknown_genre_lists_the_known_ones() -> None:
    norms = Norms({"all": NORM, "test": NORM}, {"测试": "test"})
    assert norms.find("测试") is norms.genres["test"]
    assert norms.find("") is norms.genres["all"]
    with pytest.raises(FormalismError, match=r"F401.*known: all, test, 测试"):
        norms.find("小说")


@pytest.mark.parametrize("freedom", [5, 9, 19, 60, 399])
def test_student_quantile_is_that_of_scipy(freedom: int) -> None:
    assert student_quantile(0.975, freedom) == pytest.approx(stats.t.ppf(0.975, freedom), abs=1e-3)


def test_intervals_of_few_paragraphs_are_wider_than_plain_percentiles() -> None:
    values = np.random.default_rng(3).normal(size=(1, 1000))
    plain = np.percentile(values, [50 - 50 * NOMINAL, 50 + 50 * NOMINAL])
    widths = []
    for units in (2, 5, 10, 40, 400):
        (found,) = intervals(values, units)
        assert found is not None
        low, high = bounds(units)
        assert found == pytest.approx(np.percentile(values, [100 * low, 100 * high]))
        assert found[0] < plain[0]
        assert found[1] > plain[1]
        widths.append(found[1] - found[0])
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] == pytest.approx(plain[1] - plain[0], rel=0.02)
