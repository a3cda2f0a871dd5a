"""Typed patterns: what is a number with a unit, a counted object, a change, a date — and what is not."""

from __future__ import annotations

import pytest

from formalism_nlp.analysis.matcher import Matcher
from formalism_nlp.values.lexicon import Lexicon, Pattern
from tests.rules import rule


def found(pattern: Pattern, text: str) -> list[str]:
    matcher = Matcher(Lexicon((rule("SLG001", "slogan", pattern=pattern),)))
    return [text[hit.start : hit.end] for hit in matcher.match(text)]


UNITS = Pattern("quantity", units=("公里", "万元", "平方米", "%", "户", "个村"))
COUNTED = Pattern("counted", measures=("次", "场", "场次", "份"), objects=("会议", "专题会", "台账"))
CHANGE = Pattern("change", verbs=("降到", "提高到", "减少到", "缩短为"))
GROWTH = Pattern("growth", verbs=("增长", "下降", "同比增加"))


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        (UNITS, "新改建农村公路86公里，投入3.2万元。", ["86公里", "3.2万元"]),
        (UNITS, "惠及1,200余户、二十三个村", ["1,200余户", "二十三个村"]),
        (UNITS, "占52.5%", ["52.5%"]),
        (UNITS, "第3户、一户、几户、多户、数公里", []),
        (UNITS, "两户、十余户、三万元", ["两户", "十余户", "三万元"]),
        (COUNTED, "先后召开会议12次，建立台账36份。", ["会议12次", "台账36份"]),
        (COUNTED, "12次专题会", ["12次专题会"]),
        (COUNTED, "召开各类会议共计12场次", ["会议共计12场次"]),
        (COUNTED, "会议指出，要办好12次。", []),
        (COUNTED, "第3次会议", []),
        (CHANGE, "办理时间由5天降到1天，比例从36%提高到52%。", ["由5天降到1天", "从36%提高到52%"]),
        (CHANGE, "由县里降到镇里", []),
        (GROWTH, "增长6.5%，下降0.3个百分点，同比增加近2倍", ["增长6.5%", "下降0.3个百分点", "同比增加近2倍"]),
        (GROWTH, "增长较快，增长、下降3次", []),
        (Pattern("date"), "2024年3月12日、三月底、6月5日，二〇二四年", ["2024年3月12日", "三月底", "6月5日", "二〇二四年"]),
        (Pattern("date"), "第12月台", []),
        (
            Pattern("deadline"),
            "6月30日前完成，年底前办结，三年内实现，5个工作日内答复",
            ["6月30日前", "年底前", "三年内", "5个工作日内"],
        ),
        (Pattern("document_number"), "见云政发〔2024〕12号文", ["见云政发〔2024〕12号"]),
        (Pattern("title"), "印发《关于做好〈条例〉宣传的通知》", ["《关于做好〈条例〉宣传的通知》"]),
        (Pattern("quoted_numeral"), "增强“四个意识”，落实“三会一课”，用好“12345”热线", ["“四个意识”", "“三会一课”"]),
        (Pattern("plus_formula"), "构建1+3+N体系，建N+1机制", ["1+3+N", "N+1"]),
        (Pattern("enumerator"), "一、总体\n（二）做法。一是建账；二是开会", ["一、", "（二）", "一是", "二是"]),
        (
            Pattern("line", contains=("工作回顾",), ends=("如下：",)),
            "一、工作回顾\n现报告如下：\n工作回顾很长" + "字" * 40,
            ["一、工作回顾", "现报告如下："],
        ),
    ],
)
def test_patterns(pattern: Pattern, text: str, expected: list[str]) -> None:
    assert found(pattern, text) == expected


def test_patterns_of_one_kind_share_a_pass_and_keep_their_owner() -> None:
    rules = [rule(f"SUB00{i}", "substance", pattern=Pattern("quantity", units=(unit,))) for i, unit in enumerate(("公里", "户"))]
    hits = Matcher(Lexicon(tuple(rules))).match("86公里12户")
    assert [(hit.rule, hit.start, hit.end) for hit in hits] == [(0, 0, 4), (1, 4, 7)]


@pytest.mark.parametrize(
    "pattern", [UNITS, COUNTED, CHANGE, GROWTH, Pattern("date"), Pattern("deadline"), Pattern("quoted_numeral")]
)
def test_no_pattern_blows_up_on_hostile_repetition(pattern: Pattern) -> None:
    """Twice the text may cost about twice the time; a quadratic pattern would take minutes here, not moments."""
    for piece in ("由1", "一二三", "“一", "1,000", "会议", "从3降", "2024年"):
        found(pattern, piece * 20_000)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("举办培训12次、会议3次。", ["会议3次"]),
        ("印发12份《会议纪要》。", []),
        ("召开会议12次。", ["会议12次"]),
    ],
)
def test_a_count_binds_inside_its_own_list_item(text: str, expected: list[str]) -> None:
    assert found(Pattern("counted", measures=("次", "份"), objects=("会议",)), text) == expected
