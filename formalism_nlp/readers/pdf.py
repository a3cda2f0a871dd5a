"""pdf with a text layer → Document, by PDFium; lines and paragraphs are made here from the place of each character.

PDFium's own text mixes up quotation marks and puts spaces between Chinese and digits. It is not thread-safe: a lock
lets one thread of a process in at a time, and batch runs use processes.
"""

from __future__ import annotations

import ctypes
import math
import threading
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

import pypdfium2 as pdfium
import pypdfium2.raw as raw

from formalism_nlp.readers.glyphs import MAX_RULES, Glyph, Page, Rule
from formalism_nlp.readers.guard import check_pdf
from formalism_nlp.readers.layout import lay_out_pages
from formalism_nlp.readers.plain import lay_out
from formalism_nlp.values.document import Document
from formalism_nlp.values.errors import ReadError

MAX_PAGES = 3_000
MAX_PAGE_GLYPHS = 200_000
MAX_GLYPHS = 5_000_000
MAX_OBJECTS = 20_000  # looked at a page for the rules of tables
_UNUSABLE = 0.2  # share of characters a font cannot name; above it the text layer is not the text
_STRAIGHT = 0.05  # radians; watermarks are turned further
_FINE = 100  # PDFium's device units are whole: a hundred to a point
_OBJECT_DEPTH = 3  # a scan may stand in a form in a form
_LOCK = threading.Lock()


def read_pdf(data: bytes, where: str = "") -> Document:
    """Read the text layer of a pdf.

    Args:
        data: the file.
        where: its name for error messages.

    Returns:
        Title and headings (by size), paragraphs and table rows (by their rules), see ``layout.lay_out_pages``; ``where`` of a
        block is ``"page P line L"``. Turned text (watermarks) is left out. Pages that are pictures are named in the notes.

    Raises:
        ReadError: F101 blank pages only, F104 fonts without a way back to characters, F105 encrypted, F106 too many pages or
            characters, F108 broken or hostile, F111 most pages are pictures without a text layer.
    """
    check_pdf(data, where)
    with _LOCK:
        try:
            document = pdfium.PdfDocument(data)
        except pdfium.PdfiumError as error:
            wrong_password = getattr(error, "err_code", None) == raw.FPDF_ERR_PASSWORD
            raise ReadError("F105" if wrong_password else "F108", where, "" if wrong_password else f"pdf: {error}") from error
        try:
            scan = _Scan(document, where)
        finally:
            document.close()
    return scan.document()


class _Scan:
    """All pages of one open pdf."""

    def __init__(self, document: Any, where: str) -> None:
        self._where = where
        self._pages: list[Page] = []
        self._pictures: list[int] = []
        self._unnamed = self._glyphs = 0
        count = len(document)
        if count > MAX_PAGES:
            raise ReadError("F106", where, f"{count} > {MAX_PAGES} 页 / pages")
        broken = 0
        for index in range(count):
            try:
                self._page(document[index], index + 1)
            except pdfium.PdfiumError:
                broken += 1
        if count == 0 or broken == count:
            raise ReadError("F108", where, "没有可读取的页 / no page can be loaded")
        self._notes: tuple[str, ...] = (f"{broken} 页损坏，未读取 / {broken} broken pages were not read",) if broken else ()

    def document(self) -> Document:
        """The text of the pages.

        Raises:
            ReadError: F101, F104, F111.
        """
        texts = sum(bool(page.glyphs) for page in self._pages)
        if self._pictures and len(self._pictures) >= texts:
            raise ReadError("F111", self._where, f"{len(self._pictures)}/{len(self._pages)} 页 / pages")
        if self._unnamed > _UNUSABLE * max(self._glyphs, 1):
            raise ReadError("F104", self._where, "字体没有字符映射 / the fonts do not say which characters they show")
        pieces = lay_out_pages(self._pages)
        if not pieces:
            raise ReadError("F101", self._where)
        text, blocks = lay_out(pieces)
        title = next((piece.text for piece in pieces if piece.kind == "title"), "")
        if self._pictures:
            listed = ", ".join(map(str, self._pictures[:20]))
            self._notes += (f"第 {listed} 页没有文字层，未读取 / pages {listed} have no text layer and were not read",)
        return Document(text=text, blocks=blocks, title=title, format="pdf", notes=self._notes)

    def _page(self, page: Any, number: int) -> None:
        try:
            size = page.get_size()
            text = page.get_textpage()
            try:
                letters = self._letters(text)
            finally:
                text.close()
            placing = _placing(page, size).turned(letters)
            glyphs = tuple(glyph for letter in letters if (glyph := placing.glyph(letter)) is not None)
            rules, has_picture = _objects(page, placing)
        finally:
            page.close()
        if has_picture and not any(not glyph.char.isspace() for glyph in glyphs):
            self._pictures.append(number)
        self._pages.append(Page(number, placing.width, placing.height, glyphs, rules))

    def _letters(self, text: Any) -> list[_Letter]:
        """The characters of a page that PDFium did not make up: those that belong to a text object."""
        count = text.count_chars()
        self._glyphs += count
        if count > MAX_PAGE_GLYPHS or self._glyphs > MAX_GLYPHS:
            raise ReadError("F106", self._where, f"{count} > {MAX_PAGE_GLYPHS} 字符 / characters on a page")
        letters: list[_Letter] = []
        faces: dict[int, _Face] = {}
        x, y, box = ctypes.c_double(), ctypes.c_double(), raw.FS_RECTF()
        lead = 0  # first half of a character beyond U+FFFF
        for index in range(count):
            owner = raw.FPDFText_GetTextObject(text, index)
            code = raw.FPDFText_GetUnicode(text, index)
            if not owner or code < 32 or (code == 32 and raw.FPDFText_IsGenerated(text, index) == 1):
                continue
            if 0xDC00 <= code < 0xE000 and lead:
                letters[-1] = letters[-1]._replace(code=0x10000 + ((lead - 0xD800) << 10) + (code - 0xDC00))
                lead = 0
                continue
            lead = code if 0xD800 <= code < 0xDC00 else 0
            self._unnamed += code == 0xFFFD or raw.FPDFText_HasUnicodeMapError(text, index) == 1
            raw.FPDFText_GetCharOrigin(text, index, x, y)
            raw.FPDFText_GetLooseCharBox(text, index, box)
            run = ctypes.addressof(owner.contents)
            face = faces.get(run) or faces.setdefault(run, _face(text, index))
            letters.append(_Letter(code, x.value, y.value, box.left, box.bottom, box.right, box.top, face))
        return letters


# --- from the space of a pdf page to points from the top left --------------------------------------------------------


class _Face(NamedTuple):
    """Size of a run of text in points, and the direction it runs in."""

    size: float
    right: float
    up: float


class _Letter(NamedTuple):
    """A character as PDFium places it: its origin on the baseline and its box."""

    code: int
    x: float
    y: float
    left: float
    bottom: float
    right: float
    top: float
    face: _Face


def _face(text: Any, index: int) -> _Face:
    matrix = raw.FS_MATRIX()
    raw.FPDFText_GetMatrix(text, index, matrix)
    return _Face(raw.FPDFText_GetFontSize(text, index) * math.hypot(matrix.c, matrix.d), matrix.a, matrix.b)


class _Placing(NamedTuple):
    """An affine map, ``x' = a x + b y + e``, ``y' = c x + d y + f``, and the size of the page it leads to."""

    a: float
    b: float
    c: float
    d: float
    e: float
    f: float
    width: float
    height: float

    def point(self, x: float, y: float) -> tuple[float, float]:
        return self.a * x + self.b * y + self.e, self.c * x + self.d * y + self.f

    def glyph(self, letter: _Letter) -> Glyph | None:
        """The character in points from the top left; None when it is turned, or no character."""
        face = letter.face
        right, down = self.a * face.right + self.b * face.up, self.c * face.right + self.d * face.up
        if right <= 0 or abs(down) > _STRAIGHT * right or not face.size or 0xD800 <= letter.code < 0xE000:
            return None
        x, y = self.point(letter.x, letter.y)
        edges = self.point(letter.left, letter.bottom)[0], self.point(letter.right, letter.top)[0]
        numbers = (x, max(*edges, x), y, face.size)
        return Glyph(chr(letter.code), *numbers) if all(map(math.isfinite, numbers)) else None

    def turned(self, letters: list[_Letter]) -> _Placing:
        """The map that sets most of the text upright, turned by a multiple of a right angle."""
        votes: Counter[int] = Counter()
        for letter in letters:
            right = self.a * letter.face.right + self.b * letter.face.up
            down = self.c * letter.face.right + self.d * letter.face.up
            votes[round(math.atan2(down, right) / (math.pi / 2)) % 4] += 1
        quarter = max(votes, key=lambda turn: (votes[turn], -turn)) if votes else 0
        a, b, c, d, e, f, width, height = self
        if quarter == 1:  # the text runs downwards
            return _Placing(c, d, -a, -b, f, width - e, height, width)
        if quarter == 2:
            return _Placing(-a, -b, -c, -d, width - e, height - f, width, height)
        if quarter == 3:
            return _Placing(-c, -d, a, b, height - f, e, height, width)
        return self


def _placing(page: Any, size: tuple[float, float]) -> _Placing:
    """The map PDFium shows a page by; it knows the page's rotation and boxes."""
    x, y = ctypes.c_int(), ctypes.c_int()
    found: list[tuple[float, float]] = []
    for corner in ((0, 0), (1000, 0), (0, 1000)):
        device = 0, 0, round(size[0] * _FINE), round(size[1] * _FINE)
        raw.FPDF_PageToDevice(page, *device, 0, *corner, x, y)
        found.append((x.value / _FINE, y.value / _FINE))
    (e, f), (x1, y1), (x2, y2) = found
    return _Placing((x1 - e) / 1000, (x2 - e) / 1000, (y1 - f) / 1000, (y2 - f) / 1000, e, f, *size)


# --- rules and pictures ---------------------------------------------------------------------------------------------


def _objects(page: Any, placing: _Placing) -> tuple[tuple[Rule, ...], bool]:
    """Straight lines of a page, and whether there is a picture on it; lines inside forms are left out."""
    rules: list[Rule] = []
    has_picture = False
    for item, depth in islice(_all_objects(page), MAX_OBJECTS):
        kind = raw.FPDFPageObj_GetType(item)
        if kind == raw.FPDF_PAGEOBJ_IMAGE:
            has_picture = True
        elif kind == raw.FPDF_PAGEOBJ_PATH and depth == 0 and len(rules) <= MAX_RULES:
            rules += _edges(item, placing)
    return tuple(rules), has_picture


def _all_objects(page: Any) -> Iterator[tuple[Any, int]]:
    """Objects of a page and of the forms on it, and how many forms are around each."""
    stack = [(raw.FPDFPage_GetObject(page, index), 0) for index in range(min(raw.FPDFPage_CountObjects(page), MAX_OBJECTS))][::-1]
    while stack:
        item, depth = stack.pop()
        yield item, depth
        if depth < _OBJECT_DEPTH and raw.FPDFPageObj_GetType(item) == raw.FPDF_PAGEOBJ_FORM:
            inside = range(min(raw.FPDFFormObj_CountObjects(item), MAX_OBJECTS))
            stack.extend((raw.FPDFFormObj_GetObject(item, index), depth + 1) for index in reversed(inside))


def _edges(path: Any, placing: _Placing) -> Iterator[Rule]:
    """Horizontal and vertical edges of a path."""
    matrix = raw.FS_MATRIX()
    if not raw.FPDFPageObj_GetMatrix(path, matrix):
        return
    x, y = ctypes.c_float(), ctypes.c_float()
    start = last = (0.0, 0.0)
    for index in range(min(raw.FPDFPath_CountSegments(path), MAX_RULES)):
        segment = raw.FPDFPath_GetPathSegment(path, index)
        if not raw.FPDFPathSegment_GetPoint(segment, x, y):
            continue
        across = matrix.a * x.value + matrix.c * y.value + matrix.e
        point = placing.point(across, matrix.b * x.value + matrix.d * y.value + matrix.f)
        kind = raw.FPDFPathSegment_GetType(segment)
        if kind == raw.FPDF_SEGMENT_MOVETO:
            start = point
        elif kind == raw.FPDF_SEGMENT_LINETO:
            yield from _edge(last, point)
        if raw.FPDFPathSegment_GetClose(segment):
            yield from _edge(point, start)
        last = point


def _edge(one: tuple[float, float], other: tuple[float, float]) -> Iterator[Rule]:
    (x0, x1), (y0, y1) = sorted((one[0], other[0])), sorted((one[1], other[1]))
    if min(x1 - x0, y1 - y0) < 1 < max(x1 - x0, y1 - y0) < 1e5:
        yield Rule(x0, y0, x1, y1)
