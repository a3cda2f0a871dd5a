"""Files and bytes become Documents: encodings, plain and Markdown text, docx, HTML. Hostile input: test_readers_hostile."""

from __future__ import annotations

import codecs
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.oxml import parse_xml

from formalism_nlp.readers import read
from formalism_nlp.readers.plain import decode, refuse_mojibake
from formalism_nlp.values.document import Document
from formalism_nlp.values.errors import ReadError

TEXT = "关于做好防汛工作的通知\n\n各村、各单位：\n　　7月12日前完成3处堤坝加固，责任人名单报镇应急办。\n"
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def refused(source: Any, **options: Any) -> ReadError:
    with pytest.raises(ReadError) as caught:
        read(source, **options)
    return caught.value


def check_law(document: Document) -> None:
    """What every reader promises beyond the law of Document itself."""
    assert document.text.strip() and "\r" not in document.text and document.blocks
    document.text.encode("utf-8")
    for block in document.blocks:
        piece = document.text[block.start : block.end]
        assert piece.strip() and block.where
        assert document.locate(block.start) == block.where
    covered = "".join(document.text[block.start : block.end] for block in document.blocks)
    if document.format != "markdown":
        assert "".join(covered.split()) == "".join(document.text.split())


# --- encodings ------------------------------------------------------------------------------------------------------

ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030", "gbk"]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_text_survives_each_encoding(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "通知.txt"
    path.write_bytes(TEXT.replace("\n", "\r\n").encode(encoding))
    document = read(path, genre="notice")
    assert document.text == TEXT
    assert (document.name, document.genre, document.format, document.title, document.notes) == (
        "通知.txt",
        "notice",
        "text",
        "",
        (),
    )
    assert [block.where for block in document.blocks] == ["line 1", "line 3", "line 4"]
    check_law(document)


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
        (b"\x84\x31\x95\x33", "gb18030"),
    ],
)
def test_byte_order_marks(mark: bytes, encoding: str) -> None:
    found = decode(mark + TEXT.encode(encoding))
    assert (found.text, found.encoding) == (TEXT, encoding)


SHORT = [
    ("整治文山会海", "整治文山會海"), ("六月底前全部完工", "六月底前全部完工"), ("压减会议十二次", "壓減會議十二次"),
    ("请各乡镇抓紧落实", "請各鄉鎮抓緊落實"), ("新修水渠三公里", "新修水渠三公里"), ("群众诉求全部办结", "群眾訴求全部辦結"),
    ("预算执行总体平稳", "預算執行總體平穩"), ("现将有关事项通知", "現將有關事項通知"), ("安全生产形势稳定", "安全生產形勢穩定"),
    ("责任分工见附件二", "責任分工見附件二"), ("困难家庭已获补助", "困難家庭已獲補助"), ("同比增长百分之五", "同比增長百分之五"),
    ("河道清淤本周开工", "河道清淤本週開工"), ("整改台账逐项销号", "整改台賬逐項銷號"), ("校舍加固如期交付", "校舍加固如期交付"),
]  # fmt: skip


@pytest.mark.parametrize(("simplified", "traditional"), SHORT)
def test_eight_characters_are_enough(simplified: str, traditional: str) -> None:
    assert decode(simplified.encode("gb18030")).text == simplified
    assert decode(traditional.encode("gb18030")).text == traditional
    found = decode(traditional.encode("big5hkscs"))
    assert (found.text, found.encoding) == (traditional, "big5hkscs")
    for encoding in ("utf-16-le", "utf-16-be"):
        assert decode(simplified.encode(encoding)).text == simplified


@pytest.mark.parametrize("word", ["联通", "移动", "要指示要"])
def test_gb_bytes_that_are_valid_utf8_by_chance(word: str) -> None:
    assert decode(word.encode("gb18030")).text == word


def test_other_scripts_in_utf8_are_left_alone() -> None:
    for text in ("Привет, мир", "Ελλάδα", "Été à la plage, déjà vu", "これは日本語です", "ok"):
        assert read(text.encode()).text == text


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16-le", "utf-8"])
def test_rare_characters_come_through(encoding: str) -> None:
    text = "姓名用字：䶮、𠀀、𡋾、喆、犇，均按身份证登记，由派出所核对。"
    assert decode(text.encode(encoding)).text == text


# ICU-22357, WHATWG Encoding #336 and the Unicode recommendation L2/23-003r agree on these; A8BC changed in 2005.
GB18030_2022 = {
    "A6D9": 0xFE10, "A6DA": 0xFE12, "A6DB": 0xFE11, "A6DC": 0xFE13, "A6DD": 0xFE14, "A6DE": 0xFE15, "A6DF": 0xFE16,
    "A6EC": 0xFE17, "A6ED": 0xFE18, "A6F3": 0xFE19, "FE59": 0x9FB4, "FE61": 0x9FB5, "FE66": 0x9FB6, "FE67": 0x9FB7,
    "FE6D": 0x9FB8, "FE7E": 0x9FB9, "FE90": 0x9FBA, "FEA0": 0x9FBB, "A8BC": 0x1E3F,
}  # fmt: skip


@pytest.mark.parametrize(("code", "point"), GB18030_2022.items())
def test_code_points_of_gb18030_2022(code: str, point: int) -> None:
    text = decode("地名用字".encode("gb18030") + bytes.fromhex(code) + "已核对".encode("gb18030")).text
    assert text == f"地名用字{chr(point)}已核对"


def test_windows_gbk_oddities() -> None:
    assert decode("合同价".encode("gbk") + b"\x80" + "500元".encode("gbk")).text == "合同价€500元"
    assert decode("通知".encode("gbk") + b"\xa3\xa0" + "各村".encode("gbk")).text == "通知　各村"


@pytest.mark.parametrize(("encoding", "cut"), [("utf-8", 1), ("utf-8", 2), ("gb18030", 1), ("utf-16-le", 1), ("utf-8-sig", 1)])
def test_file_cut_inside_its_last_character(encoding: str, cut: int) -> None:
    found = decode("本周完成堤坝加固，名单报镇应急办".encode(encoding)[:-cut])
    assert found.text == "本周完成堤坝加固，名单报镇应急"
    assert "截断" in found.notes[0]


def test_four_byte_character_cut() -> None:
    found = decode("本周完成堤坝加固𠀀".encode("gb18030")[:-1])
    assert found.text == "本周完成堤坝加固" and "3 bytes" in found.notes[0]


def test_bytes_of_no_encoding_are_refused_not_guessed() -> None:
    assert refused("本周完成堤坝加固".encode("gb18030") + b"\xff" + "名单".encode("gb18030")).code == "F103"
    assert refused("本周完成".encode() + b"\xff\xfe" + "名单".encode()).code == "F103"
    assert refused(codecs.BOM_UTF8 + "本周完成".encode("gb18030")).code == "F103"
    assert refused("Привет, мир. Сегодня мы подготовим отчёт".encode("cp1251")).code == "F103"


@pytest.mark.parametrize(
    "data", [b"", b" \r\n\t", "　\n　".encode(), codecs.BOM_UTF8, codecs.BOM_UTF16_LE, "\u200b\ufeff".encode()]
)
def test_nothing_to_score(data: bytes) -> None:
    assert refused(data).code == "F101"


def test_line_ends_become_one_kind() -> None:
    document = read("一\r\n二\r三\n四".encode())
    assert document.text == "一\n二\n三\n四"
    assert [block.where for block in document.blocks] == ["line 1", "line 2", "line 3", "line 4"]


# --- mojibake -------------------------------------------------------------------------------------------------------

SENTENCE = "各单位要在六月底前完成隐患排查，逐项建立清单，整改结果由镇安监站核对后公开。"
TRADITIONAL = "各單位要在六月底前完成隱患排查，逐項建立清單，整改結果由鎮安監站核對後公開。"


@pytest.mark.parametrize(
    "garbled",
    [
        pytest.param(SENTENCE.encode().decode("gbk", "replace"), id="utf-8 read as gbk"),
        pytest.param(SENTENCE.encode().decode("gbk", "ignore"), id="utf-8 read as gbk with losses"),
        pytest.param(SENTENCE.encode().decode("latin-1"), id="utf-8 read as latin-1"),
        pytest.param(SENTENCE.encode().decode("latin-1").replace("\xa0", " "), id="utf-8 read as latin-1, A0 became a space"),
        pytest.param(SENTENCE.encode().decode("cp1252", "replace"), id="utf-8 read as cp1252"),
        pytest.param(SENTENCE.encode("gbk").decode("latin-1"), id="gbk read as latin-1"),
        pytest.param(SENTENCE.encode("gbk").decode("utf-8", "replace"), id="gbk read as utf-8"),
        pytest.param(SENTENCE.encode("gbk").decode("utf-8", "replace").encode().decode("gbk", "replace"), id="锟斤拷"),
        pytest.param(TRADITIONAL.encode("big5").decode("gbk", "replace"), id="big5 read as gbk"),
        pytest.param(SENTENCE.encode("gbk").decode("big5", "replace"), id="gbk read as big5"),
        pytest.param("It鈥檚 a plan", id="鈥"),
        pytest.param("â€œplanâ€\x9d", id="â€œ"),
        pytest.param("浣犲ソ", id="浣犲ソ"),
        pytest.param("ä½ å¥½", id="ä½ å¥½"),
        pytest.param("锟斤拷锟斤拷", id="锟斤拷锟斤拷"),
    ],
)
def test_mojibake_is_refused(garbled: str) -> None:
    assert refused(garbled.encode()).code == "F104"


@pytest.mark.parametrize(
    "text",
    [
        SENTENCE,
        TRADITIONAL,
        "参会人员：阚清子、谌龙、逄锦、妫海、亓官鼎、缪钺、郄超、仝晔、褚喆、尉迟琰。",
        "氕氘氚氦锂铍硼氖氩钪钛钒铬镓锗砷硒溴氪铷锶钇锆铌钼锝钌铑钯",
        "鑭、鈰、鐠、釹、鉕、釤、銪、釓、鋱、鏑、鈥、鉺、銩、鐿、鎦",
        "龘靐齉爩鱻麤灪",
        "浣熊、涓滴、涔涔、绁绊、锟铻、濂溪、鍏",
        "Été à la plage — déjà vu, naïve, señor «é», größer",
        "ā á ǎ à ō ó ǒ ò ê ḿ ǹ",
        "これは日本語の文章です。よろしくお願いします。",
        "有的网页打开后满屏“锟斤拷”，这是编码不符造成的，重新另存为 UTF-8 就能恢复，不必重新录入全部内容。",
        "面积½亩，温度±5℃，×÷√，αβγ，①②③，🎉",
    ],
)
def test_rare_but_real_text_is_no_mojibake(text: str) -> None:
    assert refuse_mojibake(text) == () or "锟斤拷" in text
    assert read(text.encode()).text == text


def test_small_damage_is_a_note() -> None:
    document = read((SENTENCE * 5 + "\ufffd\n" + "浣犲ソ锛屼笘鐣").encode())
    assert len(document.notes) == 2 and "浣犲ソ" in document.notes[1]


def test_no_public_document_is_mojibake(shared: Path) -> None:
    files = sorted((shared / "public").glob("*.txt"))
    assert len(files) > 100
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert refuse_mojibake(text, file.name) == ()
        if file.stat().st_size < 20_000:
            assert decode(text.encode("gb18030")).text == text.replace("\r", "\n")


# --- plain and Markdown ---------------------------------------------------------------------------------------------

MARKDOWN = """# 2025年工作总结

先说结果。

## 一、主要工作 ##

- 修路86公里
* 清淤三处

| 项目 | 数量 |
| --- | --- |
| 修路 | 86 |

```
# 不是标题
```
#不是标题
"""


def test_markdown_blocks() -> None:
    document = read(MARKDOWN.encode(), name="总结.md")
    assert document.text == MARKDOWN
    assert (document.format, document.title, document.name) == ("markdown", "2025年工作总结", "总结.md")
    found = [(block.kind, block.level, block.where) for block in document.blocks]
    assert found == [
        ("heading", 1, "line 1"), ("paragraph", 0, "line 3"), ("heading", 2, "line 5"), ("list_item", 0, "line 7"),
        ("list_item", 0, "line 8"), ("table_row", 0, "line 10"), ("table_row", 0, "line 12"), ("paragraph", 0, "line 15"),
        ("paragraph", 0, "line 17"),
    ]  # fmt: skip
    heading = document.blocks[2]
    assert document.text[heading.start : heading.end] == "## 一、主要工作 ##"
    check_law(document)


def test_headings_are_markdown_whatever_the_name() -> None:
    assert read("# 总结\n正文。".encode(), name="a.txt").format == "markdown"
    assert read("正文。".encode(), name="a.md").format == "markdown"
    assert read("#话题# 正文。".encode(), name="a.txt").format == "text"


# --- docx -----------------------------------------------------------------------------------------------------------


def built(fill: Callable[[Any], None]) -> bytes:
    document = docx.Document()
    fill(document)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def with_body(xml: str) -> bytes:
    """A docx whose body begins with raw XML."""

    def fill(document: Any) -> None:
        spaces = (
            f'{W} xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:v="urn:schemas-microsoft-com:vml" '
            'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
            'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
        )
        for number, element in enumerate(parse_xml(f"<w:body {spaces}>{xml}</w:body>")):
            document.element.body.insert(number, element)

    return built(fill)


def repacked(data: bytes, change: Callable[[str, bytes], bytes | None], extra: dict[str, bytes] | None = None) -> bytes:
    """The archive with each part changed; None leaves it out."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if (part := change(name, old.read(name))) is not None:
                new.writestr(name, part)
        for name, part in (extra or {}).items():
            new.writestr(name, part)
    return file.getvalue()


def p(text: str, properties: str = "") -> str:
    return f"<w:p>{properties}<w:r><w:t xml:space='preserve'>{text}</w:t></w:r></w:p>"


def blocks(document: Document) -> list[tuple[str, str, str]]:
    return [(block.kind, document.text[block.start : block.end], block.where) for block in document.blocks]


def texts(document: Document) -> list[str]:
    return [text for _, text, _ in blocks(document)]


def fill_report(document: Any) -> None:
    document.add_paragraph("关于防汛工作的报告", style="Title")
    document.add_heading("一、工作情况", level=1)
    document.add_paragraph("　　加固堤坝3处。")
    document.add_paragraph("")
    document.add_heading("（一）队伍", level=2)
    document.add_paragraph("抢险队40人", style="List Bullet")
    table = document.add_table(rows=2, cols=2)
    for cell, text in zip([c for row in table.rows for c in row.cells], ["项目", "数量", "沙袋", "5000条"], strict=True):
        cell.text = text
    document.add_paragraph("以上报告请审阅。")


def test_docx_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "报告.docx"
    path.write_bytes(built(fill_report))
    document = read(path)
    assert blocks(document) == [
        ("title", "关于防汛工作的报告", "paragraph 1"),
        ("heading", "一、工作情况", "paragraph 2"),
        ("paragraph", "加固堤坝3处。", "paragraph 3"),
        ("heading", "（一）队伍", "paragraph 5"),
        ("list_item", "抢险队40人", "paragraph 6"),
        ("table_row", "项目\t数量", "table 1 row 1"),
        ("table_row", "沙袋\t5000条", "table 1 row 2"),
        ("paragraph", "以上报告请审阅。", "paragraph 7"),
    ]
    assert [block.level for block in document.blocks if block.kind == "heading"] == [1, 2]
    assert (document.title, document.format, document.name) == ("关于防汛工作的报告", "docx", "报告.docx")
    assert document.text == "\n".join(texts(document))
    check_law(document)


def test_docx_is_known_by_content_not_by_suffix(tmp_path: Path) -> None:
    path = tmp_path / "报告.txt"
    path.write_bytes(built(fill_report))
    assert read(path).format == "docx"


def test_tracked_changes_are_read_in_the_final_view() -> None:
    ids = 'w:id="1" w:author="a" w:date="2025-01-01T00:00:00Z"'
    document = read(
        with_body(
            f"<w:p><w:r><w:t>完成</w:t></w:r><w:ins {ids}><w:r><w:t>86</w:t></w:r></w:ins>"
            f"<w:del {ids}><w:r><w:delText>约90</w:delText></w:r></w:del><w:r><w:t>公里</w:t></w:r></w:p>"
            f"<w:p><w:moveFrom {ids}><w:r><w:t>移走</w:t></w:r></w:moveFrom><w:moveTo {ids}><w:r><w:t>移来</w:t></w:r></w:moveTo></w:p>"
            f"<w:p><w:pPr><w:rPr><w:del {ids}/></w:rPr></w:pPr><w:r><w:t>前半句，</w:t></w:r></w:p>{p('后半句。')}"
            f"<w:tbl><w:tr><w:tc>{p('留')}</w:tc></w:tr><w:tr><w:trPr><w:del {ids}/></w:trPr><w:tc>{p('删')}</w:tc></w:tr></w:tbl>"
        )
    )
    assert texts(document) == ["完成86公里", "移来", "前半句，后半句。", "留"]


def test_content_controls_links_fields_and_hidden_text() -> None:
    document = read(
        with_body(
            f"<w:sdt><w:sdtPr><w:alias w:val='x'/></w:sdtPr><w:sdtContent>{p('控件段落')}</w:sdtContent></w:sdt>"
            f"<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>{p('单击此处输入文字')}</w:sdtContent></w:sdt>"
            "<w:p><w:sdt><w:sdtContent><w:r><w:t>行内控件</w:t></w:r></w:sdtContent></w:sdt>"
            "<w:hyperlink><w:r><w:t>链接</w:t></w:r></w:hyperlink>"
            "<w:r><w:instrText>PAGE</w:instrText></w:r><w:r><w:rPr><w:vanish/></w:rPr><w:t>隐藏</w:t></w:r>"
            "<w:r><w:rPr><w:vanish w:val='0'/></w:rPr><w:t>可见</w:t></w:r>"
            "<m:oMath><m:r><m:t>x=1</m:t></m:r></m:oMath></w:p>"
            "<w:p><w:r><w:t>甲</w:t><w:tab/><w:t>乙</w:t><w:br/><w:t>丙</w:t><w:noBreakHyphen/><w:t>丁</w:t></w:r></w:p>"
            "<w:p><w:r><w:ruby><w:rt><w:r><w:t>yī</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>一</w:t></w:r></w:rubyBase></w:ruby></w:r></w:p>"
        )
    )
    assert texts(document) == ["控件段落", "行内控件链接可见x=1", "甲\t乙\n丙-丁", "一"]
    check_law(document)


def box(text: str) -> str:
    return f"<w:txbxContent>{p(text)}{p(text + '二')}</w:txbxContent>"


def test_text_boxes_are_read_once() -> None:
    document = read(
        with_body(
            p("之前")
            + "<w:p><w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wps:txbx>"
            + box("框")
            + "</wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox>"
            + box("框")
            + "</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r><w:r><w:t>锚定段落</w:t></w:r></w:p>"
            + "<w:p><w:r><w:pict><v:textbox>"
            + box("旧式框")
            + "</v:textbox></w:pict></w:r></w:p>"
            + p("之后")
        )
    )
    assert [(text, where) for _, text, where in blocks(document)] == [
        ("之前", "paragraph 1"),
        ("锚定段落", "paragraph 2"),
        ("框", "paragraph 2"),
        ("框二", "paragraph 2"),
        ("旧式框", "paragraph 3"),
        ("旧式框二", "paragraph 3"),
        ("之后", "paragraph 4"),
    ]


def test_alternate_content_without_text_in_its_first_branch() -> None:
    document = read(
        with_body(
            "<w:p><w:r><mc:AlternateContent><mc:Choice Requires='new'><w:drawing/></mc:Choice><mc:Fallback><w:pict><v:textbox>"
            + box("框")
            + "</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>"
        )
    )
    assert texts(document) == ["框", "框二"]


def test_cells_with_several_paragraphs_and_nested_tables() -> None:
    inner = f"<w:tbl><w:tr><w:tc>{p('内一')}</w:tc><w:tc>{p('内二')}</w:tc></w:tr></w:tbl>"
    document = read(
        with_body(
            f"<w:tbl><w:tblPr/><w:tblGrid/><w:tr><w:tc><w:tcPr/>{p('第一段')}{p('第二段')}</w:tc><w:tc>{inner}{p('末')}</w:tc></w:tr>"
            f"<w:sdt><w:sdtContent><w:tr><w:tc>{p('')}</w:tc><w:sdt><w:sdtContent><w:tc>{p('右')}</w:tc></w:sdtContent></w:sdt></w:tr>"
            "</w:sdtContent></w:sdt></w:tbl>"
        )
    )
    assert blocks(document) == [
        ("table_row", "第一段\n第二段\t内一\n内二\n末", "table 1 row 1"),
        ("table_row", "\t右", "table 1 row 2"),
    ]


def test_comments_and_instructions_in_the_body() -> None:
    def change(name: str, part: bytes) -> bytes:
        return (
            part.replace(b"<w:body>", b"<!-- WPS --><?mso x?><w:body><!-- c --><?wps y?>")
            if name == "word/document.xml"
            else part
        )

    document = read(repacked(built(fill_report), change))
    assert document.title == "关于防汛工作的报告" and len(document.blocks) == 8


def style(style_id: str, name: str, inside: str = "") -> str:
    return f'<w:style {W} w:type="paragraph" w:styleId="{style_id}"><w:name w:val="{name}"/>{inside}</w:style>'


def test_roles_by_style_inheritance_and_outline_level() -> None:
    styles = [
        style("2", "标题 2"),
        style("a7", "公文标题", '<w:basedOn w:val="Title"/>'),
        style("a8", "一级", '<w:pPr><w:outlineLvl w:val="0"/></w:pPr>'),
        style("a9", "二级", '<w:basedOn w:val="a8"/><w:pPr><w:outlineLvl w:val="1"/></w:pPr>'),
        style("b1", "继承", '<w:basedOn w:val="a9"/>'),
        style("c1", "环一", '<w:basedOn w:val="c2"/>'),
        style("c2", "环二", '<w:basedOn w:val="c1"/>'),
        style("d1", "编号", '<w:pPr><w:numPr><w:numId w:val="3"/></w:numPr></w:pPr>'),
    ]

    def fill(document: Any) -> None:
        for xml in styles:
            document.styles.element.append(parse_xml(xml))
        rows = [
            ('<w:pStyle w:val="a7"/>', "公文题目"),
            ('<w:pStyle w:val="2"/>', "中文名"),
            ('<w:pStyle w:val="b1"/>', "继承级别"),
            ('<w:outlineLvl w:val="2"/>', "直接级别"),
            ('<w:pStyle w:val="a8"/><w:outlineLvl w:val="9"/>', "取消级别"),
            ('<w:pStyle w:val="c1"/>', "循环样式"),
            ('<w:pStyle w:val="d1"/>', "样式编号"),
            ('<w:pStyle w:val="d1"/><w:numPr><w:numId w:val="0"/></w:numPr>', "取消编号"),
            ('<w:pStyle w:val="Heading3"/>', "英文样式"),
            ('<w:pStyle w:val="missing"/>', "没有的样式"),
        ]
        for number, (properties, text) in enumerate(rows):
            xml = f"<w:p {W}><w:pPr>{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"
            document.element.body.insert(number, parse_xml(xml))

    document = read(built(fill))
    assert [(block.kind, block.level) for block in document.blocks] == [
        ("title", 1), ("heading", 2), ("heading", 2), ("heading", 3), ("paragraph", 0), ("paragraph", 0), ("list_item", 0),
        ("paragraph", 0), ("heading", 3), ("paragraph", 0),
    ]  # fmt: skip


def test_a_heading_is_one_line() -> None:
    properties = '<w:pPr><w:pStyle w:val="Title"/></w:pPr>'
    document = read(with_body(f"<w:p>{properties}<w:r><w:t>关于防汛</w:t><w:br/><w:t>工作的报告</w:t></w:r></w:p>" + p("正文。")))
    assert document.title == "关于防汛工作的报告" and len(document.text.split("\n")) == 2


NOTES = f"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:KINDs {W}>
<w:KIND w:type="separator" w:id="-1"><w:p><w:r><w:t>线</w:t></w:r></w:p></w:KIND>
<w:KIND w:id="1">{p("第一条注")}{p("续")}</w:KIND><w:KIND w:id="2">{p("第二条注")}</w:KIND></w:KINDs>"""


def with_notes(data: bytes) -> bytes:
    def change(name: str, part: bytes) -> bytes:
        if name != "word/_rels/document.xml.rels":
            return part
        kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        links = "".join(f'<Relationship Id="n{k}" Type="{kind}/{k}s" Target="{k}s.xml"/>' for k in ("footnote", "endnote"))
        return part.replace(b"</Relationships>", links.encode() + b"</Relationships>")

    return repacked(data, change, {f"word/{k}s.xml": NOTES.replace("KIND", k).encode() for k in ("footnote", "endnote")})


def test_notes_stand_at_the_end() -> None:
    document = read(with_notes(with_body(p("正文。"))))
    assert blocks(document) == [
        ("paragraph", "正文。", "paragraph 1"),
        ("footnote", "第一条注\n续", "footnote 1"),
        ("footnote", "第二条注", "footnote 2"),
        ("footnote", "第一条注\n续", "endnote 1"),
        ("footnote", "第二条注", "endnote 2"),
    ]
    check_law(document)


def test_real_world_packages_that_python_docx_refuses() -> None:
    data = built(fill_report)
    rel = b'<Relationship Id="r" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/image" Target="NULL"/>'
    purl, transitional = b"http://purl.oclc.org/ooxml/", b"http://schemas.openxmlformats.org/"

    def dangling(name: str, part: bytes) -> bytes:
        return part.replace(b"</Relationships>", rel + b"</Relationships>") if name.endswith("document.xml.rels") else part

    def strict(_: str, part: bytes) -> bytes:
        part = part.replace(transitional + b"officeDocument/2006/relationships", purl + b"officeDocument/relationships")
        return part.replace(transitional + b"wordprocessingml/2006/main", purl + b"wordprocessingml/main")

    def template(_: str, part: bytes) -> bytes:
        return part.replace(b"wordprocessingml.document.main+xml", b"wordprocessingml.template.main+xml")

    def bare(name: str, part: bytes) -> bytes | None:
        return None if name.endswith(".rels") else part

    expected = read(data)
    for change in (dangling, strict, template):
        changed = repacked(data, change)
        with pytest.raises((KeyError, ValueError)):
            docx.Document(io.BytesIO(changed))
        assert read(changed) == expected
    assert read(repacked(data, bare)).text == expected.text


def test_main_part_under_another_name() -> None:
    def change(name: str, part: bytes) -> bytes | None:
        return None if name == "word/document.xml" else part.replace(b'"word/document.xml"', b'"/word/Document2.xml"')

    data = built(fill_report)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        main = archive.read("word/document.xml")
    assert read(repacked(data, change, {"word/document2.xml": main})).text == read(data).text


def test_docx_without_text() -> None:
    assert refused(built(lambda _: None)).code == "F101"


# --- HTML -----------------------------------------------------------------------------------------------------------

PAGE = """<!DOCTYPE html><html><head><meta charset="CHARSET"><title>防汛工作通知_某某镇人民政府</title>
<style>p{}</style><script>var a = "<p>脚本</p>";</script></head>
<body><header><h1>某某镇人民政府</h1></header><nav><a href="/">首页</a></nav>
<div class="side"><ul><li><a href="1">信息公开目录一二三四五六七八九十</a></li><li><a href="2">办事指南</a></li></ul></div>
<h1>关于做好防汛
    工作的通知</h1>
<div id="UCAP-CONTENT"><h2>一、总体要求</h2>
<p>　　7月12日前完成3处堤坝&nbsp;加固，<b>责任人</b>名单
报镇应急办。</p><p style="display: none">隐藏的字</p><p hidden>隐藏</p>
<ul><li>第一项</li><li>第二项<br>续行</li></ul>
<table><tr><th>项目</th><th>数量</th></tr><tr><td><p>沙袋</p></td><td>5000<br>条</td></tr></table>
<div>散文字<p>段落</p>尾文字</div><!-- 注释 --><noscript>无脚本</noscript><template><p>模板</p></template></div>
<footer>版权所有</footer></body></html>"""


@pytest.mark.parametrize(
    ("encoding", "label"),
    [
        ("utf-8", "utf-8"), ("gb18030", "gb2312"), ("gb18030", "utf-8"), ("utf-8", "gb2312"), ("utf-8-sig", "gbk"),
        ("utf-16", "utf-16"), ("gb18030", "iso-8859-1"), ("gb18030", "no-such-code"), ("gb18030", "big5"),
    ],
)  # fmt: skip
def test_page_in_any_encoding_whatever_it_claims(encoding: str, label: str) -> None:
    document = read(PAGE.replace("CHARSET", label).encode(encoding), name="通知")
    assert [(kind, text) for kind, text, _ in blocks(document)] == [
        ("title", "关于做好防汛工作的通知"),
        ("heading", "一、总体要求"),
        ("paragraph", "7月12日前完成3处堤坝 加固，责任人名单报镇应急办。"),
        ("list_item", "第一项"),
        ("list_item", "第二项"),
        ("list_item", "续行"),
        ("table_row", "项目\t数量"),
        ("table_row", "沙袋\t5000\n条"),
        ("paragraph", "散文字"),
        ("paragraph", "段落"),
        ("paragraph", "尾文字"),
    ]
    assert (document.format, document.title) == ("html", "关于做好防汛工作的通知")
    check_law(document)


def test_label_decides_where_text_cannot() -> None:
    page = '<html><head><meta http-equiv="Content-Type" content="text/html; charset=big5"></head><body>{}</body></html>'
    assert read(page.format("詹姓宗祠").encode("big5")).text == "詹姓宗祠"


def test_elements_are_numbered_as_in_a_browser() -> None:
    page = "<html><head><title>t</title></head><body><div><p>一</p><script>x</script><p>二</p></div></body></html>"
    # html 1, head 2, title 3, body 4, div 5, p 6, script 7, p 8
    assert [where for _, _, where in blocks(read(page.encode()))] == ["element 6", "element 8"]


def test_a_small_box_is_not_the_article() -> None:
    page = f"<html><body><div class='content'>摘要</div><div>{SENTENCE}</div><p>{SENTENCE}</p></body></html>"
    assert texts(read(page.encode())) == ["摘要", SENTENCE, SENTENCE]


def test_lists_of_links_do_not_outweigh_the_article() -> None:
    links = "".join(f"<li><a href='{n}'>{SENTENCE}</a></li>" for n in range(20))
    page = f"<html><body><ul>{links}</ul><div class='TRS_Editor'><p>短通知正文。</p></div></body></html>"
    assert texts(read(page.encode())) == ["短通知正文。"]


def test_layout_tables_are_not_rows() -> None:
    cell = "".join(f"<p>第{n}段。</p>" for n in range(12))
    page = f"<html><body><table><tr><td>左栏</td><td>{cell}</td></tr></table></body></html>"
    assert texts(read(page.encode())) == ["左栏", *(f"第{n}段。" for n in range(12))]
    nested = "<html><body><table><tr><td>x</td><td><table><tr><td>甲</td><td>乙</td></tr></table></td></tr></table></body></html>"
    assert blocks(read(nested.encode()))[-1][:2] == ("table_row", "甲\t乙")


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ("<title>防汛通知_某镇_政府网</title>", "防汛通知"),
        ("<title>防汛通知 - 某镇政府</title>", "防汛通知"),
        ("<title>5-7月防汛通知</title>", "5-7月防汛通知"),
        ('<title>某镇政府</title><meta name="ArticleTitle" content="防汛通知">', "防汛通知"),
        ("", ""),
    ],
)
def test_page_title(head: str, title: str) -> None:
    assert read(f"<html><head>{head}</head><body><p>正文。</p></body></html>".encode()).title == title


def test_header_of_an_article_is_read() -> None:
    page = f"<html><body><header>站名</header><article><header><h1>题目</h1></header><p>{SENTENCE}</p></article></body></html>"
    assert blocks(read(page.encode()))[0][:2] == ("title", "题目")


@pytest.mark.parametrize(
    "start",
    [
        "\n  <!DOCTYPE html>",
        "<!-- c --><html>",
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE html>',
        "<HTML>",
        "<head>",
        "<body>",
    ],
)
def test_html_is_known_by_its_beginning(start: str) -> None:
    assert read(f"{start}<p>正文。</p>".encode(), name="a.txt").format == "html"


def test_suffix_counts_only_with_tags() -> None:
    assert read("<p>正文。</p>".encode(), name="a.html").format == "html"
    assert read("x < 3 的正文。".encode(), name="a.html").format == "text"
    assert read("<p>正文。</p>".encode(), name="a.txt").format == "text"


def test_preformatted_lines_and_character_references() -> None:
    document = read("<html><body><pre>第一行\n第二行</pre><p>&lt;甲&gt;&#x4E59;&#xD800;</p></body></html>".encode())
    assert texts(document) == ["第一行", "第二行", "<甲>乙\ufffd"]


@pytest.mark.parametrize(
    "page", ["<html></html>", "<html><frameset><frame src=a></frameset></html>", "<html><script>x()</script></html>"]
)
def test_page_without_text(page: str) -> None:
    assert refused(page.encode()).code == "F101"


# --- what read() takes ----------------------------------------------------------------------------------------------


def test_names() -> None:
    assert read(b"ok").name == ""
    assert read(bytearray(b"ok"), name="x").name == "x"
    assert read(memoryview(b"ok")).text == "ok"


def test_paths_that_are_no_file(tmp_path: Path) -> None:
    missing = tmp_path / "没有.txt"
    assert refused(missing).code == refused(str(missing)).code == "F109"
    assert refused(missing).where == str(missing)
    assert refused(tmp_path).code == "F109"
    assert refused("各位代表：" * 200).code == "F109"
    assert refused("a\0b").code == "F109"
    assert refused("/dev/zero").code == "F109"


def test_wrong_types() -> None:
    for source in (None, 3, ["a"], io.BytesIO(b"a")):
        assert refused(source).code == "F110"


def test_limit(tmp_path: Path) -> None:
    path = tmp_path / "大.txt"
    path.write_bytes(b"a" * 101)
    assert refused(path, limit=100).code == "F106"
    assert refused(b"a" * 101, limit=100).code == "F106"
    assert read(path, limit=101).text == "a" * 101


def test_errors_name_the_file(tmp_path: Path) -> None:
    path = tmp_path / "空.txt"
    path.write_bytes(b"")
    assert str(path) in str(refused(path))
    assert refused(path, name="别名").where == "别名"


def test_parsers_are_imported_when_needed() -> None:
    code = (
        "import json, sys\nfrom formalism_nlp.readers import read\nread(b'ok')\n"
        "print(json.dumps(sorted(m for m in sys.modules if m in ('lxml', 'docx', 'selectolax', 'numpy', 'pypdfium2', 'doc2docx', 'zipfile'))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parent.parent
    )
    assert set(json.loads(done.stdout)) <= {"zipfile"}
