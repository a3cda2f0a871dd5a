"""The OpenAPI 3.1 description: ``docs/openapi.json`` in a checkout, shipped in the wheel, served at ``/openapi.json``.

``python -m formalism_nlp.apps.service.openapi`` writes it again from ``docs/wire-schema-1.json`` and the table below.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from formalism_nlp.values.errors import FormalismError

_PACKAGE = Path(__file__).resolve().parents[2]
_DOCS = _PACKAGE.parent / "docs"
_REPORT = {"$ref": "#/components/schemas/report"}
_FAILURE = {"$ref": "#/components/schemas/failure"}
_STRING = {"type": "string"}
_LT_FIELDS = (
    "motherTongue",
    "preferredVariants",
    "enabledRules",
    "disabledRules",
    "enabledCategories",
    "disabledCategories",
    "apiKey",
)


def openapi_text() -> str:
    """Return the description as JSON text.

    Raises:
        FormalismError: F507 this installation lacks the file.
    """
    for path in (_PACKAGE / "_data" / "openapi.json", _DOCS / "openapi.json"):
        if path.is_file():
            return path.read_text(encoding="utf-8")
    raise FormalismError("F507", str(path), "the file is missing from this installation")


def build(wire: Mapping[str, Any]) -> dict[str, Any]:
    """Return the description.

    Args:
        wire: the JSON Schema of reports and failures, ``docs/wire-schema-1.json``.
    """
    schemas = json.loads(json.dumps(wire["$defs"]).replace("#/$defs/", "#/components/schemas/"))
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "formalism_nlp",
            "version": "1",
            "description": "衡量公文措辞，不判断真伪与勤惰。文字只在内存中处理，不保存，不写入日志。 Measures wording, never truth or "
            "diligence. Text is held in memory only, never stored, never logged. Offsets are code points, in /v2 UTF-16 units.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{}, {"token": []}],
        "paths": _score_paths() | _info_paths() | _check_paths(),
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {**schemas, "rule": _rule(), "health": _health(), "check": _check()},
            "responses": _responses(),
        },
    }


def _object(required: Mapping[str, Any], optional: Mapping[str, Any] | None = None, *, closed: bool = True) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "object", "required": list(required), "properties": {**required, **(optional or {})}}
    return {**schema, "additionalProperties": False} if closed else schema


def _body(**content: Mapping[str, Any]) -> dict[str, Any]:
    names = {
        "json": "application/json",
        "form": "multipart/form-data",
        "url": "application/x-www-form-urlencoded",
        "lines": "application/x-ndjson",
    }
    return {"required": True, "content": {names[kind]: {"schema": schema} for kind, schema in content.items()}}


def _operation(
    name: str, summary: str, answer: Mapping[str, Any], *errors: int, body: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    responses: dict[str, Any] = {"200": answer} | {str(code): {"$ref": f"#/components/responses/{code}"} for code in errors}
    return {"operationId": name, "summary": summary, "responses": responses, **({"requestBody": body} if body else {})}


def _json(schema: Mapping[str, Any], description: str) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


_WORK_ERRORS = (400, 401, 413, 422, 500, 503, 504)


def _score_paths() -> dict[str, Any]:
    options = {"name": _STRING, "title": _STRING, "genre": _STRING}
    file = {"type": "string", "format": "binary"}
    export = {"format": {"enum": ["html", "docx", "json"]}}
    marks = {"type": "array", "items": _STRING, "description": "fingerprints of findings to leave out"}
    downloads = {
        "description": "the file",
        "content": {
            "text/html": {"schema": _STRING},
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document": {"schema": file},
            "application/json": {"schema": _REPORT},
        },
    }
    lines = {"description": "one line a line of the request, in order", "content": {"application/x-ndjson": {"schema": _STRING}}}
    return {
        "/v1/score": {
            "post": _operation(
                "score", "Score a text", _json(_REPORT, "the report"), *_WORK_ERRORS, body=_body(json=_object({"text": _STRING}, options))
            )
        },
        "/v1/score-file": {
            "post": _operation(
                "scoreFile", "Score a file", _json(_REPORT, "the report"), *_WORK_ERRORS,
                body=_body(form=_object({"file": file}, {"genre": _STRING}, closed=False)),
            )
        },
        "/v1/export": {
            "post": _operation(
                "export", "Score and return as html, json, or Word with comments; a docx keeps its own text and layout",
                downloads, *_WORK_ERRORS,
                body=_body(
                    json=_object({"text": _STRING, **export}, {**options, "dismissed": marks}),
                    form=_object(
                        {"file": file, **export}, {"genre": _STRING, "dismissed": {**_STRING, "description": "comma-separated"}}, closed=False
                    ),
                ),
            )
        },
        "/v1/batch": {
            "post": _operation(
                "batch", "Score many: one JSON object as for /v1/score a line; each line of the answer is a report or a failure",
                lines, 400, 401, 413, 503, body=_body(lines=_STRING),
            )
        },
    }  # fmt: skip


def _info_paths() -> dict[str, Any]:
    rules = _object({"rules": {"type": "array", "items": {"$ref": "#/components/schemas/rule"}}})
    health = {"$ref": "#/components/schemas/health"}
    one = _operation("rule", "One rule with its page", _json({"$ref": "#/components/schemas/rule"}, "the rule"), 404)
    one["parameters"] = [{"name": "id", "in": "path", "required": True, "schema": _STRING}]
    # Without a token: these show nothing of a document.
    free: dict[str, Any] = {"security": [{}]}
    return {
        "/v1/health": {"get": {**_operation("health", "Whether the service works", _json(health, "it works")), **free}},
        "/v1/rules": {"get": {**_operation("rules", "All rules, without their pages", _json(rules, "the rules")), **free}},
        "/v1/rules/{id}": {"get": {**one, **free}},
    }


def _check_paths() -> dict[str, Any]:
    text = {"text": _STRING, "data": {**_STRING, "description": "JSON: {annotation: [{text}, {markup, interpretAs}, …]}"}}
    options = dict.fromkeys(_LT_FIELDS, _STRING) | {
        "enabledOnly": {"enum": ["true", "false"]},
        "level": {"enum": ["default", "picky"]},
    }
    form = {
        **_object({"language": _STRING}, {**text, **options}, closed=False),
        "oneOf": [{"required": ["text"]}, {"required": ["data"]}],
    }
    languages = {"type": "array", "items": _object({"name": _STRING, "code": _STRING, "longCode": _STRING})}
    check = _json({"$ref": "#/components/schemas/check"}, "the matches")
    get = _operation("checkGet", "The same with the fields in the query", check, *_WORK_ERRORS)
    get["parameters"] = [{"name": name, "in": "query", "schema": schema} for name, schema in form["properties"].items()]
    post = _operation(
        "check", "LanguageTool-compatible check (offsets in UTF-16 units)", check, *_WORK_ERRORS, body=_body(url=form)
    )
    return {
        "/v2/check": {"post": post, "get": get},
        "/v2/languages": {
            "get": {**_operation("languages", "Languages of /v2/check", _json(languages, "languages")), "security": [{}]}
        },
    }


def _responses() -> dict[str, Any]:
    words = {
        400: "the request is malformed (F501)",
        401: "token missing or wrong (F505)",
        404: "no such rule (F404)",
        413: "over a limit of size (F502, F106)",
        422: "the document cannot be scored (F1xx), or the genre is unknown (F401)",
        500: "unexpected error (F900); the service goes on",
        503: "busy (F503); try again after Retry-After",
        504: "over the time limit (F504)",
    }
    out: dict[str, Any] = {str(code): _json(_FAILURE, text) for code, text in words.items()}
    out["503"]["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "seconds"}}
    return out


def _rule() -> dict[str, Any]:
    names = ("id", "name", "title", "title_en", "signal", "status", "form", "why", "why_en", "known_problems")
    source = _object({"title": _STRING, "clause": _STRING, "url": _STRING})
    return _object({**dict.fromkeys(names, _STRING), "source": {"type": "array", "items": source}}, {"page": _STRING})


def _health() -> dict[str, Any]:
    count = {"type": "integer", "minimum": 0}
    versions = {"$ref": "#/components/schemas/report/properties/versions"}
    counts = dict.fromkeys(("workers", "busy", "waiting", "batches", "held_bytes"), count)
    return _object({"status": {"enum": ["ok", "starting"]}, "versions": versions, **counts})


def _check() -> dict[str, Any]:
    offset = {"type": "integer", "minimum": 0}
    place = {"offset": offset, "length": {"type": "integer", "minimum": 1}}
    category = _object({"id": _STRING, "name": _STRING})
    rule = _object(
        {
            "id": _STRING,
            "description": _STRING,
            "issueType": {"const": "style"},
            "category": category,
            "isPremium": {"const": False},
        },
        {"urls": {"type": "array", "items": _object({"value": _STRING})}},
    )
    match = _object(
        {
            "message": _STRING, "shortMessage": _STRING, "sentence": _STRING, **place, "rule": rule,
            "replacements": {"type": "array", "maxItems": 0}, "context": _object({"text": _STRING, **place}),
            "type": _object({"typeName": _STRING}), "ignoreForIncompleteSentence": {"type": "boolean"}, "contextForSureMatch": {"type": "integer"},
        }
    )  # fmt: skip
    software = _object({"name": _STRING, "version": _STRING, "apiVersion": {"const": 1}}, closed=False)
    matches = {"type": "array", "items": match}
    return _object({"software": software, "language": {"type": "object"}, "matches": matches}, {"warnings": {"type": "object"}})


def main() -> None:
    """Write ``docs/openapi.json``."""
    wire = json.loads((_DOCS / "wire-schema-1.json").read_text(encoding="utf-8"))
    (_DOCS / "openapi.json").write_text(json.dumps(build(wire), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
