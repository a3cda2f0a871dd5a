"""Own-written texts come back from every format as they were, and each character can be traced to its place in the file."""

from __future__ import annotations

import itertools
import re
import shutil
import subprocess
import threading
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import pypdfium2
import pytest
from exporters import (
    EXPORTERS,
    RUNNING_HEAD,
    Text,
    as_docx,
    as_html,
    as_ofd,
    as_pdf,
    as_txt,
    as_zip,
    by_soffice,
    has_soffice,
    own_texts,
)

from formalism_nlp import store
from formalism_nlp.readers import read, read_all
from formalism_nlp.values.document import Document
from formalism_nlp.values.errors import MESSAGES, STATUSES, ReadError

TEXTS = own_texts(store.data_folder("corpora") / "documents")
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
needs_soffice = pytest.mark.skipif(
    not has_soffice(), reason="LibreOffice (soffice) is not installed: apt-get install libreoffice-writer-nogui"
)
# What pages do not keep: white space (lines are set without it), nothing else.
ONE_PAGE = 600  # characters
WHITE = re.compile(r"\s+")
FULL = (
    3 * 11.0
)  # points, of LibreOffice's size: a line that lacks less may be full, for a mark may hang and the next word need room
DATA = Path(__file__).parent / "data"
PLACES = {
    "text": r"line \d+",
    "markdown": r"line \d+",
    "html": r"element \d+",
    "docx": r"(paragraph|footnote|endnote) \d+|table \d+ row \d+",
    "doc": r"(paragraph|footnote|endnote) \d+|table \d+ row \d+",
    "pdf": r"page \d+ line \d+( - page \d+ line \d+)?",
    "ofd": r"page \d+ line \d+( - page \d+ line \d+)?",
    "mail": r"subject|line \d+|element \d+",
}


def pieces(document: Document) -> list[str]:
    return [document.text[block.start : block.end] for block in document.blocks]


def bare(lines: list[str]) -> list[str]:
    return [WHITE.sub("", line) for line in lines]


def check_places(document: Document) -> None:
    """Every character that shows is in a block, and its place is one of the format's kind."""
    place = re.compile(PLACES[document.format])
    for block in document.blocks:
        for offset in (block.start, (block.start + block.end) // 2, block.end - 1):
            assert document.locate(offset) == block.where
        assert place.fullmatch(block.where), block.where
    assert WHITE.sub("", "".join(pieces(document))) == WHITE.sub("", document.text)


# --- round trips ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", EXPORTERS)
def test_texts_come_back(kind: str) -> None:
    assert len(TEXTS) > 100
    paged = kind in ("pdf", "ofd")  # lines are set without the white space at their ends
    for text in TEXTS[:: {"pdf": 4, "ofd": 1}.get(kind, 2)]:
        document = read(EXPORTERS[kind](text), name=f"报告.{kind}", genre="report")
        found = pieces(document)
        if kind == "md":
            found[0] = found[0].removeprefix("# ")
        if paged and sum(map(len, text.lines)) < ONE_PAGE and RUNNING_HEAD in found:
            found.remove(RUNNING_HEAD)  # a header that stands on one page only cannot be told from text
        assert (bare(found) == bare(text.lines)) if paged else (found == text.lines)
        assert document.title == ("" if kind == "txt" else text.title)
        assert (document.name, document.genre, document.notes) == (f"报告.{kind}", "report", ())
        check_places(document)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030", "gbk"])
def test_txt_and_html_in_each_encoding(encoding: str) -> None:
    for text in TEXTS[::10]:
        assert pieces(read(as_txt(text, encoding))) == text.lines
        if not encoding.startswith("utf-32"):
            assert pieces(read(as_html(text, encoding))) == text.lines


@needs_soffice
def test_word_97_files_come_back(tmp_path: Path) -> None:
    texts = TEXTS[5::30]
    files = {f"{number}.docx": as_docx(text) for number, text in enumerate(texts)}
    for text, data in zip(texts, by_soffice(files, "doc", tmp_path).values(), strict=True):
        document = read(data, name="报告.wps")
        assert (document.format, document.title, pieces(document)) == ("doc", text.title, text.lines)
        check_places(document)
        if shutil.which("antiword"):
            (tmp_path / "one.doc").write_bytes(data)
            command = ["antiword", "-m", "UTF-8.txt", "-w", "0", str(tmp_path / "one.doc")]
            witness = subprocess.run(command, capture_output=True, check=True).stdout.decode()
            assert "".join(bare(text.lines)) in WHITE.sub("", witness)


def check_word_97(data: bytes) -> None:
    document = read(data, name="报告.wps")
    found = [(block.kind, block.level, block.where, document.text[block.start : block.end]) for block in document.blocks]
    assert found == [
        ("title", 1, "paragraph 1", "关于防汛工作的报告"),
        ("heading", 1, "paragraph 2", "一、工作情况"),
        ("paragraph", 0, "paragraph 3", "七月十二日前完成三处堤坝加固，责任人名单报镇应急办。"),
        ("paragraph", 0, "paragraph 4", "前文新增的字，后文𠀀。"),  # without what was deleted or is hidden
        ("table_row", 0, "table 1 row 1", "项目\t数量"),
        ("table_row", 0, "table 1 row 2", "沙袋\t5000条"),
        ("paragraph", 0, "paragraph 5", "末段在此。"),
        ("paragraph", 0, "paragraph 5", "框内的字"),
        ("footnote", 0, "footnote 1", "名单见附件。"),
    ]
    assert (document.format, document.title) == ("doc", "关于防汛工作的报告")
    check_places(document)


def test_what_word_97_files_hold() -> None:
    """``word97.doc`` was made from ``word97.fodt`` by LibreOffice 7.4."""
    check_word_97((DATA / "word97.doc").read_bytes())


@needs_soffice
def test_what_word_97_files_of_this_libreoffice_hold(tmp_path: Path) -> None:
    source = {"word97.fodt": (DATA / "word97.fodt").read_bytes()}
    check_word_97(by_soffice(source, "doc", tmp_path)["word97.fodt"])


def gaps_after_paragraphs(data: bytes, text: Text) -> dict[int, float]:
    """Where each paragraph ends (characters that show before it) → what its last line lacks to the right margin, in points.

    Measured by PDFium alone, without the readers.
    """
    rights: list[float] = []
    with pypdfium2.PdfDocument(data) as pages:
        for page in pages:
            signs = page.get_textpage()
            seen = [number for number in range(signs.count_chars()) if signs.get_text_range(number, 1).strip()]
            rights += [signs.get_charbox(number, loose=True)[2] for number in seen[len(RUNNING_HEAD) :]]
    ends = list(itertools.accumulate(map(len, bare(text.lines))))
    assert len(rights) == ends[-1]
    return {end: max(rights) - rights[end - 1] for end in ends}


@needs_soffice
def test_pdf_of_libreoffice_comes_back(tmp_path: Path) -> None:
    texts = TEXTS[::15]
    files = {f"{number}.docx": as_docx(text) for number, text in enumerate(texts)}
    equal = 0
    for text, data in zip(texts, by_soffice(files, "pdf", tmp_path).values(), strict=True):
        document = read(data)
        found = bare(pieces(document))
        if found[0] == RUNNING_HEAD:  # a header that stands on one page only cannot be told from text
            del found[0]
        assert "".join(found) == "".join(bare(text.lines))
        gaps = gaps_after_paragraphs(data, text)
        parted = set(itertools.accumulate(map(len, found)))
        assert parted <= gaps.keys()
        # These paragraphs are neither indented nor set apart: the end of one whose last line is full cannot be seen, any other is.
        assert all(gaps[end] < FULL for end in gaps.keys() - parted)
        equal += parted == gaps.keys()
        check_places(document)
    assert 2 * equal > len(texts)


# --- what goes wrong ------------------------------------------------------------------------------------------------


def test_without_the_converter_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    with pytest.raises(ReadError, match=r"pip install 'formalism-nlp\[doc\]'") as caught:
        read(OLE_DOC, name="a.doc")
    assert (caught.value.code, caught.value.status) == ("F112", "needs_converter")


OLE_DOC = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(504) + "WordDocument".encode("utf-16-le") + bytes(500)


def test_broken_word_97_file() -> None:
    with pytest.raises(ReadError) as caught:
        read(OLE_DOC, name="a.doc")
    assert caught.value.status == "broken" and "/tmp" not in str(caught.value)


@pytest.mark.parametrize(
    ("offset", "change", "status"),
    [
        (11, b"\x13", "encrypted"),  # the flag fEncrypted
        (0, b"\xdc\xa5", "needs_converter"),  # the mark of Word 6 and 95
    ],
)
def test_variants_of_word_97_files(offset: int, change: bytes, status: str) -> None:
    data = bytearray((DATA / "word97.doc").read_bytes())
    start = data.index(b"\xec\xa5") + offset  # the header of the stream WordDocument
    data[start : start + len(change)] = change
    with pytest.raises(ReadError) as caught:
        read(bytes(data), name="a.doc")
    assert caught.value.status == status


def test_docx_of_pictures_only() -> None:
    parts = {"word/document.xml": f"<w:document {W}><w:body><w:p/></w:body></w:document>".encode(), "word/media/image1.png": b"x"}
    with pytest.raises(ReadError) as caught:
        read(as_zip(parts))
    assert caught.value.status == "no_text_layer"


def test_every_reading_error_has_a_status() -> None:
    codes = {code for code in MESSAGES if code.startswith(("F10", "F11"))}
    assert codes <= STATUSES.keys() <= MESSAGES.keys()
    assert len(set(STATUSES.values())) == len(STATUSES)
    assert ReadError("F900").status == "error"


@pytest.mark.parametrize("export", [as_pdf, as_ofd, as_docx], ids=["pdf", "ofd", "docx"])
def test_threads_read_the_same(export: Callable[[Text], bytes]) -> None:
    files = [export(text) for text in TEXTS[:4]]
    expected = [read(data).text for data in files]
    found: list[list[str]] = [[] for _ in range(4)]

    def work(results: list[str]) -> None:
        results += [read(data).text for data in files]

    threads = [threading.Thread(target=work, args=(results,)) for results in found]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 4


def test_a_file_is_one_item_of_read_all() -> None:
    for kind, export in EXPORTERS.items():
        (document,) = read_all(export(TEXTS[0]), name=f"a.{kind}", genre="report")
        assert isinstance(document, Document)
        assert document == read(export(TEXTS[0]), name=f"a.{kind}", genre="report")
