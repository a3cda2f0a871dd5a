"""What tests of the readers ask again and again: is it refused, is it well made, what are its blocks."""

from __future__ import annotations

from typing import Any

import pytest

from formalism_nlp.readers import read
from formalism_nlp.values.document import Document
from formalism_nlp.values.errors import ReadError


def refused(source: Any, **options: Any) -> ReadError:
    with pytest.raises(ReadError) as caught:
        read(source, **options)
    return caught.value


def check_law(document: Document) -> None:
    """What every reader promises beyond the law of Document itself."""
    assert document.text.strip() and "\r" not in document.text and document.blocks
    document.text.encode("utf-8")
    for block in document.blocks:
        piece = document.text[block.start : block.end]
        assert piece.strip() and block.where
        assert document.locate(block.start) == block.where
    covered = "".join(document.text[block.start : block.end] for block in document.blocks)
    if document.format != "markdown":
        assert "".join(covered.split()) == "".join(document.text.split())


def outcome(data: bytes, name: str = "") -> str:
    """``"ok"`` or the error's code; anything else fails the test."""
    try:
        document = read(data, name=name)
    except ReadError as error:
        assert error.code in str(error)
        return error.code
    assert isinstance(document, Document) and document.text.strip()
    document.text.encode("utf-8")  # no lone surrogates
    return "ok"


def blocks(document: Document) -> list[tuple[str, str, str]]:
    return [(block.kind, document.text[block.start : block.end], block.where) for block in document.blocks]


def texts(document: Document) -> list[str]:
    return [text for _, text, _ in blocks(document)]
