"""Where a sentence stands: its paragraph, its headings, its place in the document."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from formalism_nlp.analysis.characters import BREAK, DIGIT, SPACE, TAIL_CLOSER, Folded, Ints, Kinds, flags, fold
from formalism_nlp.analysis.sentences import Sentences
from formalism_nlp.analysis.spans import Bools, Runs, having, lengths, where
from formalism_nlp.values.document import Document, Span

LONGEST_HEADING = 45
LONGEST_PLAIN_HEADING = 30
_LEVELS = (
    (1, re.compile(r"(?:[一二三四五六七八九十]+、|第[一二三四五六七八九十\d]+(?:部分|章|篇|部))")),
    (2, re.compile(r"（[一二三四五六七八九十]+）")),
    (3, re.compile(r"(?:\d{1,2}[.．、](?!\d)|（\d{1,2}）|[①-⑳])")),
)
_MARKDOWN = re.compile(r"(#{1,6})\s")
# What any mark of ``_LEVELS`` or ``_MARKDOWN`` begins with, besides digits.
_BEGINS_MARK = flags("一二三四五六七八九十第（#①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳")
_IS_STOP = flags("。！？；：，、…")


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


@dataclass(frozen=True, slots=True)
class Places:
    """The places of many sentences, a column a field of ``Place``; sentence numbers count through all documents."""

    paragraph: Ints
    section: Ints
    subsection: Ints
    own_level: Ints
    at_line_start: Bools
    whole_line: Bools

    @property
    def heading(self) -> Ints:
        """The nearest heading over each sentence (may be the sentence itself), -1 for none."""
        return np.where(self.subsection >= 0, self.subsection, self.section)

    def rows(self, first: int, last: int) -> list[Place]:
        """The places of the sentences ``first`` to ``last`` of one document, numbered from ``first``."""
        part = slice(first, last)
        section, subsection = (np.where(x[part] >= 0, x[part] - first, -1) for x in (self.section, self.subsection))
        columns = (
            self.paragraph[part],
            section,
            subsection,
            self.own_level[part],
            self.at_line_start[part],
            self.whole_line[part],
        )
        return [Place(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]


@dataclass(frozen=True, slots=True)
class Bodies:
    """Sentences without the white space around them: ``text[start[i]:end[i]]``.

    ``last`` is the code point of its last character besides closing quotes and brackets, 0 when there is none.
    """

    text: str
    start: Ints
    end: Ints
    last: Ints

    def __getitem__(self, i: int) -> str:
        return self.text[self.start[i] : self.end[i]]


def find_bodies(folded: Folded, sentences: Sentences) -> Bodies:
    """Strip the sentences of a text."""
    start = sentences.start
    if len(start) and (folded.kinds.take(start) & SPACE).any():
        start = np.minimum(Runs(having(folded.kinds, SPACE)).end_at(start), sentences.end)
    end = np.maximum(start, _before_run(folded.kinds, SPACE, sentences.end))
    tail = np.maximum(start, _before_run(folded.kinds, TAIL_CLOSER, end))
    last = np.where(tail > start, folded.codes.take(np.maximum(tail - 1, 0)), 0) if len(tail) else tail
    return Bodies(folded.text, start, end, last)


def place_sentences(document: Document, text: str, spans: Sequence[Span]) -> list[Place]:
    """Find paragraph and headings of each sentence of one document.

    Args:
        document: its heading and title blocks are believed.
        text: the normalised text, same length as the document's.
        spans: its sentences.

    Returns:
        One Place a span, in order.
    """
    folded = fold(text)
    edges = np.array([(span.start, span.end) for span in spans], dtype=np.int64).reshape(-1, 2)
    sentences = Sentences(edges[:, 0], edges[:, 1], np.array([0, len(edges)]))
    places = find_places([document], np.zeros(1, dtype=np.int64), folded, sentences, find_bodies(folded, sentences))
    return places.rows(0, len(edges))


def _before_run(kinds: Kinds, kind: int, ends: Ints) -> Ints:
    """Each end, or the start of the run of characters of a kind that ends there."""
    if not len(ends) or not (kinds.take(ends - 1) & kind).any():
        return ends
    return Runs(having(kinds, kind)).start_at(ends)


def find_places(documents: Sequence[Document], starts: Ints, folded: Folded, sentences: Sentences, bodies: Bodies) -> Places:
    """Find paragraph and headings of each sentence.

    Args:
        documents: their heading and title blocks are believed.
        starts: where the text of each document starts.
        folded: their texts.
        sentences, bodies: their sentences.
    """
    count = len(sentences.start)
    filled = bodies.end > bodies.start
    opens = np.zeros(count + 1, dtype=bool)
    opens[sentences.first] = True  # the first sentence of a document
    breaks = where(folded.kinds & BREAK)
    of = sentences.end.searchsorted(breaks, side="right")
    line_end = opens[1:].copy()
    inside = of < count
    of, breaks = of[inside], breaks[inside]
    line_end[of[breaks >= bodies.start[of]]] = True
    line_start = opens[:-1].copy()
    line_start[1:] |= line_end[:-1]
    told = _told_levels(documents, starts, sentences)
    level = _levels(folded, bodies, told, line_start, line_end)
    number = np.arange(count)
    begin = sentences.first[:-1].repeat(lengths(sentences.first))
    section = _latest(level == 1, number, begin)
    subsection = _latest(level > 1, number, begin)
    passed = (line_end & filled).astype(np.int64)
    passed = passed.cumsum() - passed
    return Places(
        paragraph=passed - passed[begin],
        section=section,
        subsection=np.where(subsection > section, subsection, -1),
        own_level=level,
        at_line_start=line_start,
        whole_line=line_start & line_end,
    )


def _latest(mask: Bools, number: Ints, begin: Ints) -> Ints:
    """For each sentence the last one up to it, in its document, that has the mask; -1 for none."""
    latest = np.maximum.accumulate(np.where(mask, number, -1)) if len(number) else number
    return np.where(latest >= begin, latest, -1)


def _told_levels(documents: Sequence[Document], starts: Ints, sentences: Sentences) -> Ints:
    """Level of the heading or title block that starts with each sentence, 0 for none."""
    told = np.zeros(len(sentences.start), dtype=np.int64)
    for document, start, first, last in zip(
        documents, starts.tolist(), sentences.first[:-1].tolist(), sentences.first[1:].tolist(), strict=True
    ):
        blocks = {start + block.start: block.level or 1 for block in document.blocks if block.kind in ("title", "heading")}
        if blocks:
            told[first:last] = [blocks.get(at, 0) for at in sentences.start[first:last].tolist()]
    return told


def _levels(folded: Folded, bodies: Bodies, told: Ints, line_start: Bools, line_end: Bools) -> Ints:
    """Level 1–3 of each heading, 0 for what is none.

    Headings are what the document says; numbered lines and numbered sentences at the start of a line; short lines without
    a stop at their end.
    """
    size = bodies.end - bodies.start
    told_here = (told > 0) & line_start & line_end & (size > 0)
    level = np.where(told_here, np.minimum(told, 3), 0)
    free = (size > 0) & line_start & ~told_here & (size <= LONGEST_HEADING)
    stopped = _IS_STOP.take(bodies.last, mode="clip")
    level[free & line_end & ~stopped & (size <= LONGEST_PLAIN_HEADING)] = 1
    at = where(free)
    first = bodies.start[at]
    at = at[_BEGINS_MARK.take(folded.codes.take(first), mode="clip") | ((folded.kinds.take(first) & DIGIT) > 0)]
    for i, whole, stop in zip(at.tolist(), line_end[at].tolist(), stopped[at].tolist(), strict=True):
        level[i] = _marked_level(bodies[i], whole, stop)
    return level


def _marked_level(body: str, line_end: bool, stopped: bool) -> int:
    """Level of a short sentence at the start of a line that may begin with a number or a Markdown mark.

    A whole line with a stop at its end, or a run-in heading (（一）……。 with more behind it), must be numbered 一、 or （一）.
    """
    markdown = _MARKDOWN.match(body)
    if markdown and line_end:
        return min(len(markdown[1]), 3)
    numbered = next((level for level, mark in _LEVELS if mark.match(body)), 0)
    if line_end and not stopped:
        return numbered or int(len(body) <= LONGEST_PLAIN_HEADING)
    if numbered not in (1, 2):
        return 0
    fine = not body.endswith(("；", "，", "、")) if line_end else body.endswith(("。", "："))
    return numbered if fine else 0
