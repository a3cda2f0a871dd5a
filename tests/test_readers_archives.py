"""zip and eml: one Document or ReadError a member, in order, under a name of its own; nothing leaves, explodes or is lost."""

from __future__ import annotations

import io
import struct
import zipfile
from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from pathlib import Path

import pytest
from exporters import EXPORTERS, Text, as_docx, as_mail, as_pdf, as_zip

from formalism_nlp.readers import containers, read, read_all
from formalism_nlp.values.document import Document
from formalism_nlp.values.errors import ReadError

SENTENCE = "七月十二日前完成三处堤坝加固，责任人名单报镇应急办。"
TEXT = Text("关于做好防汛工作的通知", ("各村、各单位：", SENTENCE))
TXT = SENTENCE.encode()
OTHER = "其余两处八月底完工。".encode()


def told(source: bytes | Path, **options: object) -> list[tuple[str, str]]:
    """(name, text or status) of each result."""
    found = []
    for result in read_all(source, **options):  # type: ignore[arg-type]
        if isinstance(result, Document):
            found.append((result.name, result.text))
        else:
            assert result.code in str(result)
            found.append((result.where, result.status))
    return found


def refused(data: bytes) -> ReadError:
    with pytest.raises(ReadError) as caught:
        read(data, name="a.zip")
    return caught.value


# --- zip ------------------------------------------------------------------------------------------------------------


def test_all_formats_in_one_archive(tmp_path: Path) -> None:
    path = tmp_path / "材料.zip"
    path.write_bytes(as_zip({f"二〇二四/{kind}.{kind}": export(TEXT) for kind, export in EXPORTERS.items()}))
    found = list(read_all(path, genre="notice"))
    assert [result.name for result in found if isinstance(result, Document)] == [f"材料.zip!二〇二四/{k}.{k}" for k in EXPORTERS]
    assert {document.genre for document in found if isinstance(document, Document)} == {"notice"}
    assert all(SENTENCE in document.text for document in found if isinstance(document, Document))


def test_one_bad_member_costs_no_other() -> None:
    members = {
        "一.txt": TXT,
        "二.docx": b"PK\3\4broken",
        "三.png": b"\x89PNG\r\n\x1a\n\0",
        "四.txt": b"",
        "五.xlsx": xlsx(),
        "六.txt": OTHER,
    }
    assert told(as_zip(members), name="a.zip") == [
        ("a.zip!一.txt", SENTENCE),
        ("a.zip!二.docx", "broken"),
        ("a.zip!三.png", "no_text_layer"),
        ("a.zip!四.txt", "empty"),
        ("a.zip!五.xlsx", "unsupported_format"),
        ("a.zip!六.txt", OTHER.decode()),
    ]


def xlsx() -> bytes:
    return as_zip({"xl/workbook.xml": b"<a/>"})


def test_archives_in_archives_have_a_limit() -> None:
    data = as_zip({"文.txt": TXT})
    for depth in range(1, containers.MAX_NESTING):
        data = as_zip({f"{depth}.zip": data})
    assert told(data, name="a.zip") == [("a.zip!2.zip!1.zip!文.txt", SENTENCE)]
    assert told(as_zip({"3.zip": data, "又.txt": OTHER}), name="a.zip") == [
        ("a.zip!3.zip!2.zip!1.zip", "broken"),
        ("a.zip!又.txt", OTHER.decode()),
    ]


def test_what_systems_leave_in_archives_is_passed_over() -> None:
    left = ("__MACOSX/._一.txt", ".DS_Store", "文件/Thumbs.db", "文件/~$报告.docx", "文件/desktop.ini", "数据.csv", "文件/")
    members = dict.fromkeys(left, b"x")
    assert told(as_zip({**members, "一.txt": TXT})) == [("一.txt", SENTENCE)]
    assert told(as_zip(members), name="a.zip") == [("a.zip", "empty")]
    assert told(as_zip({}), name="a.zip") == [("a.zip", "empty")]


def test_names_in_gbk_twice_and_with_control_characters() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        # As Chinese Windows writes it: GBK, which zipfile takes for code page 437.
        archive.writestr("xxxxxxxx.txt", TXT)
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("xxxxxxxx.txt", TXT)
        archive.writestr("a\x1b[31m\u202e.txt", OTHER)
    data = file.getvalue().replace(b"xxxxxxxx", "防汛报告".encode("gbk"))
    assert [name for name, _ in told(data, name="a.zip")] == [
        "a.zip!防汛报告.txt",
        "a.zip!防汛报告#2.txt",
        "a.zip!a\ufffd[31m\ufffd.txt",
    ]


@pytest.mark.parametrize("name", ["../一.txt", "文/../../一.txt", "/etc/passwd", "C:/一.txt", "..\\一.txt"])
def test_paths_that_leave_the_archive(name: str) -> None:
    assert told(as_zip({"好.txt": TXT, name: TXT}), name="a.zip") == [("a.zip", "broken")]


def test_bombs() -> None:
    assert told(as_zip({"零.txt": b" " * (60 * 2**20)}), name="a.zip") == [("a.zip", "broken")]
    with_others = {"零.txt": b" " * (30 * 2**20), "文.bin": bytes(range(256)) * 2000}
    assert told(as_zip(with_others, zipfile.ZIP_STORED))[0][1] == "empty"  # large, but in proportion
    assert told(as_zip({"零.txt": b" " * 2000}), name="a.zip", limit=1000) == [("a.zip!零.txt", "too_large")]


def test_total_of_all_levels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "MAX_ENTRIES", 3)
    inner = as_zip({f"{number}.txt": TXT for number in range(2)})
    found = told(as_zip({"一.zip": inner, "二.zip": inner}), name="a.zip")
    assert [text for _, text in found] == [SENTENCE, SENTENCE, "too_large"]


def test_too_many_entries_are_counted_before_they_are_listed() -> None:
    assert "entries" in refused(as_zip({f"{number}.txt": b"" for number in range(10_001)})).detail


def test_encrypted_members() -> None:
    data = bytearray(as_zip({"密.txt": TXT, "明.txt": OTHER}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + offset] |= 1
    assert told(bytes(data), name="a.zip") == [("a.zip!密.txt", "encrypted"), ("a.zip!明.txt", OTHER.decode())]


def test_a_wrong_checksum_costs_one_member() -> None:
    data = bytearray(as_zip({"一.txt": TXT, "二.txt": OTHER}))
    struct.pack_into("<I", data, data.index(b"PK\x01\x02") + 16, 0)
    assert [text for _, text in told(bytes(data))] == ["broken", OTHER.decode()]


def test_members_are_read_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    data = as_zip({f"{number}.txt": TXT for number in range(3)})
    results = read_all(data)
    assert isinstance(next(results), Document)
    monkeypatch.setattr("formalism_nlp.readers.containers.member_chunks", None)
    with pytest.raises(TypeError):
        next(results)


def test_read_takes_the_only_document() -> None:
    document = read(as_zip({"图.png": b"\x89PNG\r\n\x1a\n\0", "文.docx": as_docx(TEXT)}), name="a.zip")
    assert (document.name, document.title) == ("a.zip!文.docx", TEXT.title)
    assert "图.png" in document.notes[0] and "F111" in document.notes[0]
    assert refused(as_zip({"一.txt": b""})).code == "F101"
    several = refused(as_zip({"一.txt": TXT, "二.txt": OTHER}))
    assert (several.code, several.status) == ("F113", "several_documents") and "read_all" in str(several)
    assert refused(as_zip({"一.txt": b"", "二.txt": b""})).code == "F113"


def test_nothing_is_raised(tmp_path: Path) -> None:
    assert [status for _, status in told(tmp_path / "无.txt")] == ["not_found"]
    assert [status for _, status in told(tmp_path)] == ["not_found"]
    assert [status for _, status in told(b"abc", limit=1)] == ["too_large"]
    (error,) = read_all(7)  # type: ignore[arg-type]
    assert isinstance(error, ReadError) and error.status == "wrong_type"


# --- mail -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("charset", ["utf-8", "gb18030", "gb2312", "big5"])
def test_mail_and_attachments(charset: str) -> None:
    text = Text("關於防汛工作", ("各村：", "七月十二日前完成三處堤壩。")) if charset == "big5" else TEXT
    data = as_mail(text, {"附件一.docx": as_docx(TEXT), "附件二.pdf": as_pdf(TEXT), "全部.zip": as_zip({"一.txt": TXT})}, charset)
    found = list(read_all(data, name="来信.eml"))
    body, *attached = (result for result in found if isinstance(result, Document))
    assert (body.name, body.format, body.title) == ("来信.eml", "mail", text.title)
    assert [body.text[block.start : block.end] for block in body.blocks] == text.lines
    assert [block.where for block in body.blocks] == ["subject", "line 1", "line 2"]
    assert [document.name for document in attached] == ["来信.eml!附件一.docx", "来信.eml!附件二.pdf", "来信.eml!全部.zip!一.txt"]
    assert all(SENTENCE in document.text for document in attached)
    assert refused(data).code == "F113"


def test_a_mail_without_attachments_is_one_document() -> None:
    assert read(as_mail(TEXT)).text.split("\n")[:3] == TEXT.lines


def test_raw_gbk_mail_as_old_programs_write_it() -> None:
    head = b"Subject: " + "防汛通知".encode("gbk") + b"\r\nFrom: a@b.cn\r\nMessage-ID: <1@b.cn>\r\n"
    document = read(head + b"\r\n" + SENTENCE.encode("gbk"))
    assert (document.title, document.text) == ("防汛通知", f"防汛通知\n{SENTENCE}")


def test_html_is_taken_before_plain_text_and_its_pictures_are_no_attachments() -> None:
    message = EmailMessage()
    message["Subject"], message["From"], message["Date"] = (
        "=?gb2312?B?t8DRtc2o1qo=?=",
        "a@b.cn",
        "Mon, 01 Jul 2024 08:00:00 +0800",
    )
    message.set_content("纯文本")
    message.add_alternative(
        f"<html><body><p>{SENTENCE}</p><table><tr><td>沙袋</td><td>5000条</td></tr></table></body></html>", subtype="html"
    )
    message.get_payload()[1].add_related(b"\x89PNG\r\n\x1a\n", "image", "png", cid="<1>")  # type: ignore[index, union-attr]
    (document,) = read_all(message.as_bytes())
    assert isinstance(document, Document)
    assert document.text == f"防训通知\n{SENTENCE}\n沙袋\t5000条"
    assert [block.kind for block in document.blocks] == ["title", "paragraph", "table_row"]


def test_saved_web_pages() -> None:
    head = 'From: <Saved by Blink>\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; type="text/html"; boundary="b"\r\n\r\n'
    page = f"<html><head><title>t</title></head><body><p>{SENTENCE}</p></body></html>"
    part = f"--b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Location: http://x/\r\n\r\n{page}\r\n"
    style = "--b\r\nContent-Type: text/css\r\nContent-Location: http://x/a.css\r\n\r\np{}\r\n--b--\r\n"
    assert [text for _, text in told((head + part + style).encode(), name="a.mht")] == [f"x\n{SENTENCE}"]


def test_flowed_lines_are_joined() -> None:
    head = "Subject: x\nFrom: a@b.cn\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8; format=flowed; delsp=yes\n\n"
    assert (
        read((head + "七月十二日前 \n完成三处 \n堤坝加固。\n第二段。").encode()).text
        == "x\n七月十二日前完成三处堤坝加固。\n第二段。"
    )


def test_mail_in_a_mail() -> None:
    outer = EmailMessage()
    outer["Subject"], outer["From"], outer["Date"] = "转发", "a@b.cn", "Mon, 01 Jul 2024 08:00:00 +0800"
    outer.set_content("请阅。")
    inner = EmailMessage()
    inner["Subject"], inner["From"], inner["Date"] = "原信", "c@d.cn", "Mon, 01 Jul 2024 08:00:00 +0800"
    inner.set_content(SENTENCE)
    outer.add_attachment(inner)
    found = [(name, text.split("\n")) for name, text in told(outer.as_bytes(), name="a.eml")]
    assert found == [("a.eml", ["转发", "请阅。", ""]), ("a.eml!part-3.eml", ["原信", SENTENCE, ""])]


@pytest.mark.parametrize(
    "text",
    [
        "From: 上级\nTo: 各村\n通知如下",
        "Subject: 通知\n\n正文",
        "日期：七月\n\n各村：",
        "Note: see below\n\nDate: today",
        "http://a.cn/b\n\n正文",
    ],
)
def test_text_that_only_looks_like_a_mail(text: str) -> None:
    document = read(text.encode())
    assert (document.format, document.text) == ("text", text)


def test_mails_made_to_exhaust() -> None:
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(5000))
    assert refused(b"From: a@b\r\nDate: x\r\nMIME-Version: 1.0\r\n" + deep).code == "F108"
    many = MIMEMultipart()
    many["From"], many["Date"] = "a@b.cn", "x"
    for _ in range(2100):
        many.attach(MIMEText("x", "plain", "utf-8"))
    assert refused(many.as_bytes()).code == "F108"
    empty = b"From: a@b\r\nDate: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b--\r\n"
    assert refused(empty).code == "F101"
    assert refused(b"From: a@b\r\nMIME-Version: 1.0\r\nContent-Type: application/pkcs7-mime\r\n\r\nx").code == "F105"


def test_names_of_attachments_stay_inside() -> None:
    data = as_mail(TEXT, {"../../etc/报告.txt": TXT, "C:\\x\\二.txt": OTHER})
    assert [name for name, _ in told(data, name="a.eml")] == ["a.eml", "a.eml!报告.txt", "a.eml!二.txt"]
