"""Whatever the bytes, by chance or by mutation: a Document or a ReadError, and nothing else."""

from __future__ import annotations

import io
import random
import zipfile
from collections.abc import Callable

import pytest
from hostile import OLE, SENTENCE, valid_docx, zipped
from hypothesis import example, given, settings
from hypothesis import strategies as st
from reading import outcome

from formalism_nlp.readers import read
from formalism_nlp.values.errors import ReadError

HTML = f"""<!DOCTYPE html><html><head><meta charset="utf-8"><title>通知_某镇</title></head><body><div id="zoom"><h1>通知</h1>
<p style="text-indent:2em">{SENTENCE}</p><table><tr><td>项目</td><td>数量</td></tr></table><ul><li>一</li></ul></div></body></html>"""


@settings(max_examples=400)
@given(st.binary(max_size=300), st.sampled_from(["", "a.html", "a.md", "a.docx"]))
@example(b"\xff\xfe", "")
@example(b"\xff\xfe\x00\xd8", "")
@example(b"\x00\x00\xfe\xff\x00\x00\xd8\x00", "")
@example(b"\xed\xa0\x80", "")
@example(b"&#xD800;<p>", "a.html")
@example(b"PK\x03\x04", "a.docx")
def test_any_bytes(data: bytes, name: str) -> None:
    outcome(data, name)


@settings(max_examples=200)
@given(
    st.sampled_from(
        [b"PK\3\4", b"<!doctype html>", b"<html>", b"\xff\xfe", b"\xef\xbb\xbf", b"# ", b"%PDF-", OLE[:8], b"<?xml "]
    ),
    st.binary(max_size=300),
)
def test_any_bytes_behind_a_known_beginning(start: bytes, data: bytes) -> None:
    outcome(start + data)


@settings(max_examples=200)
@given(st.text(max_size=200), st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32", "gb18030", "big5hkscs", "utf-16-le"]))
def test_any_text_in_any_encoding(text: str, encoding: str) -> None:
    outcome(text.encode(encoding, "ignore"))


@settings(max_examples=200)
@given(st.text(max_size=200))
def test_marked_text_comes_back_unless_refused(text: str) -> None:
    data = text.encode("utf-8-sig", "ignore")
    try:
        document = read(data)
    except ReadError:
        return
    if document.format in ("text", "markdown"):
        assert document.text == data[3:].decode().replace("\r\n", "\n").replace("\r", "\n")


@settings(max_examples=150)
@given(st.lists(st.sampled_from(["<div>", "</div>", "<p>", "<table>", "<tr>", "<td>", "</td>", "<h1>", "<li>", "<b>", "</b>", "<pre>", "文\n字", "<br>", "<nav>", "<template>", "<!--", "-->", "<svg>", "<select>", "<article>"]), max_size=60))  # fmt: skip
def test_any_soup_of_tags(parts: list[str]) -> None:
    outcome(f"<!DOCTYPE html>{''.join(parts)}".encode())


@settings(max_examples=150)
@given(st.binary(max_size=200))
def test_any_document_part(xml: bytes) -> None:
    assert outcome(zipped({"word/document.xml": xml})) in ("ok", "F101", "F104", "F108")


def mutated(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        at = rng.randrange(len(changed))
        action = rng.randrange(4)
        if action == 0:
            changed[at] = rng.randrange(256)
        elif action == 1:
            del changed[at : at + rng.randint(1, 20)]
        elif action == 2:
            changed[at:at] = rng.randbytes(rng.randint(1, 20))
        else:
            changed[at] ^= 1 << rng.randrange(8)
    return bytes(changed)


def main_part() -> bytes:
    with zipfile.ZipFile(io.BytesIO(valid_docx())) as archive:
        return archive.read("word/document.xml")


def as_docx(xml: bytes | str) -> bytes:
    """Packed anew, so that no checksum stands between a mutation and the parser."""
    return zipped({"word/document.xml": xml})


@pytest.mark.parametrize(
    ("data", "pack"),
    [(valid_docx(), bytes), (main_part(), as_docx), (HTML.encode(), bytes), (HTML.encode("gb18030"), bytes)],
    ids=["docx", "document.xml", "html", "html in gb18030"],
)
def test_500_mutations(data: bytes, pack: Callable[[bytes], bytes]) -> None:
    rng = random.Random(20260)  # noqa: S311
    assert outcome(pack(data)) == "ok"
    found = {outcome(pack(mutated(data, rng))) for _ in range(500)}
    assert found <= {"ok", "F101", "F102", "F103", "F104", "F105", "F107", "F108"}
    assert len(found) >= 2


TAGS = [f"w:{name}" for name in "p r t tbl tr tc pPr body del ins sdt txbxContent br altChunk".split()]  # noqa: SIM905


def test_500_mutations_of_structure() -> None:
    """Well-formed XML that no word processor writes."""
    rng = random.Random(7)  # noqa: S311
    text = main_part().decode()
    found = set()
    for _ in range(500):
        changed = text
        for _ in range(rng.randint(1, 3)):
            old, new = rng.sample(TAGS, 2)
            for start, end in (("<", ">"), ("</", ">"), ("<", " "), ("<", "/>")):
                changed = changed.replace(f"{start}{old}{end}", f"{start}{new}{end}")
        found.add(outcome(as_docx(changed)))
    assert found <= {"ok", "F101", "F108"} and "ok" in found
