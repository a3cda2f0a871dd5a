"""Word files: what shows is read once, in order, with its role and place; packages that python-docx refuses are read."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.oxml import parse_xml
from reading import blocks, check_law, refused, texts
from word_parts import W, built, fill_report, p, repacked, with_body

from formalism_nlp.readers import read


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
