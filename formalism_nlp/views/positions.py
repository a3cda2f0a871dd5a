"""Offsets in code points ↔ lines and columns in UTF-16 code units, the unit of editors, SARIF and the language server protocol."""

from __future__ import annotations

from bisect import bisect_right
from typing import NamedTuple


class Position(NamedTuple):
    """Line and column, both from 0; the column counts UTF-16 code units."""

    line: int
    column: int


class Lines:
    """The lines of a text; ``\\n`` ends a line (texts of this library hold no other line end that editors count).

    Args:
        text: any text.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = [0, *(i + 1 for i, c in enumerate(text) if c == "\n")]

    def position(self, offset: int) -> Position:
        """Position of a code point; ``0 <= offset <= len(text)``, else IndexError."""
        if not 0 <= offset <= len(self._text):
            raise IndexError(f"offset {offset} outside a text of {len(self._text)} characters")
        line = bisect_right(self._starts, offset) - 1
        return Position(line, units(self._text[self._starts[line] : offset]))

    def offset(self, line: int, column: int) -> int:
        """Code point at a position; beyond the end of line or text it is the end; within a surrogate pair, its beginning."""
        if line >= len(self._starts):
            return len(self._text)
        start = self._starts[max(line, 0)]
        end = self._starts[line + 1] - 1 if line + 1 < len(self._starts) else len(self._text)
        left = column
        for at in range(start, end):
            left -= 2 if self._text[at] > "\uffff" else 1
            if left < 0:
                return at
        return end


def units(text: str) -> int:
    """Length of a text in UTF-16 code units."""
    return len(text) + sum(character > "\uffff" for character in text)
