"""What a file is, and what is refused before any parser sees it: binary kinds, zip bombs, DTDs, HTML made to explode."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Literal

from formalism_nlp.values.errors import ReadError

MAX_ENTRIES = 10_000
MAX_INFLATED = 300 * 2**20  # of one document, whose parts are all in memory
MAX_UNPACKED = 2 * 2**30  # of an archive with all archives in it, whose members are read one after the other
MAX_RATIO = 200  # inflated : packed; ordinary documents stay under 20, a page of identical table rows under 100
_RATIO_FROM = 20 * 2**20  # a small part may well be 500 times smaller when packed
MAX_HTML_DEPTH = 1_000
MAX_HTML_NODES = 2_000_000

ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError, LookupError)

# Readers of pdf look for the mark in the first kilobyte; programs and scanners write lines of their own before it.
PDF_START = re.compile(rb"[^%]{0,1000}%PDF-\d")
_OLE = bytes.fromhex("D0CF11E0A1B11AE1")
_SAVE_AS = "请另存为 docx / save it as docx"
_OLE_KINDS = (
    ("Workbook", "Excel 97–2003 工作簿 / an Excel 97–2003 workbook"),
    ("PowerPoint Document", "PowerPoint 97–2003 演示文稿 / a PowerPoint 97–2003 presentation"),
)
_ZIP_KINDS = (
    ("xl/workbook", "Excel 工作簿 / an Excel workbook"),
    ("ppt/presentation", "PowerPoint 演示文稿 / a PowerPoint presentation"),
    ("content.xml", "OpenDocument 文档 / an OpenDocument file"),
    ("META-INF/container.xml", "EPUB 电子书 / an EPUB book"),
)
_IMAGE = "图片 / an image"
_PACKED = "压缩包，请先解压 / an archive: unpack it first"
_MEDIA = "音频或视频 / audio or video"
_MAGIC = (
    (b"{\\rtf", "RTF 文档，请另存为 docx / an RTF document: save it as docx"),
    (b"\x89PNG\r\n\x1a\n", _IMAGE),
    (b"\xff\xd8\xff", _IMAGE),
    (b"GIF87a", _IMAGE),
    (b"GIF89a", _IMAGE),
    (b"II*\0", _IMAGE),
    (b"MM\0*", _IMAGE),
    (b"RIFF", _MEDIA),
    (b"ID3\x03", _MEDIA),
    (b"ID3\x04", _MEDIA),
    (b"\x1f\x8b\x08", _PACKED),
    (b"7z\xbc\xaf\x27\x1c", _PACKED),
    (b"Rar!\x1a\x07", _PACKED),
    (b"BZh9", _PACKED),
    (b"\xfd7zXZ\0", _PACKED),
)
# XML may be UTF-8 or UTF-16; DOCTYPE is case-sensitive in it.
_DOCTYPES = tuple("<!DOCTYPE".encode(codec) for codec in ("utf-8", "utf-16-le", "utf-16-be"))
_DRIVE = re.compile(r"[A-Za-z]:")
_CHUNK = 2**16


def names(listed: str) -> frozenset[str]:
    """The names in a string, separated by spaces."""
    return frozenset(listed.split())


def is_word_binary(data: bytes) -> bool:
    """Whether bytes are a Word 97–2003 file (.doc, .wps): an OLE compound file with a stream of that name."""
    return data.startswith(_OLE) and "WordDocument".encode("utf-16-le") in data


def refuse_foreign(data: bytes, where: str) -> None:
    """Refuse files that are known not to be documents, by their first bytes.

    Raises:
        ReadError: F105 an encrypted Office file, F107 any other known kind, F111 a picture; the detail says which and what
            to do.
    """
    if data.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise ReadError("F105", where)
        kind = next(
            (text for name, text in _OLE_KINDS if name.encode("utf-16-le") in data), "OLE 复合文件 / an OLE compound file"
        )
        raise ReadError("F107", where, f"{kind}；{_SAVE_AS}")
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            raise ReadError("F111" if kind is _IMAGE else "F107", where, kind)


def open_zip(data: bytes, where: str) -> zipfile.ZipFile:
    """Open a zip file once its list of entries has proved harmless; nothing is inflated yet.

    Returns:
        The open archive; the caller closes it.

    Raises:
        ReadError: F108 broken, too many entries, or a path that leaves the archive.
    """
    # The list of entries stands before the end record; it is counted before zipfile makes an object of each.
    end = data.rfind(b"PK\5\6")
    size = int.from_bytes(data[end + 12 : end + 16], "little") if end >= 0 else 0
    listed = data.count(b"PK\1\2", max(0, end - size) if size < 0xFFFFFFFF else 0, max(end, 0))
    if listed > MAX_ENTRIES:
        raise ReadError("F108", where, f"压缩包内文件过多 / {listed} entries, more than {MAX_ENTRIES}")
    try:
        archive = zipfile.ZipFile(BytesIO(data))
    except ZIP_ERRORS as error:
        raise ReadError("F108", where, f"zip: {error}") from error
    for entry in archive.infolist():
        name = entry.filename.replace("\\", "/")
        if name.startswith("/") or _DRIVE.match(name) or ".." in name.split("/"):
            raise ReadError("F108", where, f"压缩包内路径越界 / a path that leaves the archive: {entry.filename[:80]!r}")
    return archive


def zip_kind(archive: zipfile.ZipFile, where: str) -> Literal["docx", "ofd", "archive"]:
    """Tell what a zip file is by the names in it.

    Raises:
        ReadError: F107 another kind of document that is a zip file; the detail says which.
    """
    listed = archive.namelist()
    if any(name.lower().startswith("word/") and name.lower().endswith(".xml") for name in listed):
        return "docx"
    if "OFD.xml" in listed:
        return "ofd"
    if kind := next((text for start, text in _ZIP_KINDS if any(name.startswith(start) for name in listed)), ""):
        raise ReadError("F107", where, f"{kind}；{_SAVE_AS}")
    return "archive"


def open_document(data: bytes, where: str) -> zipfile.ZipFile:
    """Open a zip file that is one document (docx, ofd) once all of it has proved harmless.

    Returns:
        The open archive; the caller closes it.

    Raises:
        ReadError: F105 encrypted, F108 broken, a zip bomb, a path that leaves the archive, or a DTD in an XML part.
    """
    archive = open_zip(data, where)
    entries = archive.infolist()
    if any(entry.flag_bits & 1 for entry in entries):
        raise ReadError("F105", where)
    # zipfile never hands out more than an entry declares, so the declared sizes bound what can be inflated.
    refuse_bomb(len(data), sum(entry.file_size for entry in entries), where)
    _inflate_and_check(archive, where)
    return archive


def refuse_bomb(packed: int, inflated: int, where: str, most: int = MAX_INFLATED) -> None:
    """Refuse what inflates out of all proportion.

    Args:
        packed: size in the archive in bytes.
        inflated: declared size in bytes.
        where: name for error messages.
        most: largest size that is accepted whatever the proportion.

    Raises:
        ReadError: F108.
    """
    if inflated > most or (inflated > _RATIO_FROM and inflated > packed * MAX_RATIO):
        raise ReadError("F108", where, f"疑似压缩炸弹 / a zip bomb: {packed} bytes inflate to {inflated}")


def _inflate_and_check(archive: zipfile.ZipFile, where: str) -> None:
    """Inflate all XML parts once, piece by piece, counting what really comes out and looking for a DTD."""
    total = 0
    overlap = max(map(len, _DOCTYPES)) - 1
    for entry in archive.infolist():
        if not entry.filename.lower().endswith((".xml", ".rels", ".vml")):
            continue
        tail = b""
        for chunk in member_chunks(archive, entry, where):
            total += len(chunk)
            if total > MAX_INFLATED:
                raise ReadError("F108", where, f"疑似压缩炸弹 / a zip bomb: over {MAX_INFLATED} bytes inflated")
            if any(doctype in tail + chunk for doctype in _DOCTYPES):
                raise ReadError("F108", where, f"XML 部件含 DTD / a DTD in {entry.filename[:80]!r}")
            tail = chunk[-overlap:]


def member_chunks(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, where: str) -> Iterator[bytes]:
    """Inflate one entry piece by piece, never to more than it declares.

    Raises:
        ReadError: F108 it cannot be inflated or its checksum is wrong.
    """
    try:
        with archive.open(entry) as part:
            while chunk := part.read(_CHUNK):
                yield chunk
    except ZIP_ERRORS as error:
        raise ReadError("F108", where, f"zip: {entry.filename[:80]!r}: {error}") from error


def read_part(archive: zipfile.ZipFile, name: str, where: str) -> bytes:
    """Return the bytes of one part of an archive from ``open_document``.

    Raises:
        ReadError: F108 it cannot be inflated.
    """
    return b"".join(member_chunks(archive, archive.getinfo(name), where))


# --- pdf ------------------------------------------------------------------------------------------------------------
# PDFium inflates a page's content whole and makes an object of each drawing in it: 450 kB of text drawn again and again took
# over two minutes. Pictures are left out, because blank ones are a thousand times smaller when packed and nothing unpacks them.

_STREAM = re.compile(rb"(?<!end)stream\r?\n")
_DICTIONARY = 600  # bytes before a stream that are looked at
_NESTED = 2**20  # bytes of a stream that are inflated once more when they look packed themselves


def check_pdf(data: bytes, where: str) -> None:
    """Refuse a pdf whose streams, pictures aside, inflate out of all proportion.

    Raises:
        ReadError: F108.
    """
    total = 0
    for match in _STREAM.finditer(data):
        head = data[max(0, match.start() - _DICTIONARY) : match.start()].rpartition(b"obj")[2]
        if b"/Image" in head:
            continue
        packed, inflated, start = _inflate(data, match.end())
        refuse_bomb(packed, inflated, where)
        refuse_bomb(packed, _inflate(start, 0)[1], where)
        total += inflated
        if total > MAX_INFLATED:
            raise ReadError("F108", where, f"疑似压缩炸弹 / a zip bomb: over {MAX_INFLATED} bytes inflated")


def _inflate(data: bytes, start: int) -> tuple[int, int, bytes]:
    """Packed and inflated size of a zlib stream, as far as it is sound and within the limit, and its beginning."""
    if len(data) < start + 2 or data[start] & 0x0F != 8 or int.from_bytes(data[start : start + 2], "big") % 31:
        return 0, 0, b""
    stream, at, size, kept, block = zlib.decompressobj(), start, 0, bytearray(), b""
    try:
        while not stream.eof and size <= MAX_INFLATED:
            if not block:
                block = data[at : at + _CHUNK]
                at += len(block)
            if not block:
                break
            piece = stream.decompress(block, 16 * _CHUNK)
            block = stream.unconsumed_tail
            size += len(piece)
            kept += piece[: _NESTED - len(kept)]
    except zlib.error:
        pass  # PDFium reads a broken stream as far as it goes, too
    return at - start - len(block) - len(stream.unused_data), size, bytes(kept)


# --- HTML -----------------------------------------------------------------------------------------------------------
# Lexbor copies every open formatting element into each new paragraph and walks its stack of open elements for each tag, so
# a few kilobytes of <font><p> can cost gigabytes (measured: 350 kB, over 20 GB). The cost is estimated from the tags alone;
# where the estimate is off it is too high, and a thousand levels is twice what browsers keep.

_TAG = re.compile(
    r"<!--(?:-?>|.*?(?:--!?>|\Z))|<(/?)([A-Za-z][^\s/>]*+)(?:=\s*+\"[^\"]*+(?:\"|\Z)|=\s*+'[^']*+(?:'|\Z)|[^>])*+>?",
    re.DOTALL,
)
_QUOTED = re.compile(r"\"[^\"]*+\"|'[^']*+'")
_LONGEST_TAG = 4_000  # without its quoted values; attributes are compared pair by pair
_NEVER_OPEN = names(
    "area base br col embed hr img input link meta param source track wbr frame "
    "p li dt dd tr tbody thead tfoot colgroup caption option optgroup a nobr html head body"
)
_FORMATTING = names("b big code em font i s small strike strong tt u")
_CELLS = frozenset(("td", "th"))
_BARRIERS = _CELLS | names(
    "object applet marquee table template svg math select button textarea title script style xmp iframe noembed noframes"
)
_LOOK_BACK = 8


def check_html(text: str, where: str) -> None:
    """Refuse HTML whose tree would be extremely deep or large.

    Raises:
        ReadError: F108.
    """
    opened: list[str] = []
    formatting = nodes = 0
    for match in _TAG.finditer(text):
        name = (match.group(2) or "").lower()
        if not name:  # a comment
            continue
        if match.group(1):
            formatting -= _close(opened, name)
            continue
        if name == "tr" or name in _CELLS:
            formatting -= _close(opened, "td") + _close(opened, "th")
        nodes += 1 + formatting
        if name not in _NEVER_OPEN:
            opened.append(name)
            formatting += name in _FORMATTING
        long = match.end() - match.start() > _LONGEST_TAG and len(_QUOTED.sub("", match.group())) > _LONGEST_TAG
        if long or len(opened) > MAX_HTML_DEPTH or nodes > MAX_HTML_NODES:
            raise ReadError("F108", where, f"HTML 嵌套过深或标签过多 / HTML too deep or too large at character {match.start()}")


def _close(opened: list[str], name: str) -> int:
    """Close the nearest open element of that name with what is inside it; return how many formatting elements that closes.

    Formatting left open inside stays on the list, because it comes to life again in the next paragraph, unless a barrier such
    as a table or cell ends. End tags inside a barrier do not reach beyond it (but that of a table closes its cells), and none
    reaches further back than a few elements.
    """
    for back in range(1, min(_LOOK_BACK, len(opened)) + 1):
        inner = opened[-back]
        if inner == name:
            inside = opened[len(opened) - back + 1 :]
            left = [] if name in _BARRIERS else [other for other in inside if other in _FORMATTING]
            closed = sum(other in _FORMATTING for other in inside) + (name in _FORMATTING) - len(left)
            opened[-back:] = left
            return closed
        if inner in _BARRIERS and not (name == "table" and inner in _CELLS):
            return 0
    return 0
