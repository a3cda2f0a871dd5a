"""pdf and ofd: what is a line, a paragraph, a table, a running header; pages without text; hostile pages."""

from __future__ import annotations

import itertools
import random
import time
import zlib
from collections import Counter
from collections.abc import Callable

import pytest
from exporters import (
    HEIGHT,
    WIDTH,
    Run,
    Text,
    as_ofd,
    as_pdf,
    as_zip,
    lines_at,
    ofd_file,
    ofd_page,
    pdf_of,
    typeset,
)
from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen import canvas

from formalism_nlp.readers import layout, pdf, read
from formalism_nlp.readers.glyphs import Glyph, Page, Rule
from formalism_nlp.readers.guard import check_pdf
from formalism_nlp.values.document import Document
from formalism_nlp.values.errors import ReadError

SENTENCE = "七月十二日前完成三处堤坝加固，责任人名单报镇应急办。"
LONG = Text("关于做好防汛工作的报告", tuple(f"（{number}）{SENTENCE * (1 + number % 7)}" for number in range(1, 40)))


def picture(sheet: canvas.Canvas) -> None:
    sheet.drawImage(ImageReader(Image.new("RGB", (60, 80), "white")), 0, 0, WIDTH, HEIGHT)


def pieces(document: Document) -> list[str]:
    return [document.text[block.start : block.end] for block in document.blocks]


def refused(data: bytes) -> ReadError:
    with pytest.raises(ReadError) as caught:
        read(data, name="x")
    return caught.value


# --- both formats ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("export", [as_pdf, as_ofd], ids=["pdf", "ofd"])
def test_headers_and_page_numbers_are_left_out_and_places_are_true(export: Callable[[Text], bytes]) -> None:
    document = read(export(LONG))
    assert pieces(document) == LONG.lines
    assert "青岭镇" not in document.text and "—" not in document.text
    pages = list(typeset(LONG))
    assert len(pages) > 3
    for block in document.blocks:
        start, _, end = block.where.partition(" - ")
        _, page, _, line = start.split()
        run = pages[int(page) - 1][int(line) - 1]
        assert document.text[block.start : block.end].startswith(run.text.rstrip())
        if end:  # the paragraph goes on to the next page and ends there
            _, page, _, line = end.split()
            assert document.text[block.start : block.end].endswith(pages[int(page) - 1][int(line) - 1].text)
    assert any(" - page" in block.where for block in document.blocks)


@pytest.mark.parametrize("gutter", [0, 15])
def test_a_page_may_hold_first_lines_only(gutter: float) -> None:
    text = Text("关于做好防汛工作的报告", (SENTENCE * 2, *[SENTENCE] * 30, SENTENCE * 3))
    first, second, *_ = typeset(text)
    head, *rows, number = [run._replace(x=run.x + gutter) for run in second]
    rows = [run for run in rows if run.text == SENTENCE]
    assert len(rows) > 10
    document = read(ofd_file([ofd_page(first), ofd_page([head, *rows, number])]))
    assert pieces(document)[-len(rows) :] == [SENTENCE] * len(rows)


def test_short_open_lines_are_no_margin() -> None:
    lines = ["工作情况", *(f"{'各村完成堤坝加固' * number}。" for number in (2, 3, 1, 3, 2, 3)), "下步打算", "继续加固堤坝。"]
    runs = [Run(line, 74, 150 + 28 * row, 16) for row, line in enumerate(lines)]
    assert pieces(read(ofd_file([ofd_page(runs)]))) == lines


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_turned_pages_are_set_upright(rotation: int) -> None:
    assert read(as_pdf(LONG, rotation=rotation)).text == read(as_pdf(LONG)).text


@pytest.mark.parametrize("angle", [90, 180, 270])
def test_text_turned_on_the_page(angle: int) -> None:
    def draw(sheet: canvas.Canvas) -> None:
        sheet.translate(WIDTH / 2, HEIGHT / 2)
        sheet.rotate(angle)
        for row in range(6):
            sheet.drawString(-200, 100 - 28 * row, f"{row}、{SENTENCE[:12]}。")

    assert pieces(read(pdf_of(draw))) == [f"{row}、{SENTENCE[:12]}。" for row in range(6)]


def test_watermarks_are_left_out() -> None:
    def draw(sheet: canvas.Canvas) -> None:
        sheet.drawString(74, 700, SENTENCE)
        sheet.rotate(45)
        sheet.drawString(400, 100, "内部资料注意保存")

    assert read(pdf_of(draw)).text == SENTENCE
    turned = (
        '<ofd:TextObject ID="9" Boundary="20 20 90 90" Size="9" CTM="0.7 0.7 -0.7 0.7 0 0"><ofd:TextCode X="0" Y="9">内部资料'
    )
    run = Run(SENTENCE, 74, 200, 16)
    assert read(ofd_file([ofd_page([run], turned + "</ofd:TextCode></ofd:TextObject>")])).text == SENTENCE


GRID_X, GRID_Y = (74.0, 174.0, 374.0, 474.0), (150.0, 200.0, 290.0, 330.0)
CELLS = [
    (80, 170, "项目"), (180, 170, "工作内容"), (380, 170, "时限"),
    (80, 240, "堤坝"), (180, 220, "对石口下坝枫树湾三处堤"), (180, 245, "坝加固并清除杂草蚁穴。"), (380, 240, "7月12日"),
    (80, 310, "沙袋"), (180, 310, "5000条"),
]  # fmt: skip
ROWS = ["项目\t工作内容\t时限", "堤坝\t对石口下坝枫树湾三处堤坝加固并清除杂草蚁穴。\t7月12日", "沙袋\t5000条"]


def test_ruled_tables_of_pdf() -> None:
    def draw(sheet: canvas.Canvas) -> None:
        lines_at((74, 110, "附件：任务清单"), *CELLS, (74, 380, SENTENCE))(sheet)
        for x in GRID_X:
            sheet.line(x, HEIGHT - GRID_Y[0], x, HEIGHT - GRID_Y[-1])
        for y, (left, right) in itertools.product(GRID_Y, itertools.pairwise(GRID_X)):
            sheet.line(left, HEIGHT - y, right, HEIGHT - y)

    document = read(pdf_of(draw))
    assert pieces(document) == ["附件：任务清单", *ROWS, SENTENCE]
    assert [block.kind for block in document.blocks] == ["paragraph", *["table_row"] * 3, "paragraph"]


def test_ruled_tables_of_ofd() -> None:
    mm = 25.4 / 72
    steps = [f"M {x * mm} {GRID_Y[0] * mm} L {x * mm} {GRID_Y[-1] * mm}" for x in GRID_X]
    steps += [f"M {GRID_X[0] * mm} {y * mm} L {GRID_X[-1] * mm} {y * mm}" for y in GRID_Y]
    path = f'<ofd:PathObject ID="9" Boundary="0 0 210 297"><ofd:AbbreviatedData>{" ".join(steps)}</ofd:AbbreviatedData></ofd:PathObject>'
    runs = [Run(text, x, y, 16) for x, y, text in CELLS]
    assert pieces(read(ofd_file([ofd_page(runs, path)]))) == ROWS


def test_a_frame_around_text_is_no_table() -> None:
    def draw(sheet: canvas.Canvas) -> None:
        lines_at((106, 140, SENTENCE[:26]), (74, 168, SENTENCE))(sheet)
        sheet.rect(60, HEIGHT - 400, 480, 350)

    assert pieces(read(pdf_of(draw))) == [SENTENCE[:26] + SENTENCE]


def test_columns_without_rules_are_rows() -> None:
    document = read(pdf_of(lines_at((74, 150, "项目"), (300, 150, "数量"), (74, 178, "沙袋"), (300, 178, "5000条"))))
    assert pieces(document) == ["项目\t数量", "沙袋\t5000条"]
    assert {block.kind for block in document.blocks} == {"table_row"}


def test_two_columns_are_read_one_after_the_other() -> None:
    text = "一二三四五六七八九十甲乙"
    left = [(74, 150 + 28 * row, f"左{row:02}{text}") for row in range(12)]
    right = [(325, 150 + 28 * row, f"右{row:02}{text}") for row in range(12)]
    document = read(pdf_of(lines_at(*itertools.chain(*zip(left, right, strict=True)))))
    assert document.text.replace("\n", "") == "".join(run[2] for run in (*left, *right))


def test_latin_words_and_numbers() -> None:
    text = [(74, 150, "推进OFD and PDF并举，完成率98.6%，增长12.5%，"), (74, 178, "共3 500字。")]
    assert read(pdf_of(lines_at(*text))).text.startswith("推进OFD and PDF并举，完成率98.6%，增长12.5%，")


def test_rare_characters_and_shadows() -> None:
    twice = [(74, 150, "加粗的字𠀀"), (74.4, 150, "加粗的字𠀀")]
    assert read(pdf_of(lines_at(*twice))).text == "加粗的字𠀀"


def test_titles_are_not_the_letterhead() -> None:
    def draw(sheet: canvas.Canvas) -> None:
        for size, y, text in (
            (40, 120, "青岭镇人民政府文件"),
            (16, 180, "青政发〔2024〕3号"),
            (22, 240, "关于做好防汛"),
            (22, 272, "工作的通知"),
        ):
            sheet.setFont("STSong-Light", size)
            sheet.drawCentredString(WIDTH / 2, HEIGHT - y, text)
        sheet.setFont("STSong-Light", 16)
        for row in range(4):
            sheet.drawString(106 if row == 0 else 74, HEIGHT - 320 - 28 * row, (SENTENCE * 2)[: 26 if row == 0 else 28])

    document = read(pdf_of(draw))
    assert document.title == "关于做好防汛工作的通知"
    assert [block.kind for block in document.blocks] == ["heading", "paragraph", "title", "paragraph"]


def test_a_page_number_alone_is_no_text_to_score() -> None:
    assert refused(pdf_of(lines_at((290, 800, "— 1 —")))).code == "F101"


# --- pages without text ---------------------------------------------------------------------------------------------


def test_scanned_pages() -> None:
    error = refused(pdf_of(picture, picture))
    assert (error.code, error.status) == ("F111", "no_text_layer") and "2/2" in error.detail
    image = '<ofd:ImageObject ID="5" Boundary="0 0 210 297" ResourceID="7"/>'
    assert refused(ofd_file([ofd_page([], image)])).code == "F111"


def test_some_scanned_pages_are_a_note() -> None:
    text = lines_at((74, 150, SENTENCE))
    document = read(pdf_of(text, picture, text))
    assert document.text == f"{SENTENCE}\n{SENTENCE}" and "2" in document.notes[0]
    assert [block.where for block in document.blocks] == ["page 1 line 1", "page 3 line 1"]
    assert refused(pdf_of(text, picture)).code == "F111"  # half of it is missing: no score


def test_a_scan_with_recognised_text_is_text() -> None:
    def draw(sheet: canvas.Canvas) -> None:
        picture(sheet)
        hidden = sheet.beginText(74, 700)
        hidden.setTextRenderMode(3)
        hidden.textLine(SENTENCE)
        sheet.drawText(hidden)

    assert read(pdf_of(draw)).text == SENTENCE


def test_blank_pages() -> None:
    assert refused(pdf_of(lambda _: None)).code == "F101"
    assert refused(ofd_file([ofd_page([])])).code == "F101"


def test_encrypted_files() -> None:
    text = lines_at((74, 150, SENTENCE))
    assert refused(pdf_of(text, encrypt=StandardEncryption("secret", canPrint=0))).code == "F105"
    assert read(pdf_of(text, encrypt=StandardEncryption("", ownerPassword="x"))).text == SENTENCE  # readable without a password
    assert refused(ofd_file([ofd_page([])], {"Doc_0/Encryptions.xml": "<a/>"})).code == "F105"


# --- hostile and odd files ------------------------------------------------------------------------------------------


def test_too_many_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MAX_PAGES", 2)
    assert refused(as_pdf(LONG)).status == "too_large"


def test_a_page_tree_that_lies_about_its_count() -> None:
    data = pdf_of(lines_at((74, 150, SENTENCE)))
    assert b"/Count 1" in data
    assert read(data.replace(b"/Count 1", b"/Count 9999999")).text == SENTENCE  # PDFium counts itself


def packed_content(content: bytes, head: bytes = b"") -> bytes:
    """A pdf of one page with a packed content stream."""
    text = pdf_of(lines_at((74, 150, SENTENCE)))
    start, end = text.index(b"<<\n/Filter ["), text.index(b"endstream")
    return (
        text[:start]
        + b"<< "
        + head
        + b"/Filter /FlateDecode /Length %d >>\nstream\n" % len(content)
        + content
        + b"\n"
        + text[end:]
    )


def test_streams_that_explode() -> None:
    drawn = b"BT /F1 12 Tf (aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa) Tj ET " * 600_000
    for content in (zlib.compress(drawn), zlib.compress(zlib.compress(drawn))):
        start = time.perf_counter()
        error = refused(packed_content(content))
        assert error.status == "broken" and "bomb" in error.detail
        assert time.perf_counter() - start < 5
    check_pdf(packed_content(zlib.compress(bytes(30 * 2**20)), b"/Subtype /Image "), "")  # a blank scan is no bomb
    check_pdf(as_pdf(LONG), "")
    check_pdf(b"stream\n\x78\x9cstream\nx" * 1000, "")


def test_too_many_characters(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MAX_PAGE_GLYPHS", 10)
    assert refused(as_pdf(LONG)).status == "too_large"


def test_a_pdf_may_begin_with_other_lines() -> None:
    assert read(b"\r\nscanner 1.0\r\n" + pdf_of(lines_at((74, 150, SENTENCE)))).text == SENTENCE


def test_a_cut_pdf_is_a_document_or_an_error() -> None:
    data = as_pdf(LONG)
    for size in range(0, len(data), len(data) // 20):
        try:
            assert read(data[:size], name="x").text
        except ReadError as error:
            assert error.code in ("F101", "F102", "F103", "F108", "F111")


def test_ofd_templates_repeats_and_matrices() -> None:
    xmlns = 'xmlns:ofd="http://www.ofdspec.org/2016"'
    code = '<ofd:TextCode X="0" Y="6" DeltaX="g 2 6 6">红头文件</ofd:TextCode>'
    template = f'<ofd:Page {xmlns}><ofd:Content><ofd:Layer ID="1"><ofd:TextObject ID="2" Boundary="30 40 90 9" Size="6">{code}'
    document = (
        f"<ofd:Document {xmlns}><ofd:CommonData><ofd:PageArea><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:PageArea>"
        '<ofd:TemplatePage ID="1" BaseLoc="Tpls/T.xml"/></ofd:CommonData><ofd:Pages><ofd:Page ID="1" BaseLoc="/Doc_0/P.xml"/></ofd:Pages></ofd:Document>'
    )
    objects = (
        '<ofd:TextObject ID="3" Boundary="30 60 90 9" Size="3" CTM="2 0 0 2 0 0"><ofd:TextCode X="0" Y="3" DeltaX="3 3">放大的字'
        "</ofd:TextCode></ofd:TextObject>"
        '<ofd:TextObject ID="4" Boundary="30 80 90 9" Size="6" Visible="false"><ofd:TextCode X="0" Y="6">藏字</ofd:TextCode></ofd:TextObject>'
    )
    page = f'<ofd:Page {xmlns}><ofd:Template TemplateID="1"/><ofd:Content><ofd:Layer ID="1">{objects}</ofd:Layer></ofd:Content></ofd:Page>'
    root = f"<ofd:OFD {xmlns}><ofd:DocBody><ofd:DocInfo><ofd:Title>题名</ofd:Title></ofd:DocInfo><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>"
    parts = {
        "OFD.xml": root,
        "Doc_0/Document.xml": document,
        "Doc_0/P.xml": page,
        "Doc_0/Tpls/T.xml": template + "</ofd:TextObject></ofd:Layer></ofd:Content></ofd:Page>",
    }
    found = read(as_zip({name: part.encode() for name, part in parts.items()}))
    assert (found.title, pieces(found)) == ("题名", ["红头文件", "放大的字"])


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ({"OFD.xml": '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><OFD>&e;</OFD>'}, "broken"),
        ({"OFD.xml": "<OFD/>"}, "broken"),
        ({"OFD.xml": "<OFD><DocBody><DocRoot>nowhere.xml</DocRoot></DocBody></OFD>"}, "broken"),
        ({"OFD.xml": "<OFD><DocBody><DocRoot>../../etc/passwd</DocRoot></DocBody></OFD>"}, "broken"),
        ({"OFD.xml": "<OFD>" * 300}, "broken"),
        ({"OFD.xml": "<OFD/>", "../evil.xml": "<a/>"}, "broken"),
    ],
)
def test_hostile_ofd(parts: dict[str, str], status: str) -> None:
    assert refused(as_zip({name: part.encode() for name, part in parts.items()})).status == status


def test_deltas_that_repeat_a_billion_times() -> None:
    code = '<ofd:TextObject ID="9" Boundary="20 20 90 9" Size="6"><ofd:TextCode X="0" Y="6" DeltaX="g 99999999 6 g 999999999999 1">短文</ofd:TextCode></ofd:TextObject>'
    assert read(ofd_file([ofd_page([], code)])).text == "短文"


def test_pages_of_any_layout_give_a_document() -> None:
    """Characters and rules at random places: nothing breaks the line builder, and it makes up no character."""
    chance = random.Random(6)  # noqa: S311 - the same pages each time

    def glyph() -> Glyph:
        x = chance.uniform(-50, 700)
        char = chance.choice("防汛工作，。“”12ab \u3000")
        return Glyph(char, x, x + chance.uniform(0, 30), chance.uniform(-50, 900), chance.uniform(0.01, 50))

    def rule() -> Rule:
        x, y = chance.uniform(0, 600), chance.uniform(0, 800)
        return Rule(x, y, x + chance.choice((0.0, 200.0)), y + chance.choice((0.0, 100.0)))

    for _ in range(60):
        glyphs = tuple(glyph() for _ in range(chance.randrange(200)))
        rules = tuple(rule() for _ in range(chance.randrange(30)))
        pages = [Page(number, WIDTH, HEIGHT, glyphs, rules) for number in (1, 2)]
        found = "".join(piece.text for piece in layout.lay_out_pages(pages))
        assert Counter("".join(found.split())) <= Counter(glyph.char for page in pages for glyph in page.glyphs)
