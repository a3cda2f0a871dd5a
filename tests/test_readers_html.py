"""Web pages: the article and nothing around it, in any encoding whatever the page claims."""

from __future__ import annotations

import pytest
from reading import blocks, check_law, refused, texts

from formalism_nlp.readers import read

SENTENCE = "各单位要在六月底前完成隐患排查，逐项建立清单，整改结果由镇安监站核对后公开。"

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
