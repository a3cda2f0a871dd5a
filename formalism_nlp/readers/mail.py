"""eml and mht → the text of the message and its attachments."""

from __future__ import annotations

import email.errors
import email.header
import email.message
import email.utils
import re
from email.parser import BytesParser
from email.policy import Compat32, compat32
from typing import NamedTuple

from formalism_nlp.readers.plain import decode
from formalism_nlp.values.errors import ReadError

MAX_PARTS = 2_000
_MAX_MULTIPARTS = 100  # each may stand inside the one before, and costs another look at every line
_HEADER = re.compile(rb"([!-9;-~]+):[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*(?:\r\n|\n|\r|\Z)")
_TELLING = frozenset((b"received", b"message-id", b"mime-version", b"return-path", b"delivered-to", b"content-type"))
_ORDINARY = frozenset((b"from", b"to", b"date", b"subject", b"cc", b"sender", b"reply-to"))
_MULTIPART = re.compile(rb"multipart/|message/", re.IGNORECASE)
_LOOK = 20_000
_DEFECTS = (email.errors.MessageError, RecursionError, LookupError, ValueError, TypeError, AttributeError, AssertionError)


class _Raw(Compat32):
    """Hands headers out as they came: the standard policy turns bytes beyond ASCII, such as a subject in GBK, into U+FFFD."""

    def header_fetch_parse(self, name: str, value: str) -> str:  # noqa: ARG002 - the signature of email.policy
        return value


class Part(NamedTuple):
    """One document in a mail: its text (``name`` is ``""``; UTF-8, or as it came when it is HTML) or an attachment."""

    name: str
    data: bytes
    suffix: str


class Mail(NamedTuple):
    """What a mail holds; ``subject`` is ``""`` when there is none."""

    subject: str
    parts: tuple[Part, ...]


def is_mail(data: bytes, suffix: str = "") -> bool:
    """Whether bytes begin with the head of a mail: two known fields, one of them written by programs only.

    With the suffix ``.eml`` or ``.mht`` any one known field is enough.
    """
    fields: set[bytes] = set()
    at = 0
    head = data[:_LOOK].removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    while field := _HEADER.match(head, at):
        fields.add(field.group(1).lower())
        at = field.end()
    telling, known = fields & _TELLING, fields & (_TELLING | _ORDINARY)
    return bool(known) if suffix in (".eml", ".mht", ".mhtml") else bool(telling) and len(known) > 1


def split_mail(data: bytes, where: str) -> Mail:
    """Take a mail apart.

    Args:
        data: the file.
        where: its name for error messages.

    Returns:
        The message first (HTML when there is an HTML version, because it keeps tables), then the attachments in order. An
        attached mail is an attachment named ``….eml``. Pictures shown inside the text are left out. Attachments without
        a name are called ``part-N`` with a suffix by their type.

    Raises:
        ReadError: F105 an encrypted mail, F108 broken or made to exhaust the parser.
    """
    if len(_MULTIPART.findall(data)) > _MAX_MULTIPARTS * 10 or data.lower().count(b"boundary=") > _MAX_MULTIPARTS:
        raise ReadError("F108", where, "邮件嵌套过深 / the parts of the mail are nested too deep")
    try:
        message = BytesParser(policy=_Raw()).parsebytes(data.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n"))
        if message.get_content_type() in ("multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"):
            raise ReadError("F105", where)
        parts = _parts(message, where)
        subject = " ".join(_words(message.get("Subject")).split())
    except _DEFECTS as error:
        raise ReadError("F108", where, f"mail: {type(error).__name__}: {error}"[:200]) from error
    return Mail(subject, parts)


def _parts(message: email.message.Message, where: str) -> tuple[Part, ...]:
    texts: dict[str, list[bytes]] = {"text/html": [], "text/plain": []}
    attached: list[Part] = []
    stack = [message]
    seen = 0
    while stack:
        part = stack.pop()
        seen += 1
        if seen > MAX_PARTS:
            raise ReadError("F108", where, f"邮件部件过多 / more than {MAX_PARTS} parts")
        kind = part.get_content_type()
        name = _file_name(part)
        attachment = part.get_content_disposition() == "attachment" or bool(name)
        if kind == "message/rfc822" and part.is_multipart():
            inner = part.get_payload(0)
            if isinstance(inner, email.message.Message):
                attached.append(Part(_named(name, seen, ".eml"), inner.as_bytes(policy=compat32), ".eml"))
        elif isinstance(inside := part.get_payload(), list):
            stack.extend(child for child in reversed(inside) if isinstance(child, email.message.Message))
        elif kind in texts and not attachment:
            texts[kind].append(_text(part, kind, where))
        elif not _is_inline_picture(part, kind) and not kind.startswith("multipart/"):
            content = part.get_payload(decode=True)
            attached.append(Part(_named(name, seen, _suffix(kind)), content if isinstance(content, bytes) else b"", ""))
    html, plain = (b"\n".join(found for found in texts[kind] if found.strip()) for kind in ("text/html", "text/plain"))
    body = [Part("", html, ".html")] if html else [Part("", plain, ".txt")] if plain else []
    return tuple(body + attached)


def _text(part: email.message.Message, kind: str, where: str) -> bytes:
    """Text of a part in UTF-8, lines joined again that format=flowed (RFC 3676) has broken."""
    raw = part.get_payload(decode=True)
    if not isinstance(raw, bytes) or not raw.strip():
        return b""
    text = decode(raw, where=where, label=str(part.get_content_charset() or "")).text
    if kind == "text/plain" and str(part.get_param("format", "")).lower() == "flowed":
        text = _flowed(text, joint="" if str(part.get_param("delsp", "")).lower() == "yes" else " ")
    return text.encode("utf-8", "replace")


def _flowed(text: str, joint: str) -> str:
    lines: list[str] = []
    goes_on = False
    for line in text.split("\n"):
        line = line.removeprefix(" ") if line.startswith((" >", " From", "  ")) else line
        if goes_on and not line.startswith(">"):
            lines[-1] = lines[-1][:-1] + joint + line
        else:
            lines.append(line)
        goes_on = line.endswith(" ") and line != "-- "
    return "\n".join(lines)


def _is_inline_picture(part: email.message.Message, kind: str) -> bool:
    shown = part.get("Content-ID") is not None or part.get("Content-Location") is not None
    return (kind.startswith("image/") or kind == "text/css") and shown and part.get_content_disposition() != "attachment"


def _file_name(part: email.message.Message) -> str:
    """Name of an attachment as it may be shown: without folders and control characters."""
    for header, key in (("content-disposition", "filename"), ("content-type", "name")):
        value = part.get_param(key, None, header)
        if value is None:
            continue
        name = email.utils.collapse_rfc2231_value(value) if isinstance(value, tuple) else _words(value)
        name = re.split(r"[/\\]", name.strip())[-1]
        if shown := "".join(char for char in name if char.isprintable()):
            return shown
    return ""


def _named(name: str, number: int, suffix: str) -> str:
    return name or f"part-{number}{suffix}"


def _suffix(kind: str) -> str:
    return {"text/html": ".html", "text/plain": ".txt", "application/pdf": ".pdf"}.get(kind, "")


def _words(value: object) -> str:
    """A header as text: encoded words (RFC 2047) decoded, raw bytes by the ladder of plain text."""
    if value is None:
        return ""
    raw = str(value)
    if any("\udc80" <= char <= "\udcff" for char in raw):
        return _decoded(raw.encode("utf-8", "surrogateescape"), "")
    pieces: list[tuple[bytes, str]] = []
    for piece, charset in email.header.decode_header(raw):
        content = piece.encode("utf-8", "replace") if isinstance(piece, str) else piece
        if pieces and charset and pieces[-1][1] == charset:  # a character may be split between two encoded words
            content = pieces.pop()[0] + content
        pieces.append((content, charset or ""))
    return "".join(_decoded(content, charset) for content, charset in pieces)


def _decoded(content: bytes, charset: str) -> str:
    if not content:
        return ""
    try:
        return decode(content, label=charset).text
    except ReadError:
        return content.decode("latin-1")
