"""Editors that speak LanguageTool: all they ask is answered, in the form they read; offsets in UTF-16, markup left alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from serving import Service

import formalism_nlp as fn
from formalism_nlp.analysis.scorer import Scorer
from formalism_nlp.apps.service.annotated import Annotated, choice_of, from_fields
from formalism_nlp.values.errors import FormalismError
from formalism_nlp.views.kinds import KINDS, POSITIVE, kind_of
from formalism_nlp.views.languagetool import Choice, category_id, check_answer, utf16_offsets
from formalism_nlp.views.remarks import remarks

TEXT = "𠀀𠀁县召开推进会12次，建立台账36本，印发方案4份。\n各单位要高度重视、狠抓落实。𝄞建立微信工作群36个。"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    running = Service(tmp_path_factory.mktemp("languagetool"))
    yield running
    running.stop()


def cut(text: str, offset: int, length: int) -> str:
    """A piece by UTF-16 offsets."""
    return text.encode("utf-16-le")[2 * offset : 2 * (offset + length)].decode("utf-16-le")


def having(**members: object) -> dict[str, object]:
    """Schema of an object that has these members at least."""
    return {"type": "object", "required": list(members), "properties": members}


STRING, COUNT, FLAG = {"type": "string"}, {"type": "integer", "minimum": 0}, {"type": "boolean"}
LANGUAGE = {"name": STRING, "code": STRING}
# https://languagetool.org/http-api/: what that page promises, and what editors' plug-ins declare that they read besides
# (vscode-languagetool-linter, src/Interfaces.ts; tiptap-languagetool, src/types/languagetool.ts).
ANSWER = having(
    software=having(name=STRING, version=STRING, buildDate=STRING, apiVersion={"const": 1}, premium=FLAG, status=STRING),
    warnings=having(incompleteResults=FLAG),
    language=having(**LANGUAGE, detectedLanguage=having(**LANGUAGE, confidence={"type": "number", "minimum": 0, "maximum": 1})),
    matches={
        "type": "array",
        "items": having(
            message={**STRING, "minLength": 1},
            shortMessage=STRING,
            offset=COUNT,
            length={"type": "integer", "minimum": 1},
            replacements={"type": "array", "items": having(value=STRING)},
            context=having(text=STRING, offset=COUNT, length=COUNT),
            sentence={**STRING, "minLength": 1},
            type=having(typeName=STRING),
            rule=having(id=STRING, description=STRING, issueType={"const": "style"}, category=having(id=STRING, name=STRING)),
            ignoreForIncompleteSentence=FLAG,
            contextForSureMatch={"type": "integer"},
        ),
    },
)


def checked(service: Service, **fields: str) -> list[dict[str, Any]]:
    """Matches of an answer to a form as editors send it, the answer being such as they can read."""
    fields = {"language": "zh-CN", "motherTongue": "zh-CN", "preferredVariants": "zh-CN", "text": TEXT, **fields}
    response = service.client.post("/v2/check", data=fields)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].partition(";")[0] == "application/json"
    jsonschema.validate(response.json(), ANSWER)
    matches: list[dict[str, Any]] = response.json()["matches"]
    for match in matches:
        context = match["context"]
        piece = cut(TEXT, match["offset"], match["length"])
        assert piece == cut(context["text"], context["offset"], context["length"]) and piece in match["sentence"]
    return matches


def test_an_editor_gets_what_it_reads_and_can_switch_rules(service: Service) -> None:
    languages = service.client.get("/v2/languages").json()
    jsonschema.validate(languages, {"type": "array", "minItems": 1, "items": having(**LANGUAGE, longCode=STRING)})
    matches = checked(service)
    rules = {match["rule"]["id"] for match in matches}
    categories = {match["rule"]["category"]["id"] for match in matches}
    assert matches and all(match["replacements"] == [] for match in matches)
    assert checked(service, disabledRules=",".join(sorted(rules))) == []
    assert checked(service, disabledCategories=",".join(sorted(categories))) == []
    one = matches[0]["rule"]
    assert {match["rule"]["id"] for match in checked(service, disabledRules=one["id"])} == rules - {one["id"]}
    assert {match["rule"]["id"] for match in checked(service, enabledOnly="true", enabledRules=one["id"])} == {one["id"]}
    shown = checked(service, enabledOnly="true", enabledCategories=one["category"]["id"])
    assert {match["rule"]["category"]["id"] for match in shown} == {one["category"]["id"]}
    assert len(checked(service, level="picky")) >= len(matches)


def test_offsets_of_the_answer_are_utf16(service: Service) -> None:
    matches = service.client.post("/v2/check", data={"language": "zh-CN", "text": TEXT}).json()["matches"]
    wanted = {f.text for f in fn.score(TEXT).findings}
    assert matches and {cut(TEXT, match["offset"], match["length"]) for match in matches} <= wanted


def test_by_default_the_remarks_and_more_when_asked(scorer: Scorer, sample_text: str) -> None:
    report = scorer.score(sample_text)

    def shown(choice: Choice) -> list[str]:
        matches = check_answer(report, scorer.lexicon, choice, full=sample_text)["matches"]
        wanted = [(f.start, f.rule, f.fingerprint) for f in report.findings]
        found = [(match["offset"], match["rule"]["id"]) for match in matches]
        assert found == [pair[:2] for pair in wanted if pair[:2] in found]
        return [pair[2] for pair in wanted if pair[:2] in found]

    key = [remark.finding.fingerprint for remark in remarks(report)]
    assert shown(Choice()) == key != []
    exhibited = [f.fingerprint for f in report.findings if f.stance == "exhibits" and kind_of(f) not in POSITIVE]
    assert set(shown(Choice(picky=True))) == {*key, *exhibited} > set(key)
    everything = Choice(enabled_categories=frozenset(map(category_id, KINDS)))
    assert shown(everything) == [f.fingerprint for f in report.findings]
    assert shown(Choice(disabled_categories=frozenset(map(category_id, KINDS)))) == []
    assert shown(Choice(enabled_only=True)) == []


def test_markup_is_skipped_and_counted(service: Service) -> None:
    pieces = [
        {"markup": "<p>"},
        {"text": "𠀀县召开"},
        {"markup": "<b>"},
        {"text": "推进会"},
        {"markup": "</b>"},
        {"text": "12次，建立台账36本。"},
    ]
    pieces.append({"markup": "<br/>", "interpretAs": "\n"})  # type: ignore[arg-type]
    full = "".join("".join(v for k, v in piece.items() if k != "interpretAs") for piece in pieces)
    plain = "𠀀县召开推进会12次，建立台账36本。\n"
    form = {"language": "auto", "data": json.dumps({"annotation": pieces}, ensure_ascii=False)}
    matches = service.client.post("/v2/check", data=form).json()["matches"]
    assert matches
    for match in matches:
        piece = cut(full, match["offset"], match["length"])
        assert piece.replace("<b>", "").replace("</b>", "") in plain
        context = match["context"]
        assert cut(context["text"], context["offset"], context["length"]) == piece


def test_an_empty_document_is_no_error(service: Service) -> None:
    response = service.client.post("/v2/check", data={"language": "zh-CN", "text": " \n"})
    assert response.status_code == 200 and response.json()["matches"] == []
    assert service.client.get("/v2/languages").json()[0]["longCode"] == "zh-CN"


@given(st.text())
def test_utf16_offsets(text: str) -> None:
    units = utf16_offsets(text)
    for i in range(len(text) + 1):
        assert 2 * units(i) == len(text[:i].encode("utf-16-le", "surrogatepass"))


PIECE = st.one_of(
    st.text(min_size=1).map(lambda text: {"text": text}),
    st.text(min_size=1).map(lambda text: {"markup": text}),
    st.tuples(st.text(min_size=1), st.text()).map(lambda pair: {"markup": pair[0], "interpretAs": pair[1]}),
)


@given(st.lists(PIECE, max_size=8))
def test_every_character_of_the_text_is_found_in_the_markup(pieces: list[dict[str, str]]) -> None:
    annotated: Annotated = from_fields({"language": "zh", "data": json.dumps({"annotation": pieces})})
    assert annotated.full == "".join(piece.get("text", "") + piece.get("markup", "") for piece in pieces)
    assert annotated.plain == "".join(piece.get("text", piece.get("interpretAs", "")) for piece in pieces)
    at = 0
    last = -1
    for piece in pieces:
        for character in piece.get("text", piece.get("interpretAs", "")):
            place = annotated.place(at)
            assert last <= place < len(annotated.full)
            assert "markup" in piece or annotated.full[place] == character
            at, last = at + 1, place


@pytest.mark.parametrize("data", ["", "{}", "[]", '{"annotation": 1}', '{"annotation": [1]}', '{"annotation": [{"text": 1}]}', '{"annotation": [{"a": "b"}]}', "[" * 10_000])  # fmt: skip
def test_a_wrong_annotation_is_refused(data: str) -> None:
    with pytest.raises(FormalismError, match="F501"):
        from_fields({"language": "zh", "data": data})


def test_choice_reads_the_fields_of_the_api() -> None:
    choice = choice_of({"enabledRules": "A,B", "disabledCategories": "C", "enabledOnly": "true", "level": "picky"})
    assert choice == Choice(frozenset("AB"), frozenset(), frozenset(), frozenset("C"), True, True)
