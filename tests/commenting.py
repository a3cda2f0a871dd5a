"""Word files with remarks in them, for tests: files to remark on, and what a file says of its comments."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from docx import Document as WordFile

import formalism_nlp as fn
from formalism_nlp.values.report import Report

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
WHEN = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
SLOGAN = "我们要高度重视、狠抓落实，以时不我待的精神奋力谱写高质量发展新篇章。"
TRACE = "全年召开推进会议12次，印发文件30份，建立工作台账15本，开展督导检查8轮。"
RESULT = "群众满意度显著提升，各项工作取得明显成效。"


def word_file(paragraphs: list[str], *, pieces: int = 1) -> Any:
    """A Word file with a title; each paragraph in a number of runs, every other one bold."""
    document = WordFile()
    document.add_paragraph("某某街道年度工作总结", style="Title")
    for text in paragraphs:
        paragraph = document.add_paragraph()
        size = max(1, len(text) // pieces)
        for i, at in enumerate(range(0, len(text), size)):
            paragraph.add_run(text[at : at + size]).bold = bool(i % 2)
    return document


def saved(document: Any) -> bytes:
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def scored(data: bytes) -> Report:
    return fn.score(fn.read(data, name="总结.docx"))


def covered(data: bytes) -> dict[int, str]:
    """Number of each comment → the text between its marks, in document order; white space left out."""
    root = WordFile(BytesIO(data)).element
    texts: dict[int, str] = {}
    open_ids: set[int] = set()
    for element in root.iter():
        if element.tag == W + "commentRangeStart":
            open_ids.add(int(element.get(W + "id")))
        elif element.tag == W + "commentRangeEnd":
            open_ids.remove(int(element.get(W + "id")))
        elif element.tag == W + "t":
            for number in open_ids:
                texts[number] = texts.get(number, "") + "".join((element.text or "").split())
    assert not open_ids
    return texts


def bare(text: str) -> str:
    return "".join(text.split())


def comment_texts(data: bytes) -> list[str]:
    return [comment.text for comment in WordFile(BytesIO(data)).comments]
