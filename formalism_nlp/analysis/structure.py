"""Where a sentence stands: its paragraph, its headings, its place in the document."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from formalism_nlp.values.document import Document, Span

LONGEST_HEADING = 45
_LEVELS = (
    (1, re.compile(r"(?:[一二三四五六七八九十]+、|第[一二三四五六七八九十\d]+(?:部分|章|篇|部))")),
    (2, re.compile(r"（[一二三四五六七八九十]+）")),
    (3, re.compile(r"(?:\d{1,2}[.．、](?!\d)|（\d{1,2}）|[①-⑳])")),
)
_MARKDOWN = re.compile(r"(#{1,6})\s")
_SENTENCE_END = re.compile(r"[。！？；：，、…][”’」』》）)]*$")
_RUN_IN_END = re.compile(r"[。：]$")
_LINE_END = re.compile(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Place:
    """Place of a sentence. ``section`` and ``subsection`` are sentence numbers of the headings above it, or -1.

    ``own_level`` is 0 for a body sentence, else the level of the heading it is; ``at_line_start`` and ``whole_line``
    tell whether it begins / fills its line; ``paragraph`` numbers the lines that are not blank from 0.
    """

    paragraph: int
    section: int
    subsection: int
    own_level: int
    at_line_start: bool
    whole_line: bool


def place_sentences(document: Document, text: str, spans: Sequence[Span]) -> list[Place]:
    """Find paragraph and headings of each sentence.

    Args:
        document: its heading and title blocks are believed.
        text: the normalised text, same length as the document's.
        spans: sentence spans that tile the text.

    Returns:
        One Place a span, in order.
    """
    told = {block.start: block.level or 1 for block in document.blocks if block.kind in ("title", "heading")}
    places: list[Place] = []
    paragraph, section, subsection = 0, -1, -1
    line_start = True
    for number, span in enumerate(spans):
        sentence = text[span.start : span.end]
        line_end = span.end == len(text) or bool(_LINE_END.search(sentence.lstrip()))
        body = sentence.strip()
        level = _heading_level(body, told.get(span.start, 0), line_start, line_end)
        if level == 1:
            section, subsection = number, -1
        elif level >= 2:
            subsection = number
        places.append(Place(paragraph, section, subsection, level, line_start, line_start and line_end))
        line_start = line_end
        paragraph += line_end and bool(body)
    return places


def _heading_level(body: str, told: int, line_start: bool, line_end: bool) -> int:
    """Level 1–3 of a heading, 0 for none; run-in headings (（一）……。 at a line's start) count."""
    if not body or not line_start:
        return 0
    if told and line_end:
        return min(told, 3)
    if len(body) > LONGEST_HEADING:
        return 0
    markdown = _MARKDOWN.match(body)
    if markdown and line_end:
        return min(len(markdown[1]), 3)
    numbered = next((level for level, mark in _LEVELS if mark.match(body)), 0)
    if line_end:
        if _SENTENCE_END.search(body):
            return numbered if numbered and not body.endswith(("；", "，", "、")) and numbered < 3 else 0
        return numbered or (1 if len(body) <= 30 else 0)
    return numbered if numbered and numbered < 3 and _RUN_IN_END.search(body) else 0
