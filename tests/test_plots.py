"""Plots are well-formed, say what the values say, and survive hostile names."""

from __future__ import annotations

import math
import sys
import warnings
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formalism_nlp.analysis.scorer import Scorer
from formalism_nlp.corpora.compare import compare
from formalism_nlp.values.document import Document
from formalism_nlp.values.errors import FormalismError
from formalism_nlp.values.report import FUNCTIONS, Report
from formalism_nlp.views import plots
from formalism_nlp.views.plots import COLOURS, Estimate
from formalism_nlp.views.svg import Plot, Scale, shorten

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "</svg><script>alert(1)</script>\x00\x1b\ud800&\"'"


@pytest.fixture(scope="module")
def report(scorer: Scorer, sample_text: str) -> Report:
    return scorer.score(Document.from_text(sample_text, name="a/b.txt"))


def parse(plot: Plot) -> ElementTree.Element:
    """Every plot is XML without scripts and without links."""
    root = ElementTree.fromstring(str(plot))  # noqa: S314 - our own text
    assert not [e for e in root.iter() if e.tag.rpartition("}")[2] in ("script", "image", "foreignObject", "a", "use")]
    return root


def words(plot: Plot) -> str:
    return "".join(parse(plot).itertext())


def test_strip_is_as_long_as_the_text_and_in_its_colours(report: Report) -> None:
    rects = [r for r in parse(plots.sentence_strip(report)).iter(f"{SVG}rect") if r.get("height") == "46"]
    counted = [s for s in report.sentences if s.weight]
    assert [r.get("fill") for r in rects] == [COLOURS[s.function] for s in counted]
    assert sum(float(r.get("width", 0)) for r in rects) == pytest.approx(880, abs=0.01 * len(rects))


def test_profile_prints_the_counts(report: Report) -> None:
    root = parse(plots.document_profile(report))
    tips = [e.text or "" for e in root.iter(f"{SVG}title")]
    for form, row in report.profile.items():
        name = plots.ROW_NAMES[form][0]
        for count in row.values():
            assert any(tip.startswith(f"{name} ·") and tip.endswith(f": {count}") for tip in tips)


def test_strip_of_nothing(scorer: Scorer) -> None:
    empty = scorer.score("——")
    parse(plots.sentence_strip(empty))
    parse(plots.document_profile(empty))


def test_hostile_names_stay_text(scorer: Scorer, sample_text: str) -> None:
    hostile = scorer.score(Document.from_text(HOSTILE + sample_text, name=HOSTILE, title=HOSTILE))
    for plot in (
        plots.sentence_strip(hostile),
        plots.document_profile(hostile),
        plots.index_distribution({HOSTILE: 0.5}, HOSTILE, reference=[0.1], reference_name=HOSTILE),
        plots.forest([Estimate(HOSTILE, 0.5)], HOSTILE, reference=0.5, reference_name=HOSTILE),
        plots.time_series({HOSTILE: [Estimate(HOSTILE, 0.5, at=2020)]}, HOSTILE),
        plots.reuse_heat_map([HOSTILE], [[1.0]], HOSTILE),
    ):
        assert "alert" in words(plot)


@given(st.lists(st.floats(0, 1) | st.just(math.nan), max_size=40), st.integers(1, 30))
def test_histogram_shares_sum_to_one(values: list[float], bins: int) -> None:
    shares = plots.histogram(values, 1.0, bins)
    assert len(shares) == bins
    assert sum(shares) == pytest.approx(1.0 if any(not math.isnan(v) for v in values) else 0.0)


@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6))
def test_ticks_are_round_few_and_inside(low: float, width: float) -> None:
    scale = Scale(low, low + width, 0, 100)
    ticks = scale.ticks()
    assert ticks == sorted(ticks) and len(ticks) <= 8
    slack = 1e-6 * width + 2 * math.ulp(abs(low) + width)  # a tick is i · step: it may miss a bound by what floats can tell apart
    assert all(low - slack <= t <= low + width + slack + 1e-9 for t in ticks)


@given(st.floats(-10, 10), st.floats(-10, 10))
def test_scale_keeps_order_and_clips(a: float, b: float) -> None:
    scale = Scale(0, 1, 50, 150)
    assert 50 <= scale(a) <= 150
    assert (scale(a) <= scale(b)) or a > b


@given(st.lists(st.floats(0, 1) | st.just(math.nan), min_size=1, max_size=12))
def test_forest_and_series_draw_any_values(values: list[float]) -> None:
    estimates = [Estimate(f"组{i}", v, v - 0.1, v + 0.1, at=2000 + i, size=i) for i, v in enumerate(values)]
    known = [v for v in values if not math.isnan(v)]
    circles = list(parse(plots.forest(estimates, "题")).iter(f"{SVG}circle"))
    assert len(circles) == len(known)
    assert words(plots.forest(estimates, "题")).count("无定义") == len(values) - len(known)
    if known:
        assert len(list(parse(plots.time_series({"substance": estimates}, "题")).iter(f"{SVG}circle"))) == len(known)


def test_groups_of_a_comparison(scorer: Scorer, sample_text: str) -> None:
    reports = [scorer.score(sample_text), scorer.score(sample_text.replace("落实", "推进"))]
    comparison = compare({"1999": reports[:1], "2001": reports}, words=0)
    estimates = plots.group_estimates(comparison, "substance")
    assert [(e.label, e.at, e.size) for e in estimates] == [("1999", 1999.0, 1), ("2001", 2001.0, 2)]
    assert estimates[0].value == pytest.approx(reports[0].substance)
    parse(plots.forest(estimates, "实度"))
    parse(plots.time_series({"substance": estimates}, "实度"))


def test_missing_years_are_dashed_and_have_no_band() -> None:
    points = [Estimate("", 0.5, 0.4, 0.6, at=year) for year in (1954, 1955, 1978, 1979)]
    root = parse(plots.time_series({"substance": points}, "题"))
    assert len([e for e in root.iter(f"{SVG}line") if e.get("stroke-dasharray")]) == 1
    assert len(list(root.iter(f"{SVG}polygon"))) == 2


def test_distribution_counts_what_it_leaves_out() -> None:
    text = words(plots.index_distribution({"甲": 0.2, "乙": math.nan}, "substance"))
    assert "n=1" in text and "undefined: 1" in text and "实度" in text


@pytest.mark.parametrize(
    "draw",
    [
        lambda: plots.forest([], "题"),
        lambda: plots.time_series({"a": []}, "题"),
        lambda: plots.reuse_heat_map(["甲", "乙"], [[1.0, 0.0]]),
        lambda: plots.reuse_heat_map(["甲"], [[1.0, 0.0]]),
    ],
)
def test_bad_values_are_named(draw: object) -> None:
    with pytest.raises(FormalismError, match="F110"):
        draw()  # type: ignore[operator]


def test_plot_shows_itself_in_notebooks(report: Report) -> None:
    plot = plots.sentence_strip(report)
    assert str(plot) in plot._repr_html_() and len(repr(plot)) < 80


@given(st.text(max_size=50), st.integers(1, 20))
def test_shorten(text: str, most: int) -> None:
    assert len(shorten(text, most)) <= most and (len(text) > most or shorten(text, most) == text)


def test_every_function_has_a_colour() -> None:
    assert set(COLOURS) == set(FUNCTIONS) and len(set(COLOURS.values())) == len(FUNCTIONS)


class TestPaper:
    """The matplotlib variants."""

    @pytest.fixture(autouse=True)
    def _needs_matplotlib(self) -> None:
        pytest.importorskip("matplotlib")

    def figures(self, report: Report) -> list[object]:
        from formalism_nlp.views import paper_plots

        groups = [Estimate("县级", 0.4, 0.3, 0.5, size=9), Estimate("乡镇", math.nan)]
        years = {"substance": [Estimate("", 0.4, 0.3, 0.5, at=y) for y in (1954, 1955, 1978)]}
        return [
            paper_plots.sentence_strip(report),
            paper_plots.document_profile(report),
            paper_plots.index_distribution({"甲": 0.4}, "substance", reference=[0.1, 0.9], reference_name="常模"),
            paper_plots.forest(groups, "实度", reference=0.4, reference_name="总体"),
            paper_plots.time_series(years, "年份", top=1.0),
            paper_plots.reuse_heat_map(["甲", "乙"], [[1.0, 0.3], [0.2, 1.0]]),
        ]

    def test_all_glyphs_are_there_and_settings_stay(self, report: Report, tmp_path) -> None:  # type: ignore[no-untyped-def]
        import matplotlib as mpl

        from formalism_nlp.views import paper_plots

        try:
            paper_plots.cjk_font()
        except FormalismError as error:
            pytest.skip(f"no Chinese font on this machine: {error.code}")
        before = dict(mpl.rcParams)
        with warnings.catch_warnings():
            warnings.filterwarnings("error", message=".*[Gg]lyph.*")
            for number, figure in enumerate(self.figures(report)):
                figure.savefig(tmp_path / f"{number}.pdf")  # type: ignore[attr-defined]
        assert dict(mpl.rcParams) == before
        assert all((tmp_path / f"{n}.pdf").read_bytes().startswith(b"%PDF") for n in range(6))

    def test_without_a_font_the_message_says_what_to_do(self, report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
        from formalism_nlp.views import paper_plots

        monkeypatch.setattr(paper_plots, "CJK_FONTS", ("No Such Font",))
        with pytest.raises(FormalismError, match=r"F610.*fonts-noto-cjk"):
            paper_plots.sentence_strip(report)

    def test_without_matplotlib_the_message_names_the_extra(self, report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
        from formalism_nlp.views import paper_plots

        monkeypatch.setitem(sys.modules, "matplotlib", None)
        with pytest.raises(FormalismError, match=r"F607.*formalism-nlp\[plots\]"):
            paper_plots.sentence_strip(report)
