"""Comparison: the statistics against hand-made and library values, the tables, the command."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from formalism_nlp import store
from formalism_nlp.analysis.scorer import Scorer
from formalism_nlp.apps.cli import main
from formalism_nlp.apps.cli.compare import write_tables
from formalism_nlp.corpora import group_statistics as gs
from formalism_nlp.corpora.compare import COMPARED, Comparison, compare
from formalism_nlp.corpora.keyness import keyness, log_odds
from formalism_nlp.values.errors import FormalismError
from formalism_nlp.values.report import FUNCTIONS, Report
from formalism_nlp.views.comparison import document_markdown, table_latex, table_markdown, table_text

probabilities = st.lists(st.one_of(st.floats(0, 1), st.just(math.nan)), max_size=12)


def group_of(scorer: Scorer, level: str) -> list[Report]:
    files = sorted((store.data_folder("corpora") / "documents").glob(f"[AB]*-{level}.txt"))[:7]
    return [scorer.score(path.read_text(encoding="utf-8")) for path in files]


@pytest.fixture(scope="module")
def reports(scorer: Scorer) -> dict[str, list[Report]]:
    return {"口号": group_of(scorer, "slogan"), "实绩": group_of(scorer, "substance")}


@pytest.fixture(scope="module")
def compared(reports: dict[str, list[Report]]) -> Comparison:
    return compare(reports, confusion=np.eye(6) * 40 + 1, words=10)


@given(probabilities)
def test_corrections_keep_their_laws(p: list[float]) -> None:
    values = np.array(p, dtype=np.float64)
    given_p = ~np.isnan(values)
    for corrected in (gs.holm(values), gs.benjamini_hochberg(values)):
        assert np.array_equal(np.isnan(corrected), ~given_p)
        assert (corrected[given_p] >= values[given_p] - 1e-12).all() and (corrected[given_p] <= 1).all()
        order = np.argsort(values[given_p], kind="stable")
        assert (np.diff(corrected[given_p][order]) >= -1e-12).all()
    assert (gs.benjamini_hochberg(values)[given_p] <= gs.holm(values)[given_p] + 1e-12).all()


def test_corrections_by_hand() -> None:
    p = np.array([0.01, 0.04, 0.03])
    assert gs.holm(p) == pytest.approx([0.03, 0.06, 0.06])
    assert gs.benjamini_hochberg(p) == pytest.approx([0.03, 0.04, 0.04])


@given(st.lists(st.integers(0, 9), min_size=4, max_size=15))
def test_trend_statistics_against_scipy(series: list[int]) -> None:
    stats = pytest.importorskip("scipy.stats")
    values, times = np.array(series, dtype=float), np.arange(len(series), dtype=float)
    assert gs.theil_sen(times, values) == pytest.approx(stats.theilslopes(values, times).slope)
    tau, p = gs.mann_kendall(values)
    assert -1 <= tau <= 1 and 0 <= p <= 1
    assert gs.mann_kendall(-values) == pytest.approx((-tau, p))


@settings(max_examples=50)
@given(st.lists(st.floats(0.01, 1), min_size=6, max_size=6), st.integers(0, 1000))
def test_adjusted_shares_undo_a_known_confusion(weights: list[float], seed: int) -> None:
    truth = np.array(weights) / sum(weights)
    confusion = np.eye(6) * 30 + np.random.default_rng(seed).integers(1, 6, (6, 6))
    counted = truth @ (confusion / confusion.sum(axis=1, keepdims=True))
    adjusted = gs.adjusted_shares(counted, confusion, steps=4000)
    assert adjusted == pytest.approx(truth, abs=0.01) and adjusted.sum() == pytest.approx(1)
    assert gs.adjusted_shares(counted, np.eye(6)) == pytest.approx(counted)


def test_permutation_is_blind_without_and_sharp_with_a_difference() -> None:
    rng = np.random.default_rng(3)
    blind = [gs.permutation_p(rng.normal(0, 1, 8), rng.normal(0, 3, 16)) for _ in range(60)]
    assert np.mean(np.array(blind) < 0.05) <= 0.15
    assert gs.permutation_p(np.arange(8.0), np.arange(8.0) + 20) < 0.005
    assert gs.permutation_p(np.ones(5), np.ones(6)) == 1


def test_bootstrap_covers_the_mean_and_few_documents_use_their_own_error() -> None:
    rng = np.random.default_rng(5)
    covered = 0
    for i in range(100):
        low, high = np.percentile(gs.bootstrap_means(rng.normal(2, 1, 20), np.zeros(20), i), [2.5, 97.5])
        covered += low <= 2 <= high
    assert 85 <= covered <= 100
    assert gs.bootstrap_means(np.array([0.5]), np.array([0.1])).std() == pytest.approx(0.1, rel=0.1)
    assert gs.bootstrap_means(np.array([0.5]), np.array([0.0])).std() == 0


def test_cliffs_delta_by_pairs() -> None:
    a, b = np.array([1.0, 2, 2, 5]), np.array([2.0, 3])
    assert gs.cliffs_delta(a, b) == pytest.approx(np.mean(np.sign(a[:, None] - b[None, :])))


def test_log_odds_by_hand_and_antisymmetric() -> None:
    mine, other = {"会议": 9, "公里": 1}, {"会议": 2, "公里": 8}
    background = {"会议": 11, "公里": 9}
    forth, back = log_odds(mine, other, background, 20), log_odds(other, mine, background, 20)
    y1, y2 = 9 + 11, 2 + 11
    delta = math.log(y1 / (30 - y1)) - math.log(y2 / (30 - y2))
    assert forth["会议"] == pytest.approx((delta, delta / math.sqrt(1 / y1 + 1 / y2)))
    for word in background:
        assert forth[word] == pytest.approx(tuple(-x for x in back[word]))


def test_keyness_names_what_was_planted() -> None:
    same = "全镇召开工作会议，研究防汛工作。"
    groups = {"甲": [same + "修通公路八公里。" * 9] * 3, "乙": [same + "提高政治站位。" * 9] * 3}
    words = {group: [k.word for k in keyness(groups) if k.group == group] for group in groups}
    assert "公路" in words["甲"] and "站位" in words["乙"]
    assert "会议" not in words["甲"] + words["乙"]
    assert keyness({"甲": ["会议"]}) == () and keyness({"甲": [""], "乙": [""]}) == ()


def test_groups_that_differ_are_told_apart(compared: Comparison) -> None:
    frame = compared.to_frame("contrasts").set_index("index")
    assert list(frame.index) == list(COMPARED)
    slogan = frame.loc["slogan_density"]
    assert slogan["difference"] > 0 and slogan["low"] > 0 and slogan["p_corrected"] < 0.05 and slogan["method"] == "permutation"
    assert frame.loc["substance", "delta"] < 0
    assert (frame["p_corrected"].dropna() >= frame["p"].dropna()).all()
    means = compared.to_frame("indices")
    assert (means["low"] <= means["mean"] + 1e-9).all() and (means["mean"] <= means["high"] + 1e-9).all()
    shares = compared.to_frame("shares").groupby("group")[["counted", "expected", "adjusted"]].sum()
    assert np.allclose(shares, 1)
    assert compared.trends == () and compared.keyness


def test_reports_from_before_an_index_are_compared_on_the_others(reports: dict[str, list[Report]], compared: Comparison) -> None:
    older = {
        name: [replace(r, index_values=tuple(i for i in r.index_values if i.name != "checkable_results")) for r in members]
        for name, members in reports.items()
    }
    rows = {row.index: row for row in compare(older, words=0).contrasts}
    known = {row.index: row for row in compared.contrasts}
    assert list(rows) == list(known) == list(COMPARED)
    assert rows["checkable_results"].method == "undefined" and known["checkable_results"].difference < 0
    assert rows["substance"].difference == known["substance"].difference


def test_same_input_same_numbers(reports: dict[str, list[Report]], compared: Comparison) -> None:
    assert repr(compare(reports, confusion=np.eye(6) * 40 + 1, words=10)) == repr(compared)


def test_a_group_against_itself_shows_nothing(reports: dict[str, list[Report]]) -> None:
    same = compare({"a": reports["口号"], "b": reports["口号"]}, words=0, correction="bh")
    for row in same.contrasts:
        assert math.isnan(row.p) or (row.difference == 0 and row.p > 0.9 and row.low <= 0 <= row.high)
    assert same.keyness == () and all(math.isnan(share.adjusted) for share in same.shares)


def test_years_have_neighbours_and_trends(reports: dict[str, list[Report]]) -> None:
    plenty = reports["口号"][:2] + reports["实绩"][:2]
    result = compare({str(2000 + i): [report] for i, report in reversed(list(enumerate(plenty)))}, words=0)
    assert result.groups == ("2000", "2001", "2002", "2003")
    assert {(c.a, c.b) for c in result.contrasts} == {("2000", "2001"), ("2001", "2002"), ("2002", "2003")}
    trend = result.to_frame("trends").set_index("index").loc["slogan_density"]
    assert trend["slope"] < 0 and trend["low"] <= trend["slope"] <= trend["high"] and trend["tau"] < 0


@pytest.mark.parametrize("table", ["indices", "contrasts", "shares", "keyness"])
def test_tables_in_three_forms(compared: Comparison, table: str) -> None:
    rows = len(compared.to_frame(table))  # type: ignore[arg-type]
    markdown = table_markdown(compared, table).splitlines()  # type: ignore[arg-type]
    assert len(markdown) == rows + 2 and len({line.count(" | ") for line in markdown}) == 1
    latex = table_latex(compared, table, english=True)  # type: ignore[arg-type]
    assert latex.count("\\\\") == rows + 1 and "_" not in latex.replace("\\_", "")
    assert "more" in table_text(compared, table, most=1)  # type: ignore[arg-type]
    assert document_markdown(compared, ["indices"]).startswith("## 各组指标")


@pytest.mark.parametrize(
    "change",
    [{"groups": {}}, {"groups": "one"}, {"groups": "empty"}, {"correction": "bonferroni"}, {"confusion": np.eye(5)}],
)
def test_bad_parameters_are_named(reports: dict[str, list[Report]], change: dict[str, object]) -> None:
    groups: dict[str, Sequence[Report]] = dict(reports)
    named = change.pop("groups", None)
    if named is not None:
        groups = {"one": {"a": reports["口号"]}, "empty": {"a": reports["口号"], "b": []}}.get(str(named), {})  # type: ignore[assignment]
    with pytest.raises(FormalismError) as error:
        compare(groups, **change)  # type: ignore[arg-type]
    assert error.value.code == "F406"


def test_every_format_is_written(tmp_path: Path, compared: Comparison) -> None:
    for suffix in (".md", ".tex", ".json", ".csv"):
        assert all(path.is_file() for path in write_tables(compared, tmp_path / f"out{suffix}"))
    assert "口号密度" in (tmp_path / "out.md").read_text(encoding="utf-8")
    assert "\\toprule" in (tmp_path / "out.tex").read_text(encoding="utf-8")
    assert len(json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))["shares"]) == 2 * len(FUNCTIONS)
    assert (tmp_path / "out-contrasts.csv").read_bytes().startswith(b"\xef\xbb\xbfindex,")


def test_a_bad_file_is_told_and_stops_nothing(tmp_path: Path, sample_text: str) -> None:
    for group in ("甲", "乙"):
        (tmp_path / group).mkdir()
        (tmp_path / group / "a.txt").write_text(sample_text, encoding="utf-8")
    (tmp_path / "乙" / "坏.txt").write_bytes(b"\x00\x01" * 50)
    done = CliRunner().invoke(main, ["compare", str(tmp_path / "甲"), str(tmp_path / "乙"), "-q", "--words", "0"])
    assert done.exit_code == 2 and "F102" in done.output and "口号密度" in done.output, done.output
    wrong = CliRunner().invoke(main, ["compare", str(tmp_path / "甲"), str(tmp_path / "乙"), "-o", "x.doc"])
    assert wrong.exit_code == 3 and "F402" in wrong.output


def test_the_command_by_year(tmp_path: Path, sample_text: str) -> None:
    for name in ("报告2021.txt", "报告2022.txt", "无年份.txt"):
        (tmp_path / name).write_text(sample_text, encoding="utf-8")
    done = CliRunner().invoke(main, ["compare", "--by-year", str(tmp_path), "-q", "--words", "0"])
    assert done.exit_code == 0, done.output
    assert "2021" in done.output and "无年份" in done.output and "passed over" in done.output
