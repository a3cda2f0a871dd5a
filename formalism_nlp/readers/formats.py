"""Which reader for which bytes: the format is decided by content, and its parser is imported only when it is met."""

from __future__ import annotations

import re
from dataclasses import replace

from formalism_nlp.readers.containers import ZIP_STARTS, Leaf
from formalism_nlp.readers.guard import PDF_START, is_word_binary, open_zip, refuse_foreign, zip_kind
from formalism_nlp.readers.plain import decode, refuse_mojibake, text_document
from formalism_nlp.values.document import Block, Document
from formalism_nlp.values.errors import ReadError

_INVISIBLE = re.compile(r"[\s\u200b-\u200f\u2060\ufeff\ufffc]*")
_HTML = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--(?>.*?-->)\s*+)*+<(?:!doctype\s+html|html|head|body|meta|title)\b", re.IGNORECASE | re.DOTALL
)
_HTML_NAMES = (".html", ".htm", ".xhtml", ".shtml")
_MARKDOWN_NAMES = (".md", ".markdown")
_MARKUP = re.compile(r"</?[A-Za-z][^<>]*>")
_WORD_XML = re.compile(r"<(?:\w+:)?(?:wordDocument|package)\b[^>]*(?:wordml|xmlPackage)")
# What a page or an XML prologue says of its encoding stands in its first bytes, in ASCII.
_CHARSET = re.compile(
    rb"<meta\b[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]+)|<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([\w-]+)", re.IGNORECASE
)
_HEAD = 4096


def parse(leaf: Leaf) -> Document:
    """Read one file that holds no other files.

    Args:
        leaf: from ``containers.unpack``. The suffix of its name helps only where content cannot tell.

    Returns:
        A document with visible text, without name and genre. The subject of a mail is its title and its first block.

    Raises:
        ReadError: see ``readers.read``.
    """
    document = _by_content(leaf.data, leaf.where, leaf.suffix)
    if _INVISIBLE.fullmatch(document.text):
        raise ReadError("F101", leaf.where)
    if leaf.is_mail:
        document = _with_subject(document, leaf.subject)
    return replace(document, notes=document.notes + refuse_mojibake(document.text, leaf.where))


def _with_subject(document: Document, subject: str) -> Document:
    """The text of a mail below its subject; its blocks are located in the text of the mail."""
    ahead = len(subject) + 1 if subject else 0
    blocks = tuple(replace(block, start=block.start + ahead, end=block.end + ahead) for block in document.blocks)
    first = (Block("title", 0, len(subject), 1, "subject"),) if subject else ()
    text = f"{subject}\n{document.text}" if subject else document.text
    return replace(document, text=text, blocks=first + blocks, title=subject or document.title, format="mail", encoding="")


def _by_content(data: bytes, where: str, suffix: str) -> Document:
    if not data.strip():
        raise ReadError("F101", where)
    if data.startswith(ZIP_STARTS):
        return _zipped(data, where)
    if is_word_binary(data):
        from formalism_nlp.readers.legacy import read_doc

        return read_doc(data, where)
    if PDF_START.match(data):
        from formalism_nlp.readers.pdf import read_pdf

        return read_pdf(data, where)
    refuse_foreign(data, where)
    label = _CHARSET.search(data[:_HEAD])
    decoded = decode(data, where=where, label=(label.group(1) or label.group(2)).decode("ascii") if label else "")
    head = decoded.text[:_HEAD]
    if _HTML.match(head) or (suffix in _HTML_NAMES and _MARKUP.search(decoded.text)):
        from formalism_nlp.readers.web import read_html

        return read_html(decoded, where)
    if _WORD_XML.search(head):
        raise ReadError("F107", where, "Word XML，请另存为 docx / Word XML: save it as docx")
    return text_document(decoded, markdown=suffix in _MARKDOWN_NAMES)


def _zipped(data: bytes, where: str) -> Document:
    with open_zip(data, where) as archive:
        kind = zip_kind(archive, where)
    if kind == "docx":
        from formalism_nlp.readers.word import read_docx

        return read_docx(data, where)
    if kind == "ofd":
        from formalism_nlp.readers.ofd import read_ofd

        return read_ofd(data, where)
    raise ReadError("F107", where, "压缩包 / an archive")
