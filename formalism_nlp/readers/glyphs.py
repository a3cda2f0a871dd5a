"""Placed characters of a page → lines and table rows, for formats that know only where ink is (pdf, ofd)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from functools import reduce
from itertools import pairwise
from typing import NamedTuple

MAX_RULES = 2_000  # drawings and charts have more; their pages are read without looking for tables
_MOST_WORK = 5_000_000  # glyphs times rules; a page of tables has 100,000
_SAME_LINE = 0.5  # of the larger size: baselines nearer than this are one line, superscripts included
_SAME_GLYPH = 0.12  # of the size: the same character again this near is the shadow of a bold face
_WORD_GAP = 0.2  # of the size, between Latin letters: a space nobody wrote
_FIGURE_GAP = 0.45  # the same beside digits and points, which fixed-pitch fonts set far apart
_SPACE_GAP = 0.45  # the same between Chinese characters: an ordinary space
_WIDE_GAP = 0.8  # the same: a wide space
_CELL_GAP = 1.6  # of the size: two pieces of a line this far apart stand in columns
_THIN = 3.0  # points; a thicker box is no rule
_SHORT = 6.0  # points; a shorter rule bounds no cell
_GRID = 2.5  # points; edges nearer than this are one


class Glyph(NamedTuple):
    """A character with its left and right edge, baseline (downwards from the top of the page) and size, in points."""

    char: str
    x0: float
    x1: float
    y: float
    size: float


class Rule(NamedTuple):
    """A thin horizontal or vertical line, ``x0 <= x1``, ``y0 <= y1``, in points from the top left of the page."""

    x0: float
    y0: float
    x1: float
    y1: float


class Page(NamedTuple):
    """What is on a page; ``number`` counts from 1."""

    number: int
    width: float
    height: float
    glyphs: tuple[Glyph, ...]
    rules: tuple[Rule, ...] = ()


class Line(NamedTuple):
    """A line of text or a table row, its edges, baseline and size in points; ``number`` counts from 1 on its page."""

    page: int
    number: int
    text: str
    x0: float
    x1: float
    y: float
    size: float
    row: bool = False


class _Cell(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float


def page_lines(page: Page) -> list[Line]:
    """Lines and table rows of a page from top to bottom; cells are joined by tabs, lines within a cell without a break."""
    free, cells = _by_cell(page)
    lines = [_line(page, part) for part in _columns(page, _baselines(free))]
    for row in _rows(cells):
        # A frame around text is no table: only cells beside others make a row.
        found = [_row_line(page, row, cells)] if len(row) > 1 else [_line(page, part) for part in _baselines(cells[row[0]])]
        at = next((number for number, line in enumerate(lines) if line.y > found[0].y), len(lines))
        lines[at:at] = found
    return [line._replace(number=number) for number, line in enumerate((line for line in lines if line.text), 1)]


def join(before: str, after: str) -> str:
    """Two lines as one: with a space between Latin words, and nothing between Chinese characters or after a hyphen."""
    last, first = before[-1:], after[:1]
    spaced = last.isascii() and first.isascii() and first.isalnum() and (last.isalnum() or last in ",.;:)")
    return f"{before} {after}" if spaced else before + after


# --- lines ----------------------------------------------------------------------------------------------------------


def _baselines(glyphs: Iterable[Glyph]) -> list[list[Glyph]]:
    """Glyphs by line from top to bottom, from left to right in each; shadows of bold faces dropped."""
    lines: list[list[Glyph]] = []
    first = size = 0.0
    for glyph in sorted(glyphs, key=lambda glyph: glyph.y):
        size = max(size, glyph.size)
        if not lines or glyph.y - first > _SAME_LINE * size:
            lines.append([])
            first, size = glyph.y, glyph.size
        lines[-1].append(glyph)
    return [list(_without_shadows(sorted(line, key=lambda glyph: glyph.x0))) for line in lines]


def _without_shadows(line: list[Glyph]) -> Iterator[Glyph]:
    last: dict[str, float] = {}
    for glyph in line:
        if glyph.x0 - last.get(glyph.char, -1e9) > _SAME_GLYPH * glyph.size:
            yield glyph
        last[glyph.char] = glyph.x0


def _line(page: Page, line: list[Glyph]) -> Line:
    inked = [glyph for glyph in line if not glyph.char.isspace()]
    if not inked:
        return Line(page.number, 0, "", 0, 0, 0, 0)
    sizes = sorted(glyph.size for glyph in inked)
    middle = sizes[len(sizes) // 2]
    base = max((glyph for glyph in inked), key=lambda glyph: glyph.size).y
    return Line(page.number, 0, _text(line), inked[0].x0, max(glyph.x1 for glyph in inked), base, middle)


def _text(line: list[Glyph]) -> str:
    """Characters of a line; spaces are told by gaps, because not every file has them as characters."""
    inked = [glyph for glyph in line if not glyph.char.isspace()]
    gaps = [(after.x0 - before.x1) / max(before.size, after.size) for before, after in pairwise(inked)]
    if len(inked) > 1 and all(gap > _SPACE_GAP for gap in gaps) and not any(glyph.char.isascii() for glyph in inked):
        return "".join(glyph.char for glyph in inked)  # spaced out, as the two characters of a title are
    written = [glyph.x0 for glyph in line if glyph.char.isspace()]  # a line is sorted
    parts = [inked[0].char]
    for before, after, gap in zip(inked, inked[1:], gaps, strict=False):
        parts += [_space(before, after, gap, bisect_right(written, before.x0) < bisect_left(written, after.x0)), after.char]
    return "".join(parts)


def _space(before: Glyph, after: Glyph, gap: float, is_written: bool) -> str:
    """What stands between two characters ``gap`` times their size apart."""
    if gap > _CELL_GAP:
        return "\t"
    latin = before.char.isascii(), after.char.isascii()
    if all(latin):
        letters = before.char.isalpha() and after.char.isalpha()
        return " " if is_written or gap > (_WORD_GAP if letters else _FIGURE_GAP) else ""
    if any(latin):  # programs put a quarter between Chinese and Latin, and more to fill a line
        return " " if gap > _WIDE_GAP else ""
    return "　" if gap > _WIDE_GAP else " " if gap > _SPACE_GAP else ""


# --- columns --------------------------------------------------------------------------------------------------------

_LEAST_COLUMN_LINES = 8
_LEAST_COLUMN_FILL = 0.6


def _columns(page: Page, lines: list[list[Glyph]]) -> list[list[Glyph]]:
    """Lines in reading order: where two columns of running text stand side by side, the left one comes first."""
    for share in (0.5, 0.48, 0.52, 0.45, 0.55):
        middle = page.width * share
        split = [_split(line, middle) for line in lines]
        both = [number for number, (left, right) in enumerate(split) if left and right]
        if len(both) < _LEAST_COLUMN_LINES:
            continue
        first, last = both[0], both[-1]
        inside = split[first : last + 1]
        left_side = [left for left, _ in inside if left]
        right_side = [right for _, right in inside if right]
        if all(left or right for left, right in inside) and _are_full(left_side) and _are_full(right_side):
            return lines[:first] + left_side + right_side + lines[last + 1 :]
    return lines


def _split(line: list[Glyph], middle: float) -> tuple[list[Glyph], list[Glyph]]:
    """Parts left and right of a gutter; two empty lists when there is ink in it."""
    left = [glyph for glyph in line if glyph.x1 <= middle]
    right = [glyph for glyph in line if glyph.x0 >= middle]
    inked = [glyph for glyph in left if not glyph.char.isspace()]
    tight = inked and right and right[0].x0 - inked[-1].x1 < right[0].size
    return ([], []) if len(left) + len(right) < len(line) or tight else (left, right)


def _are_full(parts: list[list[Glyph]]) -> bool:
    """Whether most parts of lines are about as wide as the widest: running text, not cells of a table."""
    widths = [part[-1].x1 - part[0].x0 for part in parts]
    return sum(width > 0.8 * max(widths) for width in widths) >= _LEAST_COLUMN_FILL * len(widths)


# --- cells ----------------------------------------------------------------------------------------------------------


def _by_cell(page: Page) -> tuple[list[Glyph], dict[_Cell, list[Glyph]]]:
    """Glyphs outside all cells, and those in each cell: what lies between rules on all four sides."""
    across = sorted(
        (rule for rule in page.rules if rule.y1 - rule.y0 <= _THIN and rule.x1 - rule.x0 >= _SHORT), key=lambda r: r.y0
    )
    down = sorted((rule for rule in page.rules if rule.x1 - rule.x0 <= _THIN and rule.y1 - rule.y0 >= _SHORT), key=lambda r: r.x0)
    count = len(across) + len(down)
    if len(across) < 2 or len(down) < 2 or count > MAX_RULES or count * len(page.glyphs) > _MOST_WORK:
        return list(page.glyphs), {}
    tops, lefts = [rule.y0 for rule in across], [rule.x0 for rule in down]
    free: list[Glyph] = []
    cells: dict[_Cell, list[Glyph]] = {}
    for glyph in page.glyphs:
        x, y = (glyph.x0 + glyph.x1) / 2, glyph.y - glyph.size * 0.35
        at_y, at_x = bisect_left(tops, y), bisect_left(lefts, x)
        above = next((rule for rule in reversed(across[:at_y]) if rule.x0 - 1 <= x <= rule.x1 + 1), None)
        below = next((rule for rule in across[at_y:] if rule.x0 - 1 <= x <= rule.x1 + 1), None)
        left = next((rule for rule in reversed(down[:at_x]) if rule.y0 - 1 <= y <= rule.y1 + 1), None)
        right = next((rule for rule in down[at_x:] if rule.y0 - 1 <= y <= rule.y1 + 1), None)
        if above is None or below is None or left is None or right is None:
            free.append(glyph)
        else:
            cell = _Cell(*(round(edge / _GRID) * _GRID for edge in (left.x0, above.y0, right.x0, below.y0)))
            cells.setdefault(cell, []).append(glyph)
    return free, cells


def _rows(cells: dict[_Cell, list[Glyph]]) -> list[list[_Cell]]:
    """Cells with the same upper edge, from left to right."""
    rows: list[list[_Cell]] = []
    for cell in sorted(cells, key=lambda cell: (cell.top, cell.left)):
        if not any(not glyph.char.isspace() for glyph in cells[cell]):
            continue
        if rows and cell.top - rows[-1][0].top <= _GRID and cell.left > rows[-1][-1].left:
            rows[-1].append(cell)
        else:
            rows.append([cell])
    return rows


def _row_line(page: Page, row: list[_Cell], cells: dict[_Cell, list[Glyph]]) -> Line:
    """Cells joined by tabs, the lines in each joined as in running text."""
    parts = [[_line(page, part) for part in _baselines(cells[cell])] for cell in row]
    texts = [reduce(join, (line.text.replace("\t", " ") for line in part)) for part in parts]
    size = max(line.size for part in parts for line in part)
    return Line(page.number, 0, "\t".join(texts), row[0].left, row[-1].right, row[0].top + size, size, row=True)
