"""Files made to do harm, for the tests of the readers: packages of any parts, the shortest Word file, the head of an OLE file."""

from __future__ import annotations

import io
import zipfile

import docx

SENTENCE = "七月十二日前完成三处堤坝加固，责任人名单报镇应急办。"
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
BODY = f'<w:document xmlns:w="{W}"><w:body><w:p><w:r><w:t>{SENTENCE}</w:t></w:r></w:p></w:body></w:document>'
OLE = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(504)


def zipped(parts: dict[str, bytes | str], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return file.getvalue()


def valid_docx() -> bytes:
    document = docx.Document()
    document.add_heading("关于防汛工作的报告", level=0)
    document.add_heading("一、工作情况", level=1)
    document.add_paragraph(SENTENCE)
    table = document.add_table(rows=1, cols=2)
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "沙袋", "5000条"
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()
