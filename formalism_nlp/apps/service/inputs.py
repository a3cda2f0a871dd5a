"""Bodies of requests → what is to be scored; runs in a worker, where a hostile body can hurt nobody else."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from email.message import Message
from typing import Any
from urllib.parse import parse_qsl

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import FormParser

from formalism_nlp.values.errors import FormalismError

JSON, MULTIPART, URLENCODED = "application/json", "multipart/form-data", "application/x-www-form-urlencoded"
_STRINGS = ("text", "name", "title", "genre", "format")
_MOST_FIELDS = 40


@dataclass(frozen=True, slots=True)
class Request:
    """One document with its options: ``text``, or ``file`` when one was uploaded; ``fields`` are all text fields of a form."""

    text: str | None = None
    file: bytes | None = None
    name: str = ""
    title: str = ""
    genre: str = ""
    format: str = ""
    dismissed: frozenset[str] = frozenset()
    fields: dict[str, str] = field(default_factory=dict)


def media_type(content_type: str) -> tuple[str, str]:
    """Return the media type in lower case and the ``boundary`` parameter of a Content-Type header."""
    message = Message()
    message["Content-Type"] = content_type
    boundary = message.get_param("boundary", "")
    return message.get_content_type() if content_type else "", boundary if isinstance(boundary, str) else ""


def from_json(body: bytes, *, allowed: tuple[str, ...]) -> Request:
    """Read ``{"text": …, …}``.

    Args:
        body: UTF-8.
        allowed: keys besides ``text``; ``dismissed`` is a list of fingerprints, all others are strings.

    Raises:
        FormalismError: F501, which names the key and the type that is wrong, never a value.
    """
    try:
        data: Any = json.loads(body)
    except (ValueError, RecursionError) as error:
        where = f" at byte {error.pos}" if isinstance(error, json.JSONDecodeError) else ""
        raise FormalismError("F501", "", f"no valid JSON in UTF-8{where}") from None
    if not isinstance(data, dict):
        raise FormalismError("F501", "", f"expected a JSON object, got {type(data).__name__}")
    unknown = sorted(set(data) - {"text", *allowed})
    if unknown:
        raise FormalismError("F501", "", f"{len(unknown)} unknown keys; known: text, {', '.join(allowed)}")
    if not isinstance(data.get("text"), str):
        raise FormalismError("F501", "text", "must be a string")
    for key in _STRINGS:
        if not isinstance(data.get(key, ""), str):
            raise FormalismError("F501", key, "must be a string")
    dismissed = data.get("dismissed", [])
    if not isinstance(dismissed, list) or not all(isinstance(item, str) for item in dismissed):
        raise FormalismError("F501", "dismissed", "must be a list of fingerprints")
    strings = {key: data[key] for key in _STRINGS if key in data}
    return Request(**strings, dismissed=frozenset(dismissed))


def from_form(content_type: str, body: bytes) -> Request:
    """Read a form: multipart (at most one file, in the field ``file``) or url-encoded.

    Raises:
        FormalismError: F501 no such form, broken, more than one file, or more than 40 fields.
    """
    kind, boundary = media_type(content_type)
    if kind == URLENCODED:
        return _request(_urlencoded(body), [])
    if kind != MULTIPART or not boundary:
        raise FormalismError("F501", "Content-Type", f"expected {MULTIPART} with a boundary, or {URLENCODED}")
    fields: dict[str, str] = {}
    files: list[tuple[str, bytes]] = []
    names: list[str] = []

    def on_field(item: Any) -> None:
        _count(names)
        fields[_text(item.field_name)] = _text(item.value)

    def on_file(item: Any) -> None:
        _count(names)
        if item.field_name != b"file":
            raise FormalismError("F501", "file", "the field of the upload must be named file")
        item.file_object.seek(0)
        files.append((_text(item.file_name), item.file_object.read()))

    # The size of the body is checked before it comes here; the limit of a file's size only keeps it off the disk.
    config = {"MAX_MEMORY_FILE_SIZE": len(body) + 1}
    parser = FormParser(MULTIPART, on_field, on_file, boundary=boundary, config=config)
    try:
        parser.write(body)
        parser.finalize()
    except (FormParserError, ValueError, AssertionError) as error:
        raise FormalismError("F501", "", f"broken multipart form ({type(error).__name__})") from None
    if not names:
        raise FormalismError("F501", "", "the form has no complete field")
    return _request(fields, files)


def _count(names: list[str]) -> None:
    names.append("")
    if len(names) > _MOST_FIELDS:
        raise FormalismError("F501", "", f"more than {_MOST_FIELDS} fields")


def _urlencoded(body: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=_MOST_FIELDS
        )
    except ValueError as error:  # also UnicodeError
        raise FormalismError("F501", "", f"broken form, or not UTF-8 ({type(error).__name__})") from None
    return dict(pairs)


def _request(fields: dict[str, str], files: list[tuple[str, bytes]]) -> Request:
    # A browser sends an empty, nameless file for a file field that nobody used.
    used = [(name, data) for name, data in files if name or data]
    if len(used) > 1:
        raise FormalismError("F501", "file", "one file a request")
    name, data = used[0] if used else (fields.get("name", ""), None)
    dismissed = frozenset(fields.get("dismissed", "").split(",")) - {""}
    # Browsers turn each line end of a form's text into CRLF.
    text = fields["text"].replace("\r\n", "\n") if "text" in fields else None
    known = {key: fields.get(key, "") for key in ("title", "genre", "format")}
    return Request(text=text, file=data, name=_plain_name(name), dismissed=dismissed, fields=fields, **known)


def _plain_name(name: str) -> str:
    """The last part of a file name: some clients send a path."""
    return name.replace("\\", "/").rsplit("/", 1)[-1][:200]


def _text(raw: bytes | None) -> str:
    try:
        return (raw or b"").decode()
    except UnicodeDecodeError:
        raise FormalismError("F501", "", "a form field is not UTF-8") from None
