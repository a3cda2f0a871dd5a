"""The text that is scored, with a way back to where it came from."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import repeat
from typing import Literal

from formalism_nlp.values.rows import filled_rows

BlockKind = Literal["title", "heading", "paragraph", "list_item", "table_row", "footnote"]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Half-open interval of code points, ``text[start:end]``, with ``0 <= start <= end``."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start <= self.end:
            raise ValueError(f"not a span: [{self.start}, {self.end})")

    def __len__(self) -> int:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of layout: ``text[start:end]`` is a title, heading, paragraph, table row ….

    ``level`` is the outline level of a heading (1 = highest), 0 otherwise;
    ``where`` locates the block in the source file, e.g. ``"line 12"`` or ``"paragraph 3"``.
    """

    kind: BlockKind
    start: int
    end: int
    level: int = 0
    where: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """One immutable text, its blocks in order, and the source they map back to.

    All offsets anywhere in the library are code points into ``text``, which nothing ever changes.
    ``blocks`` are sorted and do not overlap; they need not cover line breaks between them.
    """

    text: str
    blocks: tuple[Block, ...] = ()
    name: str = ""
    title: str = ""
    genre: str = ""
    format: str = "text"
    encoding: str = ""
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        last = 0
        for block in self.blocks:
            if not last <= block.start <= block.end <= len(self.text):
                raise ValueError(f"block {block} is out of order or outside the text of {len(self.text)} characters")
            last = block.end

    @classmethod
    def from_text(cls, text: str, *, name: str = "", title: str = "", genre: str = "") -> Document:
        """Make a document of a plain string: each non-empty line is a paragraph block."""
        return cls(text=text, blocks=line_blocks(text), name=name, title=title, genre=genre)

    def __str__(self) -> str:
        return self.text

    def __len__(self) -> int:
        return len(self.text)

    def locate(self, offset: int) -> str:
        """Say where a code point stands in the source file.

        Args:
            offset: ``0 <= offset <= len(text)``.

        Returns:
            ``where`` of the block that holds the offset or the last one before it; ``""`` if none.

        Raises:
            IndexError: the offset lies outside the text.
        """
        if not 0 <= offset <= len(self.text):
            raise IndexError(f"offset {offset} outside a text of {len(self.text)} characters")
        index = bisect_right(self.blocks, offset, key=lambda block: block.start) - 1
        return self.blocks[index].where if index >= 0 else ""


def line_blocks(text: str) -> tuple[Block, ...]:
    """Return one paragraph block for each line that is not blank, without its line end and outer white space."""
    starts, ends, places = [], [], []
    start = 0
    for number, line in enumerate(text.split("\n"), 1):
        stripped = line.strip()
        if stripped:
            begin = start + (0 if len(stripped) == len(line) else line.index(stripped))
            starts.append(begin)
            ends.append(begin + len(stripped))
            places.append(f"line {number}")
        start += len(line) + 1
    paragraph, level = repeat("paragraph", len(starts)), repeat(0, len(starts))
    return filled_rows(Block, {"kind": paragraph, "start": starts, "end": ends, "level": level, "where": places}, len(starts))
