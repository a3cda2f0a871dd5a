"""Bombs, traps and nonsense in archives, XML, HTML and foreign formats: refused by name, soon, and nothing else happens.

*Soon* is seconds of processor time: what a file costs, however busy the machine.
"""

from __future__ import annotations

import struct
import time
import zipfile

import pytest
from hostile import BODY, OLE, SENTENCE, W, valid_docx, zipped
from reading import outcome, refused

from formalism_nlp.readers import read
from formalism_nlp.readers.guard import MAX_INFLATED, check_html
from formalism_nlp.values.errors import ReadError

# --- zip and XML ----------------------------------------------------------------------------------------------------


def test_smallest_docx_is_read() -> None:
    assert read(zipped({"word/document.xml": BODY})).text == SENTENCE


@pytest.mark.parametrize("size", [120 * 2**20, MAX_INFLATED + 1])
def test_zip_bomb(size: int) -> None:
    data = zipped({"word/document.xml": b"<a>" + b" " * size})
    assert len(data) < 2**20
    start = time.process_time()
    error = refused(data)
    assert error.code == "F108" and "bomb" in error.detail
    assert time.process_time() - start < 1  # refused by its declared size, not after inflating it


def test_zip_bomb_that_lies_about_its_size() -> None:
    data = bytearray(zipped({"word/document.xml": b"<a>" + b" " * (50 * 2**20)}))
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", data, data.index(mark) + offset, 1000)
    assert refused(bytes(data)).code == "F108"


def test_too_many_entries() -> None:
    assert "entries" in refused(zipped({"word/document.xml": BODY, **{f"a{n}": b"" for n in range(10_001)}})).detail


@pytest.mark.parametrize("name", ["../evil.xml", "word/../../evil", "/etc/passwd", "C:/evil", "..\\evil", "word\\..\\..\\evil"])
def test_paths_that_leave_the_archive(name: str) -> None:
    error = refused(zipped({"word/document.xml": BODY, name: b"x"}))
    assert error.code == "F108" and "leaves the archive" in error.detail


XXE = '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
LAUGHS = (
    '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]>"
)


@pytest.mark.parametrize("dtd", [XXE, LAUGHS, "<!DOCTYPE a>", '<!DOCTYPE a SYSTEM "http://127.0.0.1/a.dtd">'])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_dtd_is_refused(dtd: str, encoding: str) -> None:
    xml = (
        f'<?xml version="1.0" encoding="{encoding}"?>'
        + dtd
        + BODY.replace(SENTENCE, "&e;" if dtd is XXE else "&j;" if dtd is LAUGHS else "x")
    )
    assert refused(zipped({"word/document.xml": xml.encode(encoding)})).code == "F108"


def test_dtd_in_any_part_and_across_chunks() -> None:
    for part in ("word/styles.xml", "_rels/.rels", "customXml/item1.xml"):
        assert "DTD" in refused(zipped({"word/document.xml": BODY, part: XXE + "<a/>"})).detail
    for shift in range(65_530, 65_537):
        padded = f"<!--{' ' * (shift - 7)}-->" + XXE + "<a/>"
        assert "DTD" in refused(zipped({"word/document.xml": BODY, "a.xml": padded}, zipfile.ZIP_STORED)).detail


def test_entities_without_a_dtd() -> None:
    assert refused(zipped({"word/document.xml": BODY.replace(SENTENCE, "&e;")})).code == "F108"
    assert refused(zipped({"word/document.xml": BODY.replace(SENTENCE, "&#xD800;")})).code == "F108"


@pytest.mark.parametrize("element", ["w:sdt", "w:tbl", "w:p", "w:txbxContent", "x"])
@pytest.mark.parametrize("depth", [200, 20_000])
def test_deep_xml(element: str, depth: int) -> None:
    nested = f"<{element}>" * depth + "<w:p><w:r><w:t>深</w:t></w:r></w:p>" + f"</{element}>" * depth
    xml = f'<w:document xmlns:w="{W}"><w:body>{nested}</w:body></w:document>'
    assert outcome(zipped({"word/document.xml": xml})) in ("ok", "F101") if depth == 200 else "F108"


def test_truncated_and_broken_archives() -> None:
    data = valid_docx()
    assert outcome(data) == "ok"
    for part in (data[:-30], data[: len(data) // 2], data[:4], b"PK\3\4" + b"x" * 500, b"PK\5\6"):
        assert refused(part).code == "F108"
    assert refused(zipped({"word/document.xml": b"<w:p>"})).code == "F108"
    assert refused(zipped({"word/document.xml": b""})).code == "F108"
    assert refused(zipped({"word/styles.xml": b"<a/>"})).code == "F108"
    assert refused(zipped({"word/document.xml": BODY, "_rels/.rels": b"<"})).code == "F108"


def test_wrong_checksum() -> None:
    data = bytearray(zipped({"word/document.xml": BODY}, zipfile.ZIP_STORED))
    data[data.index(SENTENCE.encode())] ^= 1
    assert refused(bytes(data)).code == "F108"


@pytest.mark.parametrize("method", [1, 12, 14, 97])
def test_unknown_compression(method: int) -> None:
    data = bytearray(zipped({"word/document.xml": BODY}))
    for mark, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        struct.pack_into("<H", data, data.index(mark) + offset, method)
    assert refused(bytes(data)).code == "F108"


def test_styles_and_relations_of_nonsense() -> None:
    rels = '<Relationships><Relationship Type="a/styles" Target="../../x"/><Relationship/><!-- c --><Relationship Target="w"/></Relationships>'
    styles = f'<w:styles xmlns:w="{W}"><w:style/><w:style w:styleId="a"><w:basedOn w:val="a"/></w:style></w:styles>'
    body = BODY.replace("<w:p>", '<w:p><w:pPr><w:pStyle w:val="a"/><w:outlineLvl w:val="x"/><w:numPr/></w:pPr>')
    assert (
        read(zipped({"word/document.xml": body, "word/_rels/document.xml.rels": rels, "word/styles.xml": styles})).text
        == SENTENCE
    )


# --- other formats --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "code", "says"),
    [
        (OLE + "EncryptedPackage".encode("utf-16-le") + bytes(100), "F105", ""),
        (OLE + "WordDocument".encode("utf-16-le") + bytes(100), "F108", "CompoundFile"),
        (OLE + "Workbook".encode("utf-16-le"), "F107", "Excel"),
        (OLE, "F107", "OLE"),
        (b"%PDF-1.7\n%\xe2\xe3", "F108", "pdf"),
        (b"{\\rtf1\\ansi text}", "F107", "RTF"),
        (b"\x89PNG\r\n\x1a\n\0\0", "F111", "image"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "F111", "image"),
        (b"GIF89a\1\0", "F111", "image"),
        (b"\x1f\x8b\x08\0", "F107", "unpack"),
        (b"Rar!\x1a\x07\1\0", "F107", "unpack"),
        (b"7z\xbc\xaf\x27\x1c\0", "F107", "unpack"),
        (zipped({"OFD.xml": b"<a/>"}), "F108", "OFD"),
        (zipped({"xl/workbook.xml": b"<a/>"}), "F107", "Excel"),
        (zipped({"ppt/presentation.xml": b"<a/>"}), "F107", "PowerPoint"),
        (zipped({"mimetype": b"x", "content.xml": b"<a/>"}), "F107", "OpenDocument"),
        (zipped({}), "F101", "archive"),
        (
            b'<?xml version="1.0"?><w:wordDocument xmlns:w="http://schemas.microsoft.com/office/word/2003/wordml"/>',
            "F107",
            "docx",
        ),
        (b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n--x", "F101", "mail"),
        (b"\x7fELF\2\1\1" + bytes(60), "F102", ""),
        (b"MZ\x90\0\3\0\0\0", "F102", ""),
        (b"abc\0def\0ghi", "F102", ""),
        ("中文".encode() + b"\0", "F102", ""),
        (b"\xef\xbb\xbfabc\0", "F102", ""),
        (bytes(range(1, 32)) * 10, "F102", ""),
    ],
)
def test_known_kinds_are_named(data: bytes, code: str, says: str) -> None:
    error = refused(data)
    assert error.code == code and says in error.detail


def test_encrypted_entry() -> None:
    data = bytearray(zipped({"word/document.xml": BODY}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1
    assert refused(bytes(data)).code == "F105"


# --- HTML made to exhaust the parser --------------------------------------------------------------------------------

N = 20_000
EXPLOSIVE = {
    "depth": "<div>" * N,
    "formatting": "".join(f"<font color={n}><p>" for n in range(N)),
    "end tag in an object": "".join(f"<font color={n}><object></font></object><p>" for n in range(N)),
    "end tag in a cell": "".join(f"<font color={n}><table><td></font></table><p>" for n in range(N)),
    "end tag in a value": "".join(f"<font color={n} title='</font>'><p>" for n in range(N)),
    "end tag in a comment": "".join(f"<font color={n}><!--></font--><p>" for n in range(N)),
    "end tag in raw text": "".join(f"<font color={n}><textarea></font></textarea><p>" for n in range(N)),
    "many paragraphs": "".join(f"<font color={n}>" for n in range(400)) + "<p>" * N,
    "attributes": "<p " + " ".join(f"a{n}" for n in range(N)) + ">",
    "open quote": '<p a="' * N,
}


@pytest.mark.parametrize("kind", EXPLOSIVE)
def test_explosive_html(kind: str) -> None:
    start = time.process_time()
    assert outcome(f"<!DOCTYPE html>{EXPLOSIVE[kind]}文".encode()) == "F108"
    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    "page",
    [
        "<div><p>文" * 300 + "</div>" * 300, "<p><b>文" * 900, "<tr><td><b>文</td></tr>" * 3000, "<li>文" * N, "<a name=x>文" * N,
        "<p><font color=red>文</font></p>" * N, "<br>文" * N, "<" * N + "文", "<!--" * N + "-->文", "</div>" * N + "文",
        "<table><tr><td>" * 200 + "文",
    ],
)  # fmt: skip
def test_sloppy_html_is_read(page: str) -> None:
    start = time.process_time()
    assert outcome(f"<!DOCTYPE html><body>{page}".encode()) in ("ok", "F101")
    assert time.process_time() - start < 5


def test_guard_counts_what_is_open() -> None:
    check_html("<div><b></div></b>" * 5_000, "")
    with pytest.raises(ReadError):
        check_html("<div><b></div>" * 5_000, "")


MANY = 50_000
SLOW = {
    "comments": "<!---->" * MANY + "x",
    "dashes": "# a\n" + "-" * MANY + "x",
    "spaces in a heading": "# a" + " " * MANY + "b ##",
    "spaces in a title": "<html><title>" + "\u3000" * MANY + "x</title><p>文</p>",
    "line ends in a page": "<html><p>文" + "\n" * MANY + "x</p>",
    "open tags": "<html><p>文" + "<a" * MANY,
    "headers": "a: b\n c\n" * MANY,
    "style": "<html><p style='" + "; " * MANY + "'>文</p>",
    "one line": SENTENCE * MANY,
    "rare line": "龘靐齉爩鱻麤" * MANY,
}


@pytest.mark.parametrize("kind", SLOW)
def test_no_pattern_is_slow(kind: str) -> None:
    start = time.process_time()
    outcome(SLOW[kind].encode(), "a.html" if kind == "open tags" else "")
    assert time.process_time() - start < 2
