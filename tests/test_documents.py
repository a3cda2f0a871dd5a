"""Real and hard documents: what must not embarrass the user."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

import formalism_nlp as fn
from formalism_nlp import store
from formalism_nlp.training.matched_sets import LEVELS, ORDERINGS

HERE = Path(__file__).parent / "documents"


@pytest.mark.parametrize("path", sorted(HERE.glob("critic-*.txt")), ids=lambda p: p.stem)
def test_an_article_against_formalism_is_not_formalistic(path: Path) -> None:
    report = fn.score(fn.read(path))
    trace = report.indices["trace_padding"]
    assert trace.value != trace.value or trace.percentile < 50, trace
    shown = [f for f in report.findings if f.form.startswith("F") and f.stance == "exhibits"]
    assert len(shown) <= 2, [(f.text, f.form) for f in shown]


def test_there_are_three_such_articles() -> None:
    texts = [path.read_text(encoding="utf-8") for path in HERE.glob("critic-*.txt")]
    assert len(texts) == 3 and all(1200 <= len(text) <= 2200 for text in texts)


@pytest.mark.parametrize("name", ["A6", "B6"])
def test_matched_set_that_training_never_saw(name: str) -> None:
    """These sets are in the test split; the full leave-sets-out table is printed by ``formalism evaluate``."""
    folder = store.data_folder("corpora") / "documents"
    reports = {level: fn.score((folder / f"{name}-{level}.txt").read_text(encoding="utf-8")) for level in LEVELS}
    for index, level, highest in ORDERINGS:
        values = {k: r.indices[index].value for k, r in reports.items()}
        best = max(values, key=values.__getitem__) if highest else min(values, key=values.__getitem__)
        assert best == level, (index, values)


SETS = sorted(path.stem[:-6] for path in (store.data_folder("corpora") / "documents").glob("[ABC]?-trace.txt"))


@pytest.mark.parametrize("name", SETS)
def test_counted_activity_is_no_checkable_result(name: str) -> None:
    """Both versions are full of figures, so substance hardly parts them; checkable_results does."""
    folder = store.data_folder("corpora") / "documents"
    trace, solid = (fn.score((folder / f"{name}-{level}.txt").read_text(encoding="utf-8")) for level in ("trace", "substance"))
    assert min(trace.substance, solid.substance) > 0.5
    assert trace.indices["checkable_results"].value < solid.indices["checkable_results"].value


def test_all_twenty_sets_are_compared() -> None:
    assert Counter(name[0] for name in SETS) == {"A": 6, "B": 6, "C": 8}


BODY = "一、工作回顾\n新改建农村公路86公里，3个村通了客车。全年受理群众诉求412件，办结406件，平均办理时间由9天降到3天。\n" * 12
DOCTRINE = "我们增强“四个意识”、坚定“四个自信”、做到“两个维护”。落实“1+3+N”体系，抓好“三个一”“五大行动”。"


def test_doctrine_numerals_are_not_substance() -> None:
    plain, padded = fn.score(BODY), fn.score(BODY + DOCTRINE)
    assert padded.substance < plain.substance
    loyalty, brands = padded.sentences[-2:]
    assert not loyalty.specific and loyalty.function == "SLOGAN"
    assert not brands.specific and brands.function not in ("RESULT", "PROBLEM")


def test_counted_meetings_are_trace_not_substance_of_result() -> None:
    plain = fn.score(BODY)
    padded = fn.score(BODY + "先后召开专题会议12次，印发文件36份，建立台账48本，拍摄工作照片4200张，培训干部800人次。" * 3)
    assert padded.trace_padding > plain.trace_padding


def test_every_public_report_scores(shared: Path) -> None:
    rows = [json.loads(line) for line in (shared / "public_manifest.jsonl").read_text(encoding="utf-8").splitlines()]
    reports = [row for row in rows if row["genre"] == "government-work-report"][::6]
    results = list(fn.score_many((shared / row["file"]).read_text(encoding="utf-8") for row in reports))
    assert len(results) == len(reports) >= 10
    assert all(isinstance(r, fn.Report) and r.status == "ok" for r in results)


def test_the_source_article_is_no_formalism(shared: Path) -> None:
    report = fn.score(fn.read(shared / "articles" / "source-article.txt"))
    trace = report.indices["trace_padding"]
    assert trace.value != trace.value or trace.percentile < 50


def test_a_megabyte_in_one_line_is_scored() -> None:
    text = "召开会议" * 100_000
    report = fn.score(text)
    assert len(report.sentences) == 1 and report.sentences[0].end == len(text)
