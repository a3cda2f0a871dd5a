"""``formalism report``: one page that holds every document, leads nowhere outside, and says what it leaves out."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from formalism_nlp import store
from formalism_nlp.apps.cli import main
from formalism_nlp.batch.outcome import Setup
from formalism_nlp.batch.report import _unique, report_folder
from formalism_nlp.corpora.outliers import LEAST_DOCUMENTS, find_outliers
from formalism_nlp.corpora.reuse import Passage
from formalism_nlp.values.errors import FormalismError
from formalism_nlp.views import folder_report
from formalism_nlp.views.folder_report import distinct

DOCUMENTS = store.data_folder("corpora") / "documents"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve documents in two folders, two of them with the same name, one broken file."""
    path = tmp_path_factory.mktemp("folder")
    for number, source in enumerate(sorted(DOCUMENTS.glob("B[123]-*.txt"))):
        target = path / ("甲" if number % 2 else "乙") / f"报告{number // 2}.txt"
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(source.read_bytes())
    (path / "坏<b>.txt").write_bytes(b"\x00\x01\x02" * 50)
    return path


@pytest.fixture(scope="module")
def page(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    output = tmp_path_factory.mktemp("out") / "报告.html"
    made = report_folder([folder], output, workers=1)
    assert made.documents == 13 and dict(made.failures) == {"F102": 1} and made.size == output.stat().st_size
    return output.read_text(encoding="utf-8")


def test_page_is_closed_in_itself(page: str) -> None:
    tree = html.fromstring(page)
    assert not tree.xpath("//script | //link | //img | //iframe | //*[@src]")
    assert not [u for u in re.findall(r"https?://[^\s\"'<]+", page) if not u.startswith("http://www.w3.org/")]
    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids))
    targets = {h.removeprefix("#") for h in tree.xpath("//a/@href")}
    assert targets <= set(ids), targets - set(ids)


def test_page_holds_every_document_and_the_failure(page: str, folder: Path) -> None:
    tree = html.fromstring(page)
    ranking = tree.xpath("//*[@id='ranking']")[0].text_content()
    for path in folder.rglob("*.txt"):
        assert str(path.relative_to(folder)) in ranking
    assert "F102" in ranking and "<b>.txt" not in page
    assert len([i for i in tree.xpath("//section/@id") if re.fullmatch(r"d\d+", i)]) == 12
    assert len(tree.xpath("//section[starts-with(@id, 'd')]//*[@class='text']")) == 12


def test_ranking_falls(page: str) -> None:
    rows = html.fromstring(page).xpath("//*[@id='ranking']//tr[td/a]")
    values = [row.xpath("td")[5].text_content() for row in rows]
    known = [float(v) for v in values if v != "—"]
    assert known == sorted(known, reverse=True) and values[: len(known)] == [f"{v:.0f}" for v in known]


def test_a_second_run_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "r.html"
    report_folder([folder], output, workers=1)
    first = output.read_bytes()
    report_folder([folder], output, workers=1)
    assert output.read_bytes() == first


def test_text_stops_at_the_limit_and_says_so(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_report, "MOST_CHARACTERS", 1)
    output = tmp_path / "r.html"
    report_folder([folder], output, workers=1, reuse=False)
    tree = html.fromstring(output.read_text(encoding="utf-8"))
    assert len(tree.xpath("//*[@class='text']")) == 1
    assert len(tree.xpath("//section[starts-with(@id, 'd')]//*[@class='gauges']")) == 12
    assert "11 份只列数字" in tree.text_content()


def test_shared_passages_are_found_and_shown(tmp_path: Path) -> None:
    passage = "会议强调，各部门要对照清单逐项整改，九月底前完成老旧管网改造并向社会公布结果。"
    for name in ("甲", "乙"):
        (tmp_path / f"{name}.txt").write_text(
            f"{name}县今年的开头各写各的，互不相同。\n{passage}\n{name}收尾。", encoding="utf-8"
        )
    made = report_folder([tmp_path], tmp_path / "out" / "r.html", workers=1)
    assert made.passages == 1
    tree = html.fromstring((tmp_path / "out" / "r.html").read_text(encoding="utf-8"))
    marks = tree.xpath("//*[@id='reuse']//*[@class='pair']//mark")
    assert len(marks) == 2 and all("对照清单逐项整改" in mark.text_content() for mark in marks)


def test_wrong_format_and_genre_stop_before_any_work(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(FormalismError, match="F402"):
        report_folder([folder], tmp_path / "r.csv")
    with pytest.raises(FormalismError, match="F401"):
        report_folder([folder], tmp_path / "r.html", setup=Setup(genre="没有"))
    assert not list(tmp_path.iterdir())


def test_command(folder: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(
        main, ["report", str(folder), "-o", str(tmp_path / "r.html"), "-q", "--title", "标题<i>", "--workers", "1"]
    )
    assert done.exit_code == 2, done.output
    assert "13 份文档" in done.output and "F102 × 1" in done.output
    assert "标题&lt;i&gt;" in (tmp_path / "r.html").read_text(encoding="utf-8")
    assert CliRunner().invoke(main, ["report", str(folder), "-o", str(tmp_path / "r.txt")]).exit_code == 3


@given(st.lists(st.text("ab/", max_size=5), max_size=8))
def test_keys_are_unique(names: list[str]) -> None:
    keys = _unique(names)
    assert len(keys) == len(names) == len(set(keys))


values = st.lists(st.floats(0, 1), min_size=LEAST_DOCUMENTS, max_size=30)


@given(values, st.floats(0.5, 2.0), st.floats(-1, 1))
def test_outliers_do_not_depend_on_unit_and_origin(column: list[float], factor: float, shift: float) -> None:
    named = {str(i): round(v, 3) for i, v in enumerate(column)}
    before = find_outliers({"x": named})
    after = find_outliers({"x": {k: v * factor + shift for k, v in named.items()}})
    # Scores at the very cut may fall on either side by rounding.
    clear = {o.name for o in before if abs(abs(o.score) - 3.5) > 1e-6}
    assert clear <= {o.name for o in after}


def test_outliers_need_company_and_spread() -> None:
    column = {str(i): i / 100 for i in range(20)} | {"far": 5.0, "gone": math.nan}
    assert [o.name for o in find_outliers({"x": column})] == ["far"]
    assert find_outliers({"x": dict(list(column.items())[:9]) | {"far": math.nan}}) == ()
    assert find_outliers({"x": dict.fromkeys(map(str, range(20)), 0.5) | {"far": 5.0}}) == ()


def test_passages_are_listed_once() -> None:
    def passage(text: str) -> Passage:
        return Passage(text, "a", 0, len(text), len(text), 2)

    listed = distinct([passage("一二三四五六"), passage("零一二三四五六"), passage("三四五"), passage("七八九十")], 5)
    assert [p.text for p in listed] == ["一二三四五六", "七八九十"]
