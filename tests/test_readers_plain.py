"""Plain and Markdown text: encodings known or guessed right, mojibake refused, Markdown marks understood."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest
from reading import check_law, refused

from formalism_nlp.readers import read
from formalism_nlp.readers.plain import decode, refuse_mojibake

TEXT = "关于做好防汛工作的通知\n\n各村、各单位：\n　　7月12日前完成3处堤坝加固，责任人名单报镇应急办。\n"

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
