"""Laws of every Report: spans, tiling, schema, exact round trip, immutability, determinism — on any text."""

from __future__ import annotations

import dataclasses
import json
import math
import pickle
from pathlib import Path

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import formalism_nlp as fn
from formalism_nlp.values.document import Document
from formalism_nlp.values.report import FUNCTIONS, INDEX_NAMES, INDEX_ZH, Report
from formalism_nlp.views.frame import document_row
from formalism_nlp.views.wire import failure_dict

SCHEMA = json.loads((Path(__file__).parent.parent / "docs" / "wire-schema-1.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
PIECES = [
    "高度重视",
    "召开会议12次",
    "建成公路86公里",
    "。",
    "；",
    "\n",
    "一、工作回顾\n",
    "（二）下一步。",
    "年底前完成",
    "“四个意识”",
    "𠀀",
    "\ud800",
    " ",
    "會議",
    "，",
    "《通知》",
    "存在不足",
]
TEXT = st.text(alphabet=st.characters(codec=None), min_size=1, max_size=120) | st.lists(
    st.sampled_from(PIECES), min_size=1, max_size=40
).map("".join)


def check_laws(report: Report) -> None:
    text = report.text
    assert "".join(s.text for s in report.sentences) == text
    for sentence in report.sentences:
        assert text[sentence.start : sentence.end] == sentence.text
        assert math.isclose(sum(sentence.p_function), 1.0, abs_tol=1e-9)
        assert sentence.function == max(FUNCTIONS, key=lambda name: sentence.probabilities[name])
        assert sentence.p_substantive <= sentence.p_specific + 1e-12
    for finding in report.findings:
        assert text[finding.start : finding.end] == finding.text
        holder = report.sentences[finding.sentence]
        assert holder.start <= finding.start < holder.end
        assert finding.reason
    assert len({f.fingerprint for f in report.findings}) == len(report.findings)
    assert [(f.start, f.end, f.rule) for f in report.findings] == sorted((f.start, f.end, f.rule) for f in report.findings)
    data = json.loads(report.to_json())
    VALIDATOR.validate(data)
    assert Report.from_dict(data).to_dict() == report.to_dict()
    for index in report.index_values:
        assert math.isnan(index.value) == bool(index.reason) or index.name == "formalism_index"


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(TEXT)
def test_laws_hold_for_any_text(text: str) -> None:
    if not text.strip():
        with pytest.raises(fn.FormalismError, match="F101"):
            fn.score(text)
        return
    check_laws(fn.score(text))


def test_laws_hold_for_a_report(sample_text: str) -> None:
    report = fn.score(sample_text)
    check_laws(report)
    assert report.status == "ok"
    assert len(report.findings) > 20
    assert all(0 <= getattr(report, name) <= 1 for name in INDEX_NAMES[:3])
    assert 0 <= report.formalism_index <= 100


def test_scoring_is_deterministic_and_order_free(sample_text: str) -> None:
    once = fn.score(sample_text).to_json()
    fn.score("别的文字。" * 300)
    assert fn.score(sample_text).to_json() == once


def test_values_are_frozen_and_travel_between_processes(sample_text: str) -> None:
    report = fn.score(sample_text)
    for value in (report, report.sentences[0], report.findings[0], report.index_values[0], report.document):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(value, dataclasses.fields(value)[0].name, "x")
    report.sentences[0].probabilities["SLOGAN"] = 9.0
    assert report.sentences[0].probabilities["SLOGAN"] <= 1.0
    assert pickle.loads(pickle.dumps(report)).to_json() == report.to_json()  # noqa: S301 - our own bytes


def test_fingerprints_survive_edits_elsewhere(sample_text: str) -> None:
    before = {f.fingerprint for f in fn.score(sample_text).findings if f.signal != "model"}
    after = {f.fingerprint for f in fn.score("另加一段话。\n" + sample_text).findings}
    assert before <= after


def test_score_many_keeps_order_and_turns_bad_items_into_failures(sample_text: str) -> None:
    results = list(fn.score_many([sample_text, "", 7, Document.from_text("好。", name="b")]))  # type: ignore[list-item]
    assert [type(r).__name__ for r in results] == ["Report", "Failure", "Failure", "Report"]
    assert [r.code for r in results if isinstance(r, fn.Failure)] == ["F101", "F110"]
    VALIDATOR.validate(failure_dict(results[1]))


def test_schema_refuses_what_is_no_report() -> None:
    with pytest.raises(ValueError, match="not a report of wire schema 1"):
        Report.from_dict({"schema": 2, "kind": "report"})
    data = fn.score("好。").to_dict()
    data["indices"][0]["reason"] = ""
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(data)


def test_schema_1_names_every_index_and_still_reads_reports_with_fewer(sample_text: str) -> None:
    report = fn.score(sample_text)
    names = [index.name for index in report.index_values]
    assert SCHEMA["$defs"]["index"]["properties"]["name"]["enum"] == names == list(INDEX_ZH)
    older = report.to_dict()
    assert older["indices"].pop()["name"] == "checkable_results"  # joined schema 1 after the others
    VALIDATOR.validate(older)
    read = Report.from_dict(older)
    assert read.to_dict() == older
    row = document_row(read)
    assert math.isnan(row["checkable_results"]) and row["substance"] == report.substance


def test_profile_has_every_row() -> None:
    profile = fn.score("建立微信工作群36个，上传工作照片4200张。").profile
    assert len(profile) == 21
    assert set(profile["F1.1"]) == {"exhibits", "admits", "criticises", "pledges", "remedied"}
    assert set(profile["R3.3"]) == {"mentioned", "substantiated"}


def test_score_frame_keeps_the_index_and_marks_bad_rows(sample_text: str) -> None:
    import pandas as pd

    frame = pd.DataFrame({"text": [sample_text, None, ""], "x": [1, 2, 3]}, index=["a", "b", "c"])
    scored = fn.score_frame(frame)
    assert list(scored.index) == ["a", "b", "c"]
    assert scored.loc["a", "status"] == "ok" and scored.loc["a", "slogan_density"] == fn.score(sample_text).slogan_density
    assert list(scored["error_code"]) == ["", "F110", "F101"]
    assert scored.dtypes.to_dict() == fn.score_frame(frame.iloc[:0]).dtypes.to_dict()
    with pytest.raises(fn.FormalismError, match="no column 'body'"):
        fn.score_frame(frame, "body")


def test_sentence_frame(sample_text: str) -> None:
    report = fn.score(sample_text)
    frame = report.to_frame()
    assert "".join(frame["text"]) == sample_text
    assert list(frame["function"]) == [s.function for s in report.sentences]


def test_unknown_genre_is_an_error_that_names_the_known_ones() -> None:
    with pytest.raises(fn.FormalismError, match="government-work-report"):
        fn.score("各位代表。", genre="小说")
    assert fn.score("各位代表。", genre="政府工作报告").genre == "government-work-report"
