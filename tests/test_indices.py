"""Every index re-derived by hand; undefined is NaN with a reason."""

from __future__ import annotations

import math

import numpy as np
import pytest

from formalism_nlp.analysis.indices import FORMULAS, compute_indices, sum_paragraphs
from formalism_nlp.analysis.norms import GenreNorm, Norms
from formalism_nlp.values.errors import FormalismError

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
    # mid-ranks: 0.25 above 2 of 4 = 50; 0.5 above 2 of 4 = 50; substance 0.5 above 2 and equal to 1 = 62.5 → 37.5
    assert values["slogan_density"].percentile == 50.0
    assert values["substance"].percentile == 62.5
    assert values["formalism_index"].value == pytest.approx((50 + 50 + 37.5) / 3)
    for index in values.values():
        assert index.value == pytest.approx(index.numerator / index.denominator)
        low, high = index.interval
        assert low <= high


def test_undefined_is_nan_with_a_reason() -> None:
    only_plans = [(100, [0, 0, 0, 1, 0, 0], 0.1, 0.1)] * 30
    values = {i.name: i for i in compute_indices(sums(only_plans), NORM, sentences=30, characters=3000)}
    assert math.isnan(values["trace_padding"].value) and "almost no claim" in values["trace_padding"].reason
    assert not math.isnan(values["formalism_index"].value)
    assert "mean of the other two" in values["formalism_index"].reason
    only_other = [(100, [0, 0, 0, 0, 0, 1], 0.0, 0.0)] * 30
    values = {i.name: i for i in compute_indices(sums(only_other), NORM, sentences=30, characters=3000)}
    assert all(math.isnan(values[n].value) and values[n].reason for n in ("slogan_density", "substance", "formalism_index"))


@pytest.mark.parametrize(("sentences", "characters", "silent"), [(19, 599, True), (20, 10, False), (3, 600, False)])
def test_short_texts_get_no_indices(sentences: int, characters: int, silent: bool) -> None:
    indices = compute_indices(sums(ROWS), NORM, sentences=sentences, characters=characters)
    assert [i.name for i in indices] == list(FORMULAS)
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
