"""Normal form, sentences and places, one character or sentence at a time."""

from __future__ import annotations

import re
from collections.abc import Sequence

from formalism_nlp.analysis.simplified import SIMPLIFIED, TRADITIONAL
from formalism_nlp.analysis.structure import Place
from formalism_nlp.values.document import Document, Span

_FOLDED = dict(zip(TRADITIONAL, SIMPLIFIED, strict=True))
_SPLIT = re.compile("(?:[。！？；｡]+[”’」』》）)〉】〕］\\]\"']*|[\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029])\\s*")
_BREAK = re.compile(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_SENTENCE_END = re.compile(r"[。！？；：，、…][”’」』》）)]*$")
_LEVELS = (
    (1, re.compile(r"(?:[一二三四五六七八九十]+、|第[一二三四五六七八九十\d]+(?:部分|章|篇|部))")),
    (2, re.compile(r"（[一二三四五六七八九十]+）")),
    (3, re.compile(r"(?:\d{1,2}[.．、](?!\d)|（\d{1,2}）|[①-⑳])")),
)


def normalise(text: str) -> str:
    """Each character on its own, except that a comma between ASCII digits stays."""
    out = []
    for i, c in enumerate(text):
        if c == ",":
            inside = 0 < i < len(text) - 1 and text[i - 1] in "0123456789" and text[i + 1] in "0123456789"
            out.append("," if inside else "，")
        elif "\ud800" <= c <= "\udfff":
            out.append("\ufffd")
        elif c in "!?;:()":
            out.append("！？；：（）"["!?;:()".index(c)])
        elif c in "｡､｢｣":
            out.append("。、「」"["｡､｢｣".index(c)])
        elif "\uff01" <= c <= "\uff5e" and c not in "，！？；：（）":
            out.append(chr(ord(c) - 0xFEE0))
        elif c in "\u3000\t\xa0":
            out.append(" ")
        else:
            out.append(_FOLDED.get(c, c))
    return "".join(out)


def split_sentences(text: str) -> list[Span]:
    """Spans that tile the text."""
    spans: list[Span] = []
    start = 0
    for match in _SPLIT.finditer(text, len(text) - len(text.lstrip())):
        spans.append(Span(start, match.end()))
        start = match.end()
    if start < len(text):
        spans.append(Span(start, len(text)))
    return spans


def place_sentences(document: Document, text: str, spans: Sequence[Span]) -> list[Place]:
    """Paragraph, headings above, own level, whether it begins and fills its line."""
    told = {block.start: block.level or 1 for block in document.blocks if block.kind in ("title", "heading")}
    places: list[Place] = []
    paragraph, section, subsection = 0, -1, -1
    line_start = True
    for number, span in enumerate(spans):
        sentence = text[span.start : span.end]
        line_end = span.end == len(text) or bool(_BREAK.search(sentence.lstrip()))
        body = sentence.strip()
        level = heading_level(body, told.get(span.start, 0), line_start, line_end)
        if level == 1:
            section, subsection = number, -1
        elif level >= 2:
            subsection = number
        places.append(Place(paragraph, section, subsection, level, line_start, line_start and line_end))
        line_start = line_end
        paragraph += line_end and bool(body)
    return places


def heading_level(body: str, told: int, line_start: bool, line_end: bool) -> int:
    """Level 1–3 of a heading, 0 for none; run-in headings (（一）……。 at a line's start) count."""
    if not body or not line_start:
        return 0
    if told and line_end:
        return min(told, 3)
    if len(body) > 45:
        return 0
    markdown = re.match(r"(#{1,6})\s", body)
    if markdown and line_end:
        return min(len(markdown[1]), 3)
    numbered = next((level for level, mark in _LEVELS if mark.match(body)), 0)
    if line_end:
        if _SENTENCE_END.search(body):
            return numbered if numbered and not body.endswith(("；", "，", "、")) and numbered < 3 else 0
        return numbered or (1 if len(body) <= 30 else 0)
    return numbered if numbered and numbered < 3 and re.search(r"[。：]$", body) else 0
