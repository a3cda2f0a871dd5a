"""Wire schema 1: a Report as JSON types; described in ``docs/wire-schema.md`` and ``docs/wire-schema-1.json``."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, fields
from operator import attrgetter
from typing import Any

from formalism_nlp.values.document import Block, Document
from formalism_nlp.values.report import (
    DISCLAIMER,
    DISCLAIMER_EN,
    FUNCTIONS,
    Advice,
    Failure,
    Finding,
    Index,
    Report,
    Sentence,
    Versions,
)

SCHEMA = 1
_INDEX_NUMBERS = ("value", "numerator", "denominator", "percentile")
# These hold plain values only, so their fields can be taken as they are: ``asdict`` would copy each one, ten times slower.
_NAMES = {kind: tuple(field.name for field in fields(kind)) for kind in (Sentence, Finding, Block, Index)}
_VALUES = {kind: attrgetter(*names) for kind, names in _NAMES.items()}


def to_dict(report: Report) -> dict[str, Any]:
    """Return the report as JSON types; NaN becomes null (``reason`` says why)."""
    return {
        "schema": SCHEMA,
        "kind": "report",
        "disclaimer": DISCLAIMER,
        "disclaimer_en": DISCLAIMER_EN,
        "document": _document(report.document),
        "genre": report.genre,
        "status": report.status,
        "versions": asdict(report.versions),
        "indices": [_index(index) for index in report.index_values],
        "sentences": [_sentence(sentence) for sentence in report.sentences],
        "findings": [_finding(finding) for finding in report.findings],
        "profile": report.profile,
        "official_rules": [_advice(advice) for advice in report.official_rules],
        "notes": list(report.notes),
    }


def to_json(report: Report, *, indent: int | None = None) -> str:
    """Return ``to_dict`` as JSON text with Chinese characters as they are; lone surrogates are escaped, so it encodes as UTF-8."""
    text = json.dumps(to_dict(report), ensure_ascii=False, allow_nan=False, indent=indent)
    try:
        text.encode()
    except UnicodeEncodeError:
        return _escape_surrogates(text)
    return text


def _escape_surrogates(text: str) -> str:
    return "".join(f"\\u{ord(c):04x}" if "\ud800" <= c <= "\udfff" else c for c in text)


def failure_dict(failure: Failure) -> dict[str, Any]:
    """Return a failure as JSON types."""
    return {"schema": SCHEMA, "kind": "failure", **asdict(failure)}


def from_dict(data: Mapping[str, Any]) -> Report:
    """Rebuild a report; ``to_dict(from_dict(d)) == d``.

    Raises:
        ValueError: not a report of schema 1.
    """
    if data.get("schema") != SCHEMA or data.get("kind") != "report":
        raise ValueError(f"not a report of wire schema {SCHEMA}: schema={data.get('schema')!r}, kind={data.get('kind')!r}")
    doc = data["document"]
    document = Document(**{**doc, "blocks": tuple(Block(**block) for block in doc["blocks"]), "notes": tuple(doc["notes"])})
    return Report(
        document=document,
        genre=data["genre"],
        status=data["status"],
        sentences=tuple(_read_sentence(row) for row in data["sentences"]),
        findings=tuple(Finding(**row) for row in data["findings"]),
        index_values=tuple(_read_index(row) for row in data["indices"]),
        versions=Versions(**data["versions"]),
        notes=tuple(data["notes"]),
        official_rules=tuple(_read_advice(row) for row in data["official_rules"]),
    )


def _document(document: Document) -> dict[str, Any]:
    row = {name: getattr(document, name) for name in ("text", "name", "title", "genre", "format", "encoding")}
    return {**row, "blocks": [_row(block) for block in document.blocks], "notes": list(document.notes)}


def _row(value: Sentence | Finding | Block | Index) -> dict[str, Any]:
    kind = type(value)
    return dict(zip(_NAMES[kind], _VALUES[kind](value), strict=True))


def _null(value: float) -> float | None:
    return None if math.isnan(value) else value


def _index(index: Index) -> dict[str, Any]:
    row = _row(index)
    row.update({name: _null(row[name]) for name in _INDEX_NUMBERS})
    row["interval"] = list(index.interval) if index.interval else None
    return row


def _read_index(row: Mapping[str, Any]) -> Index:
    values = {**row, **{name: math.nan if row[name] is None else row[name] for name in _INDEX_NUMBERS}}
    values["interval"] = tuple(row["interval"]) if row["interval"] else None
    return Index(**values)


def _sentence(sentence: Sentence) -> dict[str, Any]:
    row = _row(sentence)
    row["probabilities"] = dict(zip(FUNCTIONS, row.pop("p_function"), strict=True))
    return row


def _read_sentence(row: Mapping[str, Any]) -> Sentence:
    values = dict(row)
    probabilities = values.pop("probabilities")
    values["p_function"] = tuple(probabilities[name] for name in FUNCTIONS)
    return Sentence(**values)


def _advice(advice: Advice) -> dict[str, Any]:
    return {**asdict(advice), "spans": [list(span) for span in advice.spans]}


def _read_advice(row: Mapping[str, Any]) -> Advice:
    return Advice(**{**row, "spans": tuple((start, end) for start, end in row["spans"])})


def _finding(finding: Finding) -> dict[str, Any]:
    return _row(finding)
