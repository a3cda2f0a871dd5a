"""Offsets of a text ↔ runs of the Word file it was read from; runs are cut so that a comment covers exactly its characters."""

from __future__ import annotations

import copy
from bisect import bisect_right
from collections.abc import Iterable
from typing import Any, NamedTuple

_SPACE = "{http://www.w3.org/XML/1998/namespace}space"
_HYPHEN = "-"  # what the reader makes of w:noBreakHyphen, the only visible character that is no text


class Anchor(NamedTuple):
    """The elements of the main part a comment stands before and behind."""

    first: Any
    last: Any


class _Stretch(NamedTuple):
    """Visible characters of one element: ``text[start : start + length]`` begins at ``inside`` of its own text."""

    start: int
    element: Any
    inside: int
    length: int


class Runs:
    """Finds and cuts the runs of a document.

    White space apart, a text is that of its sources letter for letter (``readers.word.Traced``): the two are walked side by
    side once, and then every visible character of the text knows its element and the offset in it.

    Args:
        text: of the document.
        sources: elements the text was taken from, in order.
        main: root of the main part; only there may comments stand.

    Raises:
        ValueError: the sources are not those of the text.
    """

    def __init__(self, text: str, sources: Iterable[Any], main: Any) -> None:
        self._main = main
        self._word = main.tag.rpartition("}")[0] + "}"
        self._stretches: list[_Stretch] = []
        at = 0
        for element in sources:
            at = self._align(text, at, element)
        if text[at:].strip():
            raise ValueError("the text goes on where the file ends")
        self._notes = {
            (_local(mark), mark.get(self._word + "id")): mark
            for kind in ("footnoteReference", "endnoteReference")
            for mark in main.iter(self._word + kind)
        }

    def _align(self, text: str, at: int, element: Any) -> int:
        """Enter the visible stretches of one element; returns where the text goes on."""
        own = _own_text(element)
        inside = 0
        for word in own.split():
            inside = own.index(word, inside)
            while at < len(text) and text[at].isspace():
                at += 1
            if not text.startswith(word, at):
                raise ValueError(f"{text[at : at + len(word)]!r} in the text is {word!r} in the file")
            self._stretches.append(_Stretch(at, element, inside, len(word)))
            at += len(word)
            inside += len(word)
        return at

    def anchors(self, spans: Iterable[tuple[int, int]]) -> list[Anchor | None]:
        """Cut the runs at all ends of all spans, then tell where each span begins and ends.

        Args:
            spans: half-open intervals of the text, not empty.

        Returns:
            An anchor a span; None for one without a visible character. A span in a text box, a footnote or a formula, where no
            comment may stand, gets what holds it in the main text: the box, the mark of the note, the whole formula.
        """
        places = [self._ends(start, end) for start, end in spans]
        cuts: dict[Any, set[int]] = {}
        for ends in places:
            for element, inside in ends or ():
                cuts.setdefault(element, set()).add(inside)
        pieces = {element: self._cut(element, sorted(offsets)) for element, offsets in cuts.items()}
        anchors: list[Anchor | None] = []
        for ends in places:
            if ends is None:
                anchors.append(None)
                continue
            (opening, left), (closing, right) = ends
            first = next((piece for at, piece in reversed(pieces[opening]) if at <= left), None)
            last = next((piece for at, piece in reversed(pieces[closing]) if at < right), None)
            carriers = None if first is None or last is None else (self._carrier(first), self._carrier(last))
            anchors.append(Anchor(*carriers) if carriers and None not in carriers else None)
        return anchors

    def _ends(self, start: int, end: int) -> tuple[tuple[Any, int], tuple[Any, int]] | None:
        """Element and offset of the first visible character of a span, and of the place behind its last one."""
        first = bisect_right(self._stretches, start, key=lambda stretch: stretch.start) - 1
        if first < 0 or start >= self._stretches[first].start + self._stretches[first].length:
            first += 1  # the span begins in white space
        last = bisect_right(self._stretches, end - 1, key=lambda stretch: stretch.start) - 1
        if first > last:
            return None
        opening, closing = self._stretches[first], self._stretches[last]
        left = opening.inside + max(0, start - opening.start)
        right = closing.inside + min(closing.length, end - closing.start)
        return (opening.element, left), (closing.element, right)

    # --- cutting ---

    def _cut(self, element: Any, offsets: list[int]) -> list[tuple[int, Any]]:
        """Make the run of an element end and begin anew at offsets of its text; returns its pieces with their offsets."""
        pieces = [(0, element)]
        parent = element.getparent()
        if parent is None or self._carrier(element) is not parent:
            return pieces  # indivisible: a formula, or a run in a run
        size = len(_own_text(element))
        for offset in offsets:
            at, piece = pieces[-1]
            if offset == 0:
                _split_run(piece)
            elif offset == size:
                if (after := piece.getnext()) is not None:
                    _split_run(after)
            elif offset > at:
                pieces.append((offset, _split_text(piece, offset - at)))
        return pieces

    def _carrier(self, element: Any) -> Any | None:
        """What a comment on an element may stand around: its run, or what holds it in the main text; None if nothing does."""
        above = list(element.iterancestors())
        if above[-1] is not self._main:
            note = next((a for a in above if _local(a) in ("footnote", "endnote")), None)
            mark = (
                None
                if note is None
                else self._notes.get((f"{_local(note)}Reference", note.get(note.tag.rpartition("}")[0] + "}id")))
            )
            return None if mark is None else self._carrier(mark)
        runs = [a for a in above if a.tag == self._word + "r"]
        formulas = [a for a in above if _local(a) in ("oMath", "oMathPara")]
        # Outermost first: a run in a run is text in a text box or under phonetic signs.
        return runs[-1] if runs else formulas[-1] if formulas else None


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _own_text(element: Any) -> str:
    if _local(element) == "t":
        return str(element.text or "")
    return _HYPHEN if _local(element) == "noBreakHyphen" else ""


def _split_text(element: Any, offset: int) -> Any:
    """Cut a text and its run in two; returns the new text, which begins the new run."""
    rest = copy.copy(element)
    text = element.text
    element.text, rest.text = text[:offset], text[offset:]
    for part in (element, rest):
        part.set(_SPACE, "preserve")
    element.addnext(rest)
    _split_run(rest)
    return rest


def _split_run(child: Any) -> None:
    """Cut a run before one of its children, unless the child begins it; the new run has the same properties."""
    run = child.getparent()
    before = [a for a in child.itersiblings(preceding=True) if _local(a) != "rPr"]
    if not before:
        return
    rest = run.makeelement(run.tag, dict(run.attrib), run.nsmap)
    properties = next((a for a in run if _local(a) == "rPr"), None)
    if properties is not None:
        rest.append(copy.deepcopy(properties))
    rest.extend([child, *child.itersiblings()])
    run.addnext(rest)
