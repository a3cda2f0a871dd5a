"""Advice by clause: each check speaks where it should and keeps quiet where the rule does not reach."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import formalism_nlp as fn
from formalism_nlp import store
from formalism_nlp.analysis.official_rules import SHINGLE, body_end, copied, count_words, merge
from formalism_nlp.analysis.official_table import CHECKS
from formalism_nlp.values.document import Document
from formalism_nlp.values.report import Advice, Report

NOTICE = "云溪县人民政府办公室关于做好山塘清淤工作的通知"
WORK = "各镇在9月底前清淤山塘12口，由水利站站长负责，完工一口、验收一口，县水利局10月5日前逐口复查淤泥厚度。\n"


def advice(text: str, *, title: str = NOTICE, genre: str = "notice", parent: str = "") -> dict[str, Advice]:
    report = fn.score(Document.from_text(text, title=title, genre=genre), parent=parent)
    check_laws(report)
    return {a.id: a for a in report.official_rules}


def check_laws(report: Report) -> None:
    ids = [a.id for a in report.official_rules]
    assert ids == sorted(set(ids))
    for a in report.official_rules:
        assert a.severity in ("info", "advice") and a.clause and a.source and a.message and a.message_en
        assert "{" not in a.message + a.message_en
        assert list(a.spans) == sorted(a.spans)
        for start, end in a.spans:
            assert 0 <= start < end <= len(report.text)


def numbered(count: int) -> str:
    return "".join(f"{i}号山塘" + WORK for i in range(count))


def test_length_of_a_document_sent_down() -> None:
    long = advice(numbered(110))
    assert long["OFF001"].severity == "advice" and long["OFF001"].clause.startswith("一")
    assert re.search(r"\d{4}", long["OFF001"].message)
    middle = advice(numbered(85))
    assert "OFF002" in middle and "OFF001" not in middle
    assert not {"OFF001", "OFF002"} & set(advice(numbered(20)))


@pytest.mark.parametrize(
    ("title", "genre"), [("在全县水利会议上的讲话", ""), ("云溪县水利工作总结", ""), (NOTICE, "speech"), ("无题", "")]
)
def test_length_rules_keep_quiet_on_speeches_and_upward_reports(title: str, genre: str) -> None:
    assert "OFF001" not in advice(numbered(110), title=title, genre=genre)


def test_attachments_do_not_count() -> None:
    text = numbered(60) + "附件：\n" + numbered(45)
    assert body_end(text) < len(text)
    assert not {"OFF001", "OFF002"} & set(advice(text))


def test_routine_sections() -> None:
    text = f"一、充分认识清淤的重要意义\n{'山塘清淤关系春耕，意义重大。' * 8}\n二、基本原则\n{'坚持因地制宜，坚持群众自愿。' * 4}\n三、工作任务\n{WORK * 3}"
    found = advice(text)["OFF003"]
    assert found.severity == "advice"
    assert [text[a:b].split("\n")[0] for a, b in found.spans] == ["一、充分认识清淤的重要意义", "二、基本原则"]
    assert "OFF003" not in advice(f"一、工作任务\n{WORK * 5}")


def test_wordy_guarantees() -> None:
    many = f"一、工作任务\n{WORK}二、组织保障\n{'各镇要加强组织领导，压实责任，强化督促，营造氛围。' * 6}\n"
    few = f"一、工作任务\n{WORK * 12}二、组织保障\n各镇由分管负责同志牵头。\n"
    assert advice(many)["OFF004"].severity == "advice"
    assert advice(few)["OFF004"].severity == "info"


PARENT = "各县（市、区）要把山塘清淤作为冬修的第一件事，摸清底数、分级负责，优先安排病险山塘，做到清一口、管一口、见效一口。"


def test_copying_of_the_parent_document() -> None:
    text = WORK + PARENT + WORK
    found = advice(text, parent="前言。" + PARENT + "后语。")["OFF005"]
    assert "".join(text[a:b] for a, b in found.spans).startswith("各县（市、区）要把山塘清淤")
    assert "OFF005" not in advice(WORK * 3, parent=PARENT)
    assert "OFF005" not in advice(text)


def test_demands_to_report_and_to_issue_more_papers() -> None:
    text = numbered(3) + "请各镇于每月5日前报送工作落实情况。请各镇制定具体实施方案并报县水利局。\n"
    found = advice(text)
    assert "OFF006" in found and len(found["OFF006"].spans) >= 1
    assert "OFF006" not in advice(numbered(3) + "不得要求村级报送工作落实情况。\n")


def test_what_may_not_count_as_work() -> None:
    folder = store.data_folder("corpora") / "documents"
    named: set[str] = set()
    quoted: list[str] = []
    for name in ("A1", "B1", "B2", "B3"):
        text = (folder / f"{name}-trace.txt").read_text(encoding="utf-8")
        found = advice(text, title="", genre="work-summary")
        wanted = {"OFF008", "OFF009", "OFF011"} & set(found)
        assert len(wanted) >= 2 and {found[i].severity for i in wanted} == {"info"}
        named |= wanted
        quoted += [text[a:b] for a, b in found["OFF011"].spans] if "OFF011" in found else []
    assert named == {"OFF008", "OFF009", "OFF011"}
    assert any("打卡" in words for words in quoted)


def test_substance_gets_no_such_advice() -> None:
    text = (store.data_folder("corpora") / "documents" / "A1-substance.txt").read_text(encoding="utf-8")
    assert not {"OFF008", "OFF009", "OFF010", "OFF011", "OFF012"} & set(advice(text, title="", genre="work-summary"))


def test_records_the_law_requires_are_excepted() -> None:
    text = "一、执法情况\n依法建立行政执法案卷36本，执法全过程记录照片1200张，按规定归档。\n" + WORK
    assert "OFF009" not in advice(text, title="执法工作总结", genre="work-summary")


def test_an_article_against_formalism_gets_no_such_advice() -> None:
    path = Path(__file__).parent / "documents" / "critic-2.txt"
    found = advice(path.read_text(encoding="utf-8"), title="", genre="")
    assert not {"OFF008", "OFF009", "OFF011", "OFF012"} & set(found)


def test_long_and_repeated_sentences() -> None:
    long = "要" + "统筹推进山塘清淤、渠道疏浚、堤坝加固、林带补植、" * 12 + "确保汛期安全。"
    assert "OFF013" in advice(long + WORK)
    assert "OFF015" in advice(WORK + "中间另有一句话说别的事情，写在这里。\n" + WORK)


def test_the_table_is_whole() -> None:
    assert [c.id for c in CHECKS] == [f"OFF{i:03}" for i in range(1, len(CHECKS) + 1)]
    for check in CHECKS:
        assert check.severity in ("info", "advice") and check.scope in ("any", "sent-down")
        assert check.title and check.title_en and check.clause and "（" in check.source
        assert re.findall(r"\{(\w+)\}", check.message)
        assert set(re.findall(r"\{(\w+)\}", check.message_en)) <= set(re.findall(r"\{(\w+)\}", check.message))


def test_words_are_counted_as_offices_do() -> None:
    assert count_words("印发 36 份，增长5.2%，用App。") == 2 + 1 + 1 + 2 + 1 + 1 + 1
    assert count_words("") == 0


@settings(max_examples=60)
@given(
    st.text(alphabet="山塘清淤各镇要在月底前。，\n12", max_size=120),
    st.text(alphabet="山塘清淤各镇要在月底前。，\n12", max_size=120),
)
def test_copied_stretches_stand_in_both(text: str, parent: str) -> None:
    share, spans = copied(text, parent)
    assert 0.0 <= share <= 1.0 and bool(spans) == (share > 0)

    def bare(s: str) -> str:
        return "".join(c for c in s if c.isalnum())

    for start, end in spans:
        assert len(bare(text[start:end])) >= SHINGLE
        assert bare(text[start:end])[:SHINGLE] in bare(parent)
    if len(bare(text)) >= SHINGLE:
        assert copied(text, text)[0] == 1.0


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 9)).map(lambda p: (p[0], p[0] + p[1])), max_size=12))
def test_merged_spans_cover_the_same_characters_once(spans: list[tuple[int, int]]) -> None:
    merged = merge(spans)
    assert {i for a, b in merged for i in range(a, b)} == {i for a, b in spans for i in range(a, b)}
    assert all(b < c for (_, b), (c, _) in pairwise(merged))
