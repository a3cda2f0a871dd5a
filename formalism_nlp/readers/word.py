"""docx → Document, in the final view: insertions in, deletions out, moved text at its new place.

The parts are read straight from the archive: python-docx refuses whole documents for a dangling link to a picture
(``word/NULL``, common in the wild), for the strict variant of the format, and for templates, none of which a reader of text
needs, and its ``Document.paragraphs`` does not see text boxes, content controls and insertions.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from typing import Any, NamedTuple

from formalism_nlp.readers.guard import names, open_document
from formalism_nlp.readers.parts import Parts, resolve
from formalism_nlp.readers.plain import Piece, lay_out
from formalism_nlp.values.document import BlockKind, Document
from formalism_nlp.values.errors import ReadError

_PREFIXES = {
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main": "w",
    "http://purl.oclc.org/ooxml/wordprocessingml/main": "w",
    "http://schemas.openxmlformats.org/markup-compatibility/2006": "mc",
    "http://schemas.openxmlformats.org/officeDocument/2006/math": "m",
    "http://purl.oclc.org/ooxml/officeDocument/math": "m",
}
_LEFT_OUT = names(
    "w:del w:moveFrom w:pPr w:rPr w:tblPr w:tblGrid w:trPr w:tcPr w:sdtPr w:sdtEndPr w:sectPr w:instrText w:delText "
    "w:delInstrText w:rt w:fldData"
)
_CHARACTERS = {"w:tab": "\t", "w:ptab": "\t", "w:br": "\n", "w:cr": "\n", "w:noBreakHyphen": "-"}
_LINE_ENDS = re.compile(r"[\r\n]+")
_HEADING = re.compile(r"(?:heading|标题)\s*([1-9])", re.IGNORECASE)
_TITLE = re.compile(r"title|subtitle|标题|副标题", re.IGNORECASE)
_FALSE = ("0", "false", "off")
_DEEPEST_STYLE = 20  # styles are based on one another, in broken files in a circle


def read_docx(data: bytes, where: str = "") -> Document:
    """Read a Word document.

    Args:
        data: the file.
        where: its name for error messages.

    Returns:
        Titles and headings (by style or outline level), paragraphs, list items, table rows (cells joined by tabs), then
        footnotes and endnotes. ``where`` of a block is ``"paragraph N"`` (all paragraphs outside tables counted, text boxes
        under the paragraph they hang on), ``"table T row R"``, ``"footnote N"`` or ``"endnote N"``. A line break inside a
        paragraph stays a line break in its block. Headers, footers, comments and hidden text are left out.

    Raises:
        ReadError: F101 no text, F105 encrypted, F108 broken or hostile, F111 pictures only.
    """
    with open_document(data, where) as archive:
        return _read(_Package(archive, where), where).document


class Traced(NamedTuple):
    """A document with the way back into its file, for whoever writes into that file.

    ``sources`` are the elements the text was taken from, in the order of the text; white space apart, the text of the document
    is that of its sources, letter for letter. ``main`` is the root of the main part and ``main_name`` its name in the archive.
    """

    document: Document
    sources: tuple[Any, ...]
    main: Any
    main_name: str


def trace_docx(archive: zipfile.ZipFile, where: str = "") -> Traced:
    """Read a Word document as ``read_docx`` does and keep the elements its text comes from.

    Args:
        archive: from ``guard.open_document``.
        where: its name for error messages.

    Raises:
        ReadError: as ``read_docx``.
    """
    return _read(_Package(archive, where), where)


def _read(package: _Package, where: str) -> Traced:
    walk = _Walk(_Styles(package.part("styles")))
    walk.body(package.main)
    for kind in ("footnote", "endnote"):
        walk.notes(package.part(f"{kind}s"), kind)
    if not walk.pieces:
        raise ReadError("F111" if package.has_pictures else "F101", where)
    text, blocks = lay_out(walk.pieces)
    title = next((piece.text for piece in walk.pieces if piece.kind == "title"), "")
    notes = ("嵌入的外部文档未读取 / an embedded document (altChunk) was not read",) if walk.embedded else ()
    document = Document(text=text, blocks=blocks, title=title, format="docx", notes=notes)
    return Traced(document, tuple(walk.sources), package.main, package.main_name)


# --- the archive ----------------------------------------------------------------------------------------------------


class _Package:
    """The parts of a docx by their relation to the main part."""

    def __init__(self, archive: zipfile.ZipFile, where: str) -> None:
        parts = Parts(archive, where)
        self._xml = parts.xml
        self.has_pictures = any("/media/" in name for name in parts.names())
        name = self._related("_rels/.rels", "").get("officeDocument", "word/document.xml")
        folder, file = posixpath.split(name)
        self._parts = self._related(f"{folder}/_rels/{file}.rels", folder)
        main = self._xml(name)
        if main is None:
            raise ReadError("F108", where, f"缺少正文部件 / the main part {name[:80]!r} is missing")
        self.main, self.main_name = main, name

    def part(self, kind: str) -> Any | None:
        """Root element of the related part of a kind ("styles", "footnotes" …); None when there is none."""
        return self._xml(self._parts[kind]) if kind in self._parts else None

    def _related(self, name: str, folder: str) -> dict[str, str]:
        """Kind → part name, of one .rels part."""
        root = self._xml(name)
        found: dict[str, str] = {}
        for relation in [] if root is None else root:
            if isinstance(relation.tag, str) and relation.get("TargetMode") != "External":
                found.setdefault(relation.get("Type", "").rpartition("/")[2], resolve(relation.get("Target", ""), folder))
        return found


def _name(element: Any) -> str:
    """``"w:p"`` and the like, whatever prefix the file uses; ``""`` for comments and foreign elements."""
    if not isinstance(element.tag, str):  # comments and processing instructions (WPS writes them) have functions as tags
        return ""
    space, _, local = element.tag[1:].rpartition("}")
    prefix = _PREFIXES.get(space)
    return f"{prefix}:{local}" if prefix else ""


def _child(element: Any, *path: str) -> Any | None:
    """First descendant along a path of names."""
    for name in path:
        element = next((child for child in element if _name(child) == name), None)
        if element is None:
            return None
    return element


def _value(element: Any | None, name: str = "val") -> str:
    """Attribute of Word's own namespace, ``""`` when element or attribute is missing."""
    if element is None:
        return ""
    space = element.tag[1:].rpartition("}")[0]
    return str(element.get(f"{{{space}}}{name}", ""))


def _is_on(element: Any | None) -> bool:
    """Whether a switch such as ``<w:vanish/>`` is there and not set to false."""
    return element is not None and _value(element).lower() not in _FALSE


# --- styles ---------------------------------------------------------------------------------------------------------


class _Role(NamedTuple):
    kind: BlockKind = "paragraph"
    level: int = 0


class _Styles:
    """What the style of a paragraph makes of it, with inheritance."""

    def __init__(self, root: Any | None) -> None:
        self._styles = {_value(style, "styleId"): style for style in ([] if root is None else root) if _name(style) == "w:style"}

    def role(self, properties: Any | None) -> _Role:
        """Role of a paragraph from its ``w:pPr``: own outline level, style name, style's outline level, list membership."""
        if properties is None:
            return _Role()
        chain = self._chain(_value(_child(properties, "w:pStyle")))
        called = [_value(_child(style, "w:name")).strip() for style in chain] or [_value(_child(properties, "w:pStyle"))]
        if any(_TITLE.fullmatch(name) for name in called):
            return _Role("title", 1)
        own = [properties, *(found for style in chain if (found := _child(style, "w:pPr")) is not None)]
        level = next((_value(found) for part in own if (found := _child(part, "w:outlineLvl")) is not None), "")
        if level.isdecimal():
            return _Role("heading", int(level) + 1) if int(level) < 9 else _Role()
        if heading := next((match for name in called if (match := _HEADING.fullmatch(name))), None):
            return _Role("heading", int(heading.group(1)))
        number = next((_value(found) for part in own if (found := _child(part, "w:numPr", "w:numId")) is not None), "0")
        return _Role("list_item") if number != "0" else _Role()

    def _chain(self, style_id: str) -> list[Any]:
        chain: list[Any] = []
        while style_id in self._styles and len(chain) < _DEEPEST_STYLE:
            chain.append(self._styles[style_id])
            style_id = _value(_child(chain[-1], "w:basedOn"))
        return chain


# --- the walk -------------------------------------------------------------------------------------------------------


def _branch(alternates: Any) -> list[Any]:
    """The one branch of mc:AlternateContent that is shown: Word writes a text box twice, once for old programs."""
    branches = [child for child in alternates if _name(child) in ("mc:Choice", "mc:Fallback")]
    shown = (branch for branch in branches if any(_name(inner) in ("w:t", "m:t") for inner in branch.iter()))
    return [next(shown, None) if branches else None]


def _inside(element: Any) -> list[Any]:
    """Children in document order that belong to the final view."""
    if _name(element) == "mc:AlternateContent":
        return [branch for branch in _branch(element) if branch is not None]
    return [child for child in element if _name(child) not in _LEFT_OUT and not _is_deleted(child)]


def _is_deleted(element: Any) -> bool:
    name = _name(element)
    if name == "w:r":
        return _is_on(_child(element, "w:rPr", "w:vanish"))
    if name == "w:sdt":  # nobody has filled it in: "click here to enter text"
        return _is_on(_child(element, "w:sdtPr", "w:showingPlcHdr"))
    mark = {"w:tr": ("w:trPr", "w:del"), "w:tc": ("w:tcPr", "w:cellDel")}.get(name)
    return mark is not None and _child(element, *mark) is not None


def _find(root: Any, wanted: frozenset[str]) -> Iterator[Any]:
    """Elements of the wanted names below ``root`` in document order, without looking inside them."""
    stack = _inside(root)[::-1]
    while stack:
        element = stack.pop()
        if _name(element) in wanted:
            yield element
        else:
            stack.extend(reversed(_inside(element)))


_BLOCKS = frozenset(("w:p", "w:tbl", "w:altChunk"))
_PARAGRAPHS = frozenset(("w:p",))
_ROWS = frozenset(("w:tr",))
_CELLS = frozenset(("w:tc",))


def _inline(paragraph: Any, sources: list[Any]) -> tuple[str, list[Any]]:
    """Text of a paragraph, and the text boxes that hang on it; the elements the text is taken from go to ``sources``."""
    parts: list[str] = []
    boxes: list[Any] = []
    stack = _inside(paragraph)[::-1]
    while stack:
        element = stack.pop()
        name = _name(element)
        if name == "w:txbxContent":
            boxes.append(element)
        elif name in ("w:t", "m:t"):
            parts.append(_LINE_ENDS.sub(" ", element.text or ""))
            sources.append(element)
        elif name in _CHARACTERS:
            parts.append(_CHARACTERS[name])
            sources.append(element)
        else:
            stack.extend(reversed(_inside(element)))
    return "".join(parts), boxes


def _flow(container: Any, sources: list[Any]) -> str:
    """Text of all paragraphs in a cell or note, nested tables and text boxes included, one a line."""
    lines: list[str] = []
    stack = list(_find(container, _PARAGRAPHS))[::-1]
    while stack:
        text, boxes = _inline(stack.pop(), sources)
        lines.append(text.strip())
        for box in reversed(boxes):
            stack.extend(reversed(list(_find(box, _PARAGRAPHS))))
    return "\n".join(line for line in lines if line)


class _Walk:
    """Collects the pieces of a document in order."""

    def __init__(self, styles: _Styles) -> None:
        self.pieces: list[Piece] = []
        self.sources: list[Any] = []
        self.embedded = False
        self._styles = styles
        self._paragraphs = self._tables = 0
        self._carried = ""

    def body(self, root: Any) -> None:
        """Walk the main part."""
        # (element, whether it stands in a text box: its paragraphs are located by the one the box hangs on)
        stack = [(element, False) for element in _find(root, _BLOCKS)][::-1]
        while stack:
            element, boxed = stack.pop()
            name = _name(element)
            if name == "w:p":
                self._paragraphs += not boxed
                boxes = self._paragraph(element)
                stack.extend((inner, True) for box in reversed(boxes) for inner in reversed(list(_find(box, _BLOCKS))))
            elif name == "w:tbl":
                self._table(element)
            else:
                self.embedded = True
        self._flush()

    def notes(self, root: Any | None, kind: str) -> None:
        """Append the footnotes or endnotes of their part; separators are notes of a special type there."""
        wanted = [] if root is None else [note for note in root if _name(note) == f"w:{kind}" and not _value(note, "type")]
        for number, note in enumerate(wanted, 1):
            if text := _flow(note, self.sources):
                self.pieces.append(Piece("footnote", text, f"{kind} {number}"))

    def _paragraph(self, element: Any) -> list[Any]:
        properties = _child(element, "w:pPr")
        text, boxes = _inline(element, self.sources)
        text = self._carried + text
        self._carried = ""
        mark = None if properties is None else _child(properties, "w:rPr")
        if mark is not None and (_child(mark, "w:del") is not None or _child(mark, "w:moveFrom") is not None):
            self._carried = text  # its end was deleted: in the final view the next paragraph goes on here
            return boxes
        kind, level = self._styles.role(properties)
        self._add(kind, text, level)
        return boxes

    def _add(self, kind: BlockKind, text: str, level: int = 0) -> None:
        # A title or heading is one line, however it is broken on the page.
        text = text.replace("\n", "").strip() if kind in ("title", "heading") else text.strip()
        if text:
            self.pieces.append(Piece(kind, text, f"paragraph {self._paragraphs}", level))

    def _flush(self) -> None:
        carried, self._carried = self._carried, ""
        self._add("paragraph", carried)

    def _table(self, table: Any) -> None:
        self._flush()
        self._tables += 1
        for number, row in enumerate(_find(table, _ROWS), 1):
            text = "\t".join(_flow(cell, self.sources) for cell in _find(row, _CELLS))
            if text.strip():
                self.pieces.append(Piece("table_row", text, f"table {self._tables} row {number}"))
