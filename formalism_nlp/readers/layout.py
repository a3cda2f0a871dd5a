"""Lines of pages → paragraphs: running headers, footers and page numbers out, lines joined again across lines and pages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import reduce
from itertools import pairwise

from formalism_nlp.readers.glyphs import Line, Page, join, page_lines
from formalism_nlp.readers.plain import Piece
from formalism_nlp.values.document import BlockKind

_EDGE = 0.12  # of the height of a page: where headers and footers stand (GB/T 9704: text begins at 12.5 %)
_DEEPEST = 3  # lines of a header or footer
_LEAST_SHARE = 0.3  # of the pages carry a running header; two kinds may alternate
_SAME_PLACE = 4.0  # points
_FEW = 6  # lines tell little about the margins of a page
_SLACK = 0.7  # of the size: what a line may lack though the next character would not have fitted
_NARROW = 0.55  # of the size: width of a Latin letter or digit
# What the end of a line cannot part: opening marks, a word or a character, marks that must not begin a line; and, for programs
# that follow Unicode (UAX 14), a quotation mark or slash with the characters on both sides, a mark with the number after it.
_UNIT = re.compile("[“‘（《【(]*(?:[!-~]+|.)(?:[“”‘’/]+.|[，。、；：？！）》】…—,.;:?!)]+[!-~]*)*")
_INDENT = 1.2  # of the size
_DEEPEST_INDENT = 4.5  # of the size: what stands further in is centred or a column
_LEAST_SIGNS = 0.1  # of the lines begin a paragraph visibly, in a text that indents its paragraphs or sets them apart
_LEADING = 1.5  # times the usual distance of lines: a wider one parts paragraphs
_SIZE_STEP = 1.12  # times: lines whose sizes differ more are no one paragraph
_PAGE_NUMBER = re.compile(
    r"[-—–―－·•\s]*(?:第?\s*[\d０-９]{1,4}\s*页?(?:\s*[/／,，]?\s*共?\s*[\d０-９]{1,4}\s*页?)?|[ivxlc]{1,6})[-—–―－·•\s]*",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"[\d０-９]+")
_ITEM = re.compile(r"[（(]?[一二三四五六七八九十百\d]{1,3}[）)、.．]|第[一二三四五六七八九十百\d]{1,4}[章节条]|[①-⑳●◆■★]|附件")
_NUMERALS = re.compile(r"[一二三四五六七八九十百\d]+")
_FIRST = re.compile(r"(?<![一二三四五六七八九十百\d])[一1](?![一二三四五六七八九十百\d])")
_ITEM_INSIDE = re.compile(rf"(?<=[。；！？;])(?:{_ITEM.pattern})")
_RUNNING = 60  # characters; a shorter paragraph above the title is its number, addressee or date
_LETTERHEAD = re.compile(r"文\s*件$")
_BULLET = re.compile(r"[•●■▪◦]|[\uf000-\uf0ff]\s*")  # the last are those of Symbol and Wingdings, no characters elsewhere
_MARK = re.compile("[，。、；：？！”’）》】…—,.;:?!)]$")
_ENDS = re.compile(r"[。！？；：.!?;:”」』）)]\s*$")


def lay_out_pages(pages: Sequence[Page]) -> list[Piece]:
    """Make paragraphs of the pages of a document.

    Args:
        pages: in order, glyphs and rules in points.

    Returns:
        Title (larger lines at the top of the first page), headings (larger lines), paragraphs and table rows. ``where`` is
        ``"page P line L"``, lines counted as they stand on the page, headers included; of a paragraph that goes on to the
        next page ``"page P line L - page Q line M"``. Lines are joined without a break or a hyphen; running headers and
        footers and page numbers are left out.
    """
    lines = _with_rows(_without_margins([(page, page_lines(page)) for page in pages]))
    margins = _Margins(lines, max((page.width for page in pages), default=0.0))
    groups: list[list[Line]] = []
    for line in lines:
        if groups and margins.goes_on(groups[-1][-1], line):
            groups[-1].append(line)
        else:
            groups.append([line])
    texts = [reduce(join, (line.text for line in group)) for group in groups]
    title = _title(groups, texts, margins)
    pieces: list[Piece] = []
    for number, (group, text) in enumerate(zip(groups, texts, strict=True)):
        kind, level = margins.role(group)
        if number == title:
            kind = "title"
        if bullet := _BULLET.match(text):
            kind = "list_item"
            text = text[bullet.end() :] if bullet.group() >= "\uf000" else text
        if text:
            pieces.append(Piece(kind, text, _where(group), level))
    return pieces


def _with_rows(lines: list[Line]) -> list[Line]:
    """Lines with columns above one another are rows of a table without rules."""
    columns = ["\t" in line.text for line in lines]
    return [
        line._replace(row=True) if here and (before or after) else line
        for line, before, here, after in zip(lines, [False, *columns], columns, [*columns[1:], False], strict=False)
    ]


def _title(groups: list[list[Line]], texts: list[str], margins: _Margins) -> int:
    """Number of the title: the largest lines above the running text, but not the name of the office at the very top; -1 if none."""
    best, size = -1, 0.0
    for number, (group, text) in enumerate(zip(groups, texts, strict=True)):
        if group[0].page > 1 or (len(text) >= _RUNNING and not margins.is_large(group[0])):
            break
        if margins.role(group)[0] == "heading" and group[0].size > size * _SIZE_STEP and not _LETTERHEAD.search(text):
            best, size = number, group[0].size
    return best


def _where(group: list[Line]) -> str:
    first, last = group[0], group[-1]
    start = f"page {first.page} line {first.number}"
    return start if first.page == last.page else f"{start} - page {last.page} line {last.number}"


# --- headers and footers --------------------------------------------------------------------------------------------


def _without_margins(pages: list[tuple[Page, list[Line]]]) -> list[Line]:
    """All lines but running headers and footers (the same text, digits aside, at the same height) and page numbers."""
    counts: Counter[tuple[str, int]] = Counter()
    edges = [_edge_lines(page, lines) for page, lines in pages]
    for found in edges:
        counts.update({key for line in found for key in _keys(line)})
    least = max(2, _LEAST_SHARE * len(pages))
    kept: list[Line] = []
    for (_, lines), found in zip(pages, edges, strict=True):
        dropped = {
            line.number for line in found if _PAGE_NUMBER.fullmatch(line.text) or any(counts[key] >= least for key in _keys(line))
        }
        kept += [line for line in lines if line.number not in dropped]
    return kept


def _edge_lines(page: Page, lines: list[Line]) -> list[Line]:
    placed = sorted((line for line in lines if not line.row), key=lambda line: line.y)
    top = [line for line in placed[:_DEEPEST] if line.y < page.height * _EDGE]
    bottom = [line for line in placed[-_DEEPEST:] if line.y > page.height * (1 - _EDGE)]
    return top + [line for line in bottom if line not in top]


def _keys(line: Line) -> tuple[tuple[str, int], tuple[str, int]]:
    """What makes two lines the same header: the text without its numbers, and the height, in two overlapping grids."""
    text = _DIGITS.sub("#", "".join(line.text.split()))
    return (text, int(line.y / (2 * _SAME_PLACE)) * 2), (text, int(line.y / (2 * _SAME_PLACE) + 0.5) * 2 + 1)


def _width(text: str, size: float) -> float:
    """Width of the first unit of a text that the end of a line cannot part."""
    unit = _UNIT.match(text)
    return sum(_NARROW if char.isascii() else 1.0 for char in unit.group()) * size if unit else size


def _reach(lines: list[Line]) -> float:
    """How far to the right lines go; a mark may hang over the margin."""
    return max((line.x1 - line.size * bool(_MARK.search(line.text)) for line in lines), default=0.0)


def _shows_its_margin(lines: list[Line], least: int = 1) -> bool:
    """Whether lines without a mark at the end, so many at least, go as far as any: paragraphs seldom end so, full lines mostly do."""
    open_lines = [line for line in lines if not _MARK.search(line.text)]
    reach = _reach(lines)
    return len(open_lines) >= least and any(line.x1 > reach - _SLACK * line.size for line in open_lines)


def _span(lines: list[Line]) -> float:
    return _reach(lines) - min(line.x0 for line in lines)


def _run_in(lines: list[Line]) -> set[tuple[int, int]]:
    """Page and number of lines that begin with an item by chance: the item before it, of the same kind, stood inside a line.

    …。（二）…。（三）…。 at the end of a full line, and then （四）: but （一） begins a list of its own.
    """
    out = set()
    is_inside: dict[str, bool] = {}
    for line in lines:
        item = _ITEM.match(line.text)
        if item:
            kind = _NUMERALS.sub("#", item[0])
            is_inside[kind] = is_inside.get(kind, False) and not _FIRST.search(item[0])
            if is_inside[kind]:
                out.add((line.page, line.number))
        is_inside.update((_NUMERALS.sub("#", inside), True) for inside in _ITEM_INSIDE.findall(line.text))
    return out


# --- paragraphs -----------------------------------------------------------------------------------------------------


class _Margins:
    """The measures of a document that tell where a paragraph ends."""

    def __init__(self, lines: list[Line], width: float) -> None:
        running = [line for line in lines if not line.row]
        weights: Counter[float] = Counter()
        for line in running:
            weights[round(line.size * 2) / 2] += len(line.text)
        self.size = max(weights, key=lambda size: (weights[size], -size)) if weights else 0.0
        steps = Counter(
            round(after.y - before.y)
            for before, after in pairwise(running)
            if before.page == after.page and 0 < after.y - before.y < 4 * max(before.size, 1)
        )
        self.leading = float(max(steps, key=lambda step: (steps[step], -step))) if steps else 2 * self.size
        by_page: dict[int, list[Line]] = {}
        for line in running:
            by_page.setdefault(line.page, []).append(line)
        left, right = min((line.x0 for line in running), default=0.0), _reach(running)
        if len(running) < _FEW or not _shows_its_margin(running):
            right = max(right, width - left)  # perhaps none of them is full: the margins are taken for equal
        # Pages may be mirrored or turned, so each has its own margins; a page with a few lines tells little about them.
        self._right = {page: _reach(some) if _shows_its_margin(some, _FEW) else right for page, some in by_page.items()}
        self._left = {page: min(line.x0 for line in some) if len(some) >= _FEW else left for page, some in by_page.items()}
        measure = max((_span(some) for some in by_page.values()), default=0.0)
        for page, some in by_page.items():
            if len(some) >= _FEW and self._holds_first_lines_only(some, left, measure):
                self._left[page], self._right[page] = left, max(right, self._right[page])
        # Where paragraphs are indented or set apart, an item's number at the left margin stands there by chance.
        least = _LEAST_SIGNS * len(running)
        self._indents = sum(map(self._is_indented, running)) > least
        self._spaces = sum(self.leading * _LEADING < two.y - one.y < 4 * self.leading for one, two in pairwise(running)) > least
        self._run_in = _run_in(running)

    def goes_on(self, before: Line, after: Line) -> bool:
        """Whether a line belongs to the paragraph of the line before."""
        if (
            before.row
            or after.row
            or after.page > before.page + 1
            or before.size > after.size * _SIZE_STEP
            or after.size > before.size * _SIZE_STEP
        ):
            return False
        if before.page == after.page and not 0 < after.y - before.y < self.leading * _LEADING:
            return self._starts_column(before, after)
        if self.is_large(before) and self._is_centred(before) and self._is_centred(after):
            return before.page == after.page
        is_seen = self._indents or (self._spaces and before.page == after.page)
        item = _ITEM.match(after.text)
        if not is_seen and item and (after.page, after.number) not in self._run_in and _ENDS.search(before.text):
            return False
        space = self._right.get(before.page, 0.0) - before.x1
        full = space < _width(after.text, before.size) + _SLACK * before.size
        return full and not self._is_indented(after)

    def role(self, group: list[Line]) -> tuple[BlockKind, int]:
        """Kind and level of a paragraph."""
        if group[0].row:
            return "table_row", 0
        return ("heading", 1) if self.is_large(group[0]) and len(group) <= 4 else ("paragraph", 0)

    def is_large(self, line: Line) -> bool:
        return line.size > self.size * _SIZE_STEP

    def _holds_first_lines_only(self, lines: list[Line], left: float, measure: float) -> bool:
        """Whether a page has no line that goes on, so that its own left margin is the indent of its paragraphs.

        Its lines begin an indent to the right of where other pages begin and fall short of the measure by as much; and most of
        them end with a mark, while lines that go on end anywhere. So no page moved by a gutter is taken for one, nor a narrow block.
        """
        least = _INDENT * self.size
        return (
            least < min(line.x0 for line in lines) - left < _DEEPEST_INDENT * self.size
            and _span(lines) < measure - least
            and 2 * sum(bool(_MARK.search(line.text)) for line in lines) > len(lines)
        )

    def _is_indented(self, line: Line) -> bool:
        return line.x0 > self._left.get(line.page, 0.0) + _INDENT * line.size

    def _is_centred(self, line: Line) -> bool:
        left, right = self._left.get(line.page, 0.0), self._right.get(line.page, 0.0)
        return abs((line.x0 - left) - (right - line.x1)) < 2 * line.size

    def _starts_column(self, before: Line, after: Line) -> bool:
        """Whether the line after stands at the top of the next column and goes on with the text of the one before."""
        return after.y < before.y and after.x0 > before.x1 and not _ENDS.search(before.text) and not _ITEM.match(after.text)
