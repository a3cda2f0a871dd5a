"""Sentences tile any text, and split where the guideline says."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formalism_nlp.analysis.normal import normalise
from formalism_nlp.analysis.sentences import split_sentences

ANY_TEXT = st.text(alphabet=st.characters(codec=None), max_size=200) | st.text(
    alphabet="会议。！？；”）\n\r \u3000\u2028a，", max_size=60
)


@given(ANY_TEXT)
def test_sentences_tile_any_text(text: str) -> None:
    spans = split_sentences(text)
    assert "".join(text[s.start : s.end] for s in spans) == text
    assert all(s.end > s.start for s in spans)
    assert [s.start for s in spans] == [0, *(s.end for s in spans[:-1])][: len(spans)]


@given(ANY_TEXT)
def test_only_the_first_sentence_may_begin_with_white_space(text: str) -> None:
    assert all(not text[s.start].isspace() for s in split_sentences(text)[1:])


@given(ANY_TEXT)
def test_normal_form_keeps_every_offset(text: str) -> None:
    assert len(normalise(text)) == len(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("  \n", ["  \n"]),
        ("召开会议三次。乡镇干部入户走访。", ["召开会议三次。", "乡镇干部入户走访。"]),
        ("他说：“要实干！”大家鼓掌。", ["他说：“要实干！”", "大家鼓掌。"]),
        ("一是修路；二是通水；\n三、下步打算\n要办好。", ["一是修路；", "二是通水；\n", "三、下步打算\n", "要办好。"]),
        ("真的吗？！好。", ["真的吗？！", "好。"]),
        ("增长3.5%，见1.2节", ["增长3.5%，见1.2节"]),
        ("甲。\r\n\r\n  乙", ["甲。\r\n\r\n  ", "乙"]),
    ],
)
def test_splits(text: str, expected: list[str]) -> None:
    assert [text[s.start : s.end] for s in split_sentences(text)] == expected


def test_agrees_with_every_labelled_boundary(shared) -> None:
    right = total = 0
    for name in ("train", "dev", "test"):
        for line in (shared / "labels" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines():
            passage = json.loads(line)
            text = passage["text"]
            ours = {(s.start, s.start + len(text[s.start : s.end].rstrip())) for s in split_sentences(text)}
            labelled = {(row["start"], row["end"]) for row in passage["sentences"]}
            right += len(labelled & ours)
            total += len(labelled)
    assert total >= 3000
    assert right / total >= 0.995, f"{right} of {total}"


@pytest.mark.parametrize(
    ("raw", "normal"),
    [
        ("１２次（会议）", "12次（会议）"),
        ("(三)会議,學習!", "（三）会议，学习！"),
        ("共1,200人,其中", "共1,200人，其中"),
        ("显著、乾坤", "显著、乾坤"),
        ("５０％\u3000ＧＤＰ", "50% GDP"),
        ("\ud800甲", "\ufffd甲"),
    ],
)
def test_normal_form(raw: str, normal: str) -> None:
    assert normalise(raw) == normal
