"""ofd (GB/T 33190-2016, the Chinese fixed-layout format) → Document, from the zip file and its XML alone.

A page is a list of placed characters, as in pdf; lines and paragraphs are made by the same code. Lengths in the file are
millimetres from the top left of the page.
"""

from __future__ import annotations

import math
import posixpath
import re
import unicodedata
from collections.abc import Iterator
from typing import Any, NamedTuple

from formalism_nlp.readers.glyphs import MAX_RULES, Glyph, Page, Rule
from formalism_nlp.readers.guard import open_document
from formalism_nlp.readers.layout import lay_out_pages
from formalism_nlp.readers.parts import Parts, resolve
from formalism_nlp.readers.plain import lay_out
from formalism_nlp.values.document import Document
from formalism_nlp.values.errors import ReadError

MAX_PAGES = 3_000
MAX_GLYPHS = 5_000_000
_POINT = 72 / 25.4  # points in a millimetre
_A4 = (0.0, 0.0, 210.0, 297.0)
_STRAIGHT = 0.05  # radians; watermarks are turned further
_FALSE = ("false", "0")
_NARROW = 0.55  # of the size: the width of a Latin letter when the file does not say it
_PATH = re.compile(r"([SMLQBAC])|(-?[\d.]+(?:[eE][-+]?\d+)?)")
_ARGUMENTS = {"S": 2, "M": 2, "L": 2, "Q": 4, "B": 6, "A": 7, "C": 0}


def read_ofd(data: bytes, where: str = "") -> Document:
    """Read an ofd file.

    Args:
        data: the file.
        where: its name for error messages.

    Returns:
        Title and headings (by size), paragraphs and table rows (by their rules), see ``layout.lay_out_pages``; ``where`` of a
        block is ``"page P line L"``. The text of page templates is read with each page; hidden and turned text (watermarks),
        seals and other annotations are not. Pages that are pictures are named in the notes.

    Raises:
        ReadError: F101 blank pages only, F105 encrypted, F106 too many pages or characters, F108 broken or hostile, F111 most
            pages are pictures without a text layer.
    """
    with open_document(data, where) as archive:
        package = _Package(Parts(archive, where), where)
        pages = list(package.pages())
    texts = sum(bool(page.glyphs) for page in pages)
    if package.pictures and len(package.pictures) >= texts:
        raise ReadError("F111", where, f"{len(package.pictures)}/{len(pages)} 页 / pages")
    pieces = lay_out_pages(pages)
    if not pieces:
        raise ReadError("F101", where)
    text, blocks = lay_out(pieces)
    title = next((piece.text for piece in pieces if piece.kind == "title"), "") or package.title
    notes = package.notes
    if package.pictures:
        listed = ", ".join(map(str, package.pictures[:20]))
        notes += (f"第 {listed} 页没有文字层，未读取 / pages {listed} have no text layer and were not read",)
    return Document(text=text, blocks=blocks, title=title, format="ofd", notes=notes)


# --- the package ----------------------------------------------------------------------------------------------------


def _name(element: Any) -> str:
    """Local name; producers write the namespace of 2016, an older one, or none."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _child(element: Any | None, *path: str) -> Any:
    for name in path:
        element = next((child for child in ([] if element is None else element) if _name(child) == name), None)
    return element


def _children(element: Any | None, name: str) -> list[Any]:
    return [] if element is None else [child for child in element if _name(child) == name]


def _text(element: Any | None) -> str:
    return "" if element is None else (element.text or "").strip()


class _Package:
    """Pages of the documents in the file, in order."""

    def __init__(self, parts: Parts, where: str) -> None:
        root = parts.xml("OFD.xml")
        if root is None or _name(root) != "OFD":
            raise ReadError("F108", where, "OFD.xml")
        if any(posixpath.basename(name) == "encryptions.xml" for name in parts.names()):
            raise ReadError("F105", where)
        self._parts, self._where = parts, where
        self._bodies = _children(root, "DocBody")
        self.title = next((found for body in self._bodies if (found := _text(_child(body, "DocInfo", "Title")))), "")
        self.pictures: list[int] = []
        self._lost = self._glyphs = self._count = 0

    @property
    def notes(self) -> tuple[str, ...]:
        """What the user should know."""
        return (f"{self._lost} 页缺失，未读取 / {self._lost} missing pages were not read",) if self._lost else ()

    def pages(self) -> Iterator[Page]:
        """All pages.

        Raises:
            ReadError: F106, F108 no page is there.
        """
        for body in self._bodies:
            name = resolve(_text(_child(body, "DocRoot")))
            root = self._parts.xml(name)
            if root is None:
                raise ReadError("F108", self._where, f"缺少部件 / {name[:80]!r} is missing")
            folder = posixpath.dirname(name)
            common = _child(root, "CommonData")
            box = _box(_child(common, "PageArea")) or _A4
            templates = {
                page.get("ID", ""): resolve(page.get("BaseLoc", ""), folder) for page in _children(common, "TemplatePage")
            }
            listed = [
                page for page in (_child(root, "Pages") if _child(root, "Pages") is not None else []) if _name(page) == "Page"
            ]
            for page in listed:
                yield from self._page(resolve(page.get("BaseLoc", ""), folder), box, templates)
        if self._lost == self._count:
            raise ReadError("F108", self._where, "没有可读取的页 / no page can be read")

    def _page(self, name: str, box: tuple[float, float, float, float], templates: dict[str, str]) -> Iterator[Page]:
        self._count += 1
        if self._count > MAX_PAGES:
            raise ReadError("F106", self._where, f"> {MAX_PAGES} 页 / pages")
        root = self._parts.xml(name)
        if root is None:
            self._lost += 1
            return
        box = _box(_child(root, "Area")) or box
        used = [templates.get(child.get("TemplateID", ""), "") for child in _children(root, "Template")]
        layers = [found for template in used if template and (found := self._parts.xml(template)) is not None]
        glyphs: list[Glyph] = []
        rules: list[Rule] = []
        has_picture = False
        for item in (item for layer in (*layers, root) for item in _objects(layer)):
            if _name(item) == "TextObject":
                glyphs += _glyphs(item, box)
            elif _name(item) == "PathObject" and len(rules) <= MAX_RULES:
                rules += _edges(item, box)
            else:
                has_picture = has_picture or _name(item) in ("ImageObject", "CompositeObject")
        self._glyphs += len(glyphs)
        if self._glyphs > MAX_GLYPHS:
            raise ReadError("F106", self._where, f"> {MAX_GLYPHS} 字符 / characters")
        if has_picture and not any(not glyph.char.isspace() for glyph in glyphs):
            self.pictures.append(self._count)
        yield Page(self._count, box[2] * _POINT, box[3] * _POINT, tuple(glyphs), tuple(rules))


def _box(area: Any | None) -> tuple[float, float, float, float] | None:
    found = _numbers(_text(_child(area, "PhysicalBox")))
    return (found[0], found[1], found[2], found[3]) if len(found) >= 4 and found[2] > 0 and found[3] > 0 else None


def _numbers(text: str) -> list[float]:
    """Numbers of a list; an empty list when one of them is none."""
    try:
        found = [float(part) for part in text.split()]
    except ValueError:
        return []
    return found if all(map(math.isfinite, found)) else []


# --- objects --------------------------------------------------------------------------------------------------------

_OBJECTS = frozenset(("TextObject", "PathObject", "ImageObject", "CompositeObject"))


def _objects(root: Any) -> Iterator[Any]:
    """Visible objects of a page or template in drawing order."""
    content = _child(root, "Content")
    stack = [] if content is None else list(content)[::-1]
    while stack:
        item = stack.pop()
        if item.get("Visible", "").lower() in _FALSE:
            continue
        if _name(item) in _OBJECTS:
            yield item
        else:
            stack.extend(reversed(item))


class _Placing(NamedTuple):
    """Map of an object's own space to the page: its CTM, then its boundary's corner, in millimetres."""

    a: float
    b: float
    c: float
    d: float
    e: float
    f: float

    def point(self, x: float, y: float) -> tuple[float, float]:
        return (self.a * x + self.c * y + self.e) * _POINT, (self.b * x + self.d * y + self.f) * _POINT


def _placing(item: Any, box: tuple[float, float, float, float]) -> _Placing:
    corner = (_numbers(item.get("Boundary", "")) or [0.0, 0.0])[:2]
    matrix = _numbers(item.get("CTM", ""))
    a, b, c, d, e, f = matrix if len(matrix) == 6 else (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
    return _Placing(a, b, c, d, e + corner[0] - box[0], f + corner[-1] - box[1])


def _glyphs(item: Any, box: tuple[float, float, float, float]) -> Iterator[Glyph]:
    """The characters of a text object, unless it is turned."""
    placing = _placing(item, box)
    size = (_numbers(item.get("Size", "")) or [0.0])[0]
    shown = size * math.hypot(placing.c, placing.d) * _POINT
    if placing.a <= 0 or abs(placing.b) > _STRAIGHT * placing.a or not 0 < shown < 1e4:
        return
    scale = (_numbers(item.get("HScale", "")) or [1.0])[0]
    x = y = 0.0
    for code in _children(item, "TextCode"):
        x = (_numbers(code.get("X", "")) or [x])[0]
        y = (_numbers(code.get("Y", "")) or [y])[0]
        text = code.text or ""
        across, down = _deltas(code.get("DeltaX", ""), len(text)), _deltas(code.get("DeltaY", ""), len(text))
        for index, char in enumerate(text):
            width = size * scale * (1.0 if unicodedata.east_asian_width(char) in "WFA" else _NARROW)
            step = across[index] if index < len(across) else width
            x0, baseline = placing.point(x, y)
            x1, _ = placing.point(x + (min(width, step) if step > 0 else width), y)
            if (char.isprintable() or char.isspace()) and all(map(math.isfinite, (x0, x1, baseline))):
                yield Glyph(char, x0, x1, baseline, shown)
            x += step
            y += down[index] if index < len(down) else 0.0


def _deltas(text: str, most: int) -> list[float]:
    """Steps from character to character; ``g 3 5.2`` stands for three of 5.2."""
    found: list[float] = []
    words = iter(text.split())
    for word in words:
        if len(found) >= most:
            break
        if word == "g":
            count, value = next(words, ""), _numbers(next(words, ""))
            found += value * min(int(count) if count.isdecimal() and len(count) < 9 else 0, most)
        else:
            found += _numbers(word)
    return found[:most]


def _edges(item: Any, box: tuple[float, float, float, float]) -> Iterator[Rule]:
    """Horizontal and vertical edges of a path."""
    placing = _placing(item, box)
    start = last = (0.0, 0.0)
    for verb, numbers in _segments(_text(_child(item, "AbbreviatedData"))):
        point = placing.point(*numbers[-2:]) if numbers else start
        if verb in "SM":
            start = point
        elif verb in "LC":
            (x0, x1), (y0, y1) = sorted((last[0], point[0])), sorted((last[1], point[1]))
            if min(x1 - x0, y1 - y0) < 1 < max(x1 - x0, y1 - y0) < 1e5:
                yield Rule(x0, y0, x1, y1)
        last = point


def _segments(data: str) -> Iterator[tuple[str, list[float]]]:
    """Verbs and numbers of AbbreviatedData, at most ``MAX_RULES``; what is incomplete is left out."""
    verb = ""
    numbers: list[float] = []
    count = 0
    for match in _PATH.finditer(data):
        if match.group(1):
            verb, numbers = match.group(1), []
        elif len(found := _numbers(match.group(2))) == 1:
            numbers += found
        if verb and len(numbers) == _ARGUMENTS[verb]:
            yield verb, numbers
            verb, count = "", count + 1
            if count >= MAX_RULES:
                return
