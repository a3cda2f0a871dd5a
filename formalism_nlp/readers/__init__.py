"""File or bytes → Document. The format is decided by content; a parser is imported only when its format is met."""

from __future__ import annotations

import os
import re
import stat
from dataclasses import replace
from pathlib import Path

from formalism_nlp.values.document import Document
from formalism_nlp.values.errors import ReadError

__all__ = ["read"]

_LIMIT = 100 * 2**20
_INVISIBLE = re.compile(r"[\s\u200b-\u200f\u2060\ufeff\ufffc]*")
_HTML = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?>.*?-->)\s*+)*+<(?:!doctype\s+html|html|head|body|meta|title)\b", re.IGNORECASE | re.DOTALL
)
_HTML_NAMES = (".html", ".htm", ".xhtml", ".shtml")
_MARKDOWN_NAMES = (".md", ".markdown")
_MARKUP = re.compile(r"</?[A-Za-z][^<>]*>")
_WORD_XML = re.compile(r"<(?:\w+:)?(?:wordDocument|package)\b[^>]*(?:wordml|xmlPackage)")
_MHTML = re.compile(r"(?:[\w-]+:.*\n(?:[ \t].*\n)*)*?Content-Type:\s*multipart/related", re.IGNORECASE)
# What a page or an XML prologue says of its encoding stands in its first bytes, in ASCII.
_CHARSET = re.compile(
    rb"<meta\b[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]+)|<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([\w-]+)", re.IGNORECASE
)
_HEAD = 4096


def read(source: str | os.PathLike[str] | bytes, *, name: str = "", genre: str = "", limit: int = _LIMIT) -> Document:
    """Read a document: plain text or Markdown in any Chinese encoding, docx, or HTML.

    Args:
        source: a path, or the bytes of a file. A ``str`` is always a path, never the text (see ``Document.from_text``).
        name: name of the document; default the file name, ``""`` for bytes. Its suffix helps only where content cannot tell:
            Markdown without headings, HTML fragments.
        genre: norm group, handed on to the document.
        limit: most bytes that are read.

    Returns:
        The document. CRLF and CR are LF in its text; all offsets refer to that text.

    Raises:
        ReadError: F101 no text, F102 binary, F103 unknown encoding, F104 mojibake, F105 encrypted, F106 over ``limit``,
            F107 unsupported format, F108 broken or hostile file, F109 no such file, F110 neither path nor bytes.
    """
    if isinstance(source, (bytes, bytearray, memoryview)):
        data, where, name = bytes(source), name, name
        if len(data) > limit:
            raise ReadError("F106", where, f"{len(data)} > {limit} bytes")
    elif isinstance(source, (str, os.PathLike)):
        path = os.fsdecode(source)
        data, where, name = _load(path, limit), name or path, name or Path(path).name
    else:
        raise ReadError("F110", name, f"got {type(source).__name__}")
    document = replace(_parse(data, where, Path(name).suffix.lower()), name=name, genre=genre)
    if _INVISIBLE.fullmatch(document.text):
        raise ReadError("F101", where)
    from formalism_nlp.readers.plain import refuse_mojibake

    return replace(document, notes=document.notes + refuse_mojibake(document.text, where))


def _load(path: str, limit: int) -> bytes:
    """Bytes of a regular file of at most ``limit`` bytes."""
    try:
        status = Path(path).stat()
        if not stat.S_ISREG(status.st_mode):
            raise ReadError("F109", path, "文件夹或设备 / a folder or device, not a file")
        if status.st_size > limit:
            raise ReadError("F106", path, f"{status.st_size} > {limit} bytes")
        with Path(path).open("rb") as file:
            data = file.read(limit + 1)
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL or a lone surrogate
        raise ReadError("F109", path[:200], f"{type(error).__name__}: {getattr(error, 'strerror', None) or error}") from error
    if len(data) > limit:  # it grew after the look at its size
        raise ReadError("F106", path, f"> {limit} bytes")
    return data


def _parse(data: bytes, where: str, suffix: str) -> Document:
    """Find the format by content and hand over to its reader."""
    from formalism_nlp.readers.guard import refuse_foreign

    if not data.strip():
        raise ReadError("F101", where)
    if data.startswith((b"PK\3\4", b"PK\5\6")):
        from formalism_nlp.readers.word import read_docx

        return read_docx(data, where)
    refuse_foreign(data, where)
    from formalism_nlp.readers.plain import decode, text_document

    label = _CHARSET.search(data[:_HEAD])
    decoded = decode(data, where=where, label=(label.group(1) or label.group(2)).decode("ascii") if label else "")
    head = decoded.text[:_HEAD]
    if _HTML.match(head) or (suffix in _HTML_NAMES and _MARKUP.search(decoded.text)):
        from formalism_nlp.readers.web import read_html

        return read_html(decoded, where)
    if _WORD_XML.search(head) or _MHTML.match(head):
        raise ReadError("F107", where, "Word XML 或 MHTML，请另存为 docx / Word XML or MHTML: save it as docx")
    return text_document(decoded, markdown=suffix in _MARKDOWN_NAMES)
