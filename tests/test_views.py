"""Views only read; what they print is safe, complete and stable."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import formalism_nlp as fn
from formalism_nlp.batch.output import csv_text
from formalism_nlp.values.document import Document
from formalism_nlp.views.frame import DOCUMENT_COLUMNS, document_row
from formalism_nlp.views.page import document_page, folder_page, fragment
from formalism_nlp.views.table import display_width, document_table
from formalism_nlp.views.terminal import explain

ATTACK = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>&lt;。"


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.stack: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in ("meta", "br", "hr"):
            self.stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def parse(page: str) -> _Tags:
    parser = _Tags()
    parser.feed(page)
    assert parser.stack == []
    return parser


def test_page_holds_the_text_and_nothing_that_runs(sample_text: str) -> None:
    report = fn.score(Document.from_text(sample_text + ATTACK, name=ATTACK, title=ATTACK))
    parser = parse(document_page(report))
    assert not parser.tags & {"script", "img", "iframe", "link"}
    assert not any(name.startswith("on") for name in parser.attributes)
    assert sample_text + ATTACK in parser.text
    assert "只衡量措辞" in parser.text


def test_folder_page_lists_reports_and_failures(sample_text: str) -> None:
    good = fn.score(Document.from_text(sample_text, name="good.txt"))
    page = folder_page([fn.Failure("bad.txt", "F101", "F101 空"), good], "测试")
    text = parse(page).text
    assert text.index("good.txt") < text.index("bad.txt")
    assert "2 份文档，1 份失败" in text


def test_highlighted_text_is_the_text_even_with_surrogates() -> None:
    report = fn.score("召开会议12次，高度重视。\n\ud800坚决落实“四个意识”。")
    inner = re.search(r"<div class='text'>(.*?)</div>", fragment(report), re.S)
    assert inner and parse(inner[1]).text == report.text.replace("\ud800", "\ufffd")


def test_explain_marks_evidence_once_and_keeps_every_character(sample_text: str) -> None:
    report = fn.score(sample_text)
    plain = explain(report, lambda text, _: text)
    for sentence in report.sentences:
        assert sentence.text.strip() in plain
    assert "—" in explain(fn.score("好。"), lambda text, _: text)


def test_table_columns_line_up(sample_text: str) -> None:
    report = fn.score(Document.from_text(sample_text, name="很长的文件名" * 10))
    lines = document_table([report, fn.score(Document.from_text(sample_text, name="b"))]).splitlines()
    assert len({display_width(line) for line in lines[:5]}) == 1
    assert "另有 1 份" in document_table([report, report], most=1)


def test_csv_cells_cannot_become_formulas(sample_text: str) -> None:
    text = csv_text([fn.Failure("=HYPERLINK(1)", "F101", "@x"), fn.score(Document.from_text(sample_text, name="+a"))])
    assert text.startswith("\ufeff")
    assert "'=HYPERLINK(1)" in text and "'@x" in text and "'+a" in text


def test_document_row_has_every_column_for_both_kinds(sample_text: str) -> None:
    for result in (fn.Failure("a", "F101", "m"), fn.score(sample_text)):
        assert list(document_row(result)) == list(DOCUMENT_COLUMNS)
    row = document_row(fn.score(sample_text))
    report = fn.score(sample_text)
    assert {i.name: row[i.name] for i in report.index_values if not i.reason} == {
        i.name: i.value for i in report.index_values if not i.reason
    }
    assert row["slogan_density_low"] <= row["slogan_density"] <= row["slogan_density_high"]
    assert sum(row[f"n_{name}"] for name in ("slogan", "activity", "result", "plan", "problem", "other")) == row["sentences"]
