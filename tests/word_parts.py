"""Word files made for tests, part by part: what python-docx writes, and what it would not."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

import docx
from docx.oxml import parse_xml

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


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
