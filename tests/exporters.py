"""Own-written texts as files of each format the readers know, for round trips, fuzzing and batch runs.

A text is a title and paragraphs. Every exporter returns the bytes of one file and uses nothing of the library.
"""

from __future__ import annotations

import html
import io
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterator, Sequence
from email.message import EmailMessage
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

import docx
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen import canvas

WIDTH, HEIGHT = 595.0, 842.0  # A4 in points
LEFT, TOP, SIZE, LEADING, PER_LINE, PER_PAGE = 74.0, 105.0, 16.0, 28.0, 28, 22
TITLE_SIZE = 22.0
RUNNING_HEAD = "青岭镇人民政府办公室"
_NOT_FIRST = "，。、；：？！”’）》】…"  # marks that must not begin a line


Draw = Callable[[canvas.Canvas], None]


class Text(NamedTuple):
    """An own-written text."""

    title: str
    paragraphs: tuple[str, ...]

    @property
    def lines(self) -> list[str]:
        return [self.title, *self.paragraphs]


def own_texts(folder: Path) -> list[Text]:
    """The documents in ``corpora/documents``, each under a title of its own."""
    found = []
    for number, path in enumerate(sorted(folder.glob("*.txt")), 1):
        lines = [line.strip() for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]
        found.append(Text(f"关于第{number}号工作的情况报告", tuple(lines)))
    return found


# --- text formats ---------------------------------------------------------------------------------------------------


def as_txt(text: Text, encoding: str = "utf-8") -> bytes:
    return "\r\n".join(text.lines).encode(encoding)


def as_markdown(text: Text) -> bytes:
    return ("# " + text.title + "\n\n" + "\n\n".join(text.paragraphs) + "\n").encode()


def as_html(text: Text, encoding: str = "utf-8") -> bytes:
    body = "\n".join(f"<p style='text-indent:2em'>{html.escape(paragraph)}</p>" for paragraph in text.paragraphs)
    page = (
        f"<!DOCTYPE html><html><head><meta charset='{encoding}'><title>{text.title}_某镇</title></head><body><nav>首页</nav>"
        f"<div id='UCAP-CONTENT'><h1>{text.title}</h1>{body}</div><footer>主办：某镇</footer></body></html>"
    )
    return page.encode(encoding, "xmlcharrefreplace")


# --- Word -----------------------------------------------------------------------------------------------------------


def as_docx(text: Text) -> bytes:
    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = RUNNING_HEAD
    document.add_heading(text.title, level=0)
    for paragraph in text.paragraphs:
        document.add_paragraph(paragraph)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def has_soffice() -> bool:
    return shutil.which("soffice") is not None


def by_soffice(files: dict[str, bytes], target: str, folder: Path) -> dict[str, bytes]:
    """Convert files (name → bytes) with LibreOffice; ``target`` is a suffix such as ``"doc"``."""
    source, output = folder / "in", folder / "out"
    source.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (source / name).write_bytes(data)
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    command = ["soffice", profile, "--headless", "--convert-to", target, "--outdir", str(output)]
    subprocess.run([*command, *(str(source / name) for name in files)], check=True, capture_output=True, timeout=300)
    return {name: (output / name).with_suffix(f".{target}").read_bytes() for name in files}


# --- pages ----------------------------------------------------------------------------------------------------------


class Run(NamedTuple):
    """A line on a page: text, left edge and baseline from the top left in points, size."""

    text: str
    x: float
    y: float
    size: float


def typeset(text: Text, *, head: str = RUNNING_HEAD) -> Iterator[list[Run]]:
    """Pages as GB/T 9704 sets them: centred title, 28 characters a line, first lines indented, page numbers below."""
    runs = [Run(text.title, (WIDTH - TITLE_SIZE * len(text.title)) / 2, TOP, TITLE_SIZE)]
    row, pages = 2, []
    for paragraph in text.paragraphs:
        for line in wrap("　　" + paragraph):
            if row >= PER_PAGE:
                pages.append(runs)
                runs, row = [], 0
            indent = len(line) - len(line.lstrip("　"))
            runs.append(Run(line.lstrip("　"), LEFT + indent * SIZE, TOP + row * LEADING, SIZE))
            row += 1
    pages.append(runs)
    for number, page in enumerate(pages, 1):
        yield [Run(head, LEFT, 45, 9), *page, Run(f"— {number} —", WIDTH / 2 - 20, HEIGHT - 55, 14)]


def advance(char: str) -> float:
    """Width of a character in em."""
    return 0.5 if char.isascii() else 1.0


def wrap(paragraph: str) -> Iterator[str]:
    """Lines of at most ``PER_LINE`` em; a mark that must not begin a line takes a character with it, words are not broken."""
    line, width = "", 0.0
    for char in paragraph:
        if width + advance(char) > PER_LINE:
            keep = len(line)
            if char in _NOT_FIRST:
                keep -= 1
            while 0 < keep < len(line) + 1 and line[keep - 1 : keep].isascii() and (line[keep:] or char)[:1].isascii():
                keep -= 1
            yield line[:keep]
            line = line[keep:]
            width = sum(map(advance, line))
        line += char
        width += advance(char)
    yield line


def as_pdf(text: Text, *, rotation: int = 0) -> bytes:
    """Text layer with a CID font that is not embedded, characters placed one by one as justified text is."""
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    file = io.BytesIO()
    sheet = canvas.Canvas(file, pagesize=(WIDTH, HEIGHT), pageCompression=1)
    for page in typeset(text):
        if rotation:
            sheet.setPageRotation(rotation)
        for run in page:
            x = run.x
            for char in run.text:
                sheet.setFont("STSong-Light", run.size)
                sheet.drawString(x, HEIGHT - run.y, char)
                x += advance(char) * run.size
        sheet.showPage()
    sheet.save()
    return file.getvalue()


_OFD = 'xmlns:ofd="http://www.ofdspec.org/2016"'
_MM = 25.4 / 72


def pdf_of(*pages: Draw, encrypt: StandardEncryption | None = None) -> bytes:
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    file = io.BytesIO()
    sheet = canvas.Canvas(file, pagesize=(WIDTH, HEIGHT), encrypt=encrypt)
    for draw in pages:
        sheet.setFont("STSong-Light", 16)
        draw(sheet)
        sheet.showPage()
    sheet.save()
    return file.getvalue()


def lines_at(*runs: tuple[float, float, str]) -> Draw:
    """Draw texts; ``y`` from the top of the page."""

    def draw(sheet: canvas.Canvas) -> None:
        for x, y, text in runs:
            sheet.drawString(x, HEIGHT - y, text)

    return draw


def ofd_page(runs: Sequence[Run], extra: str = "") -> str:
    """Content.xml of a page."""
    objects = []
    for number, run in enumerate(runs, 10):
        widths = [advance(char) * run.size * _MM for char in run.text]
        deltas = " ".join(f"{width:.4f}" for width in widths[:-1])
        box = f"{run.x * _MM:.4f} {(run.y - run.size) * _MM:.4f} {sum(widths):.4f} {run.size * 1.3 * _MM:.4f}"
        objects.append(
            f'<ofd:TextObject ID="{number}" Boundary="{box}" Font="2" Size="{run.size * _MM:.4f}">'
            f'<ofd:TextCode X="0" Y="{run.size * _MM:.4f}" DeltaX="{deltas}">{escape(run.text)}</ofd:TextCode></ofd:TextObject>'
        )
    layer = f'<ofd:Layer ID="3">{"".join(objects)}{extra}</ofd:Layer>'
    return f'<?xml version="1.0" encoding="UTF-8"?><ofd:Page {_OFD}><ofd:Content>{layer}</ofd:Content></ofd:Page>'


def ofd_file(pages: Sequence[str], extra: dict[str, str] | None = None) -> bytes:
    """An ofd file of the given Content.xml parts."""
    listed = "".join(f'<ofd:Page ID="{n + 100}" BaseLoc="Pages/Page_{n}/Content.xml"/>' for n in range(len(pages)))
    area = f"<ofd:PageArea><ofd:PhysicalBox>0 0 {WIDTH * _MM:.4f} {HEIGHT * _MM:.4f}</ofd:PhysicalBox></ofd:PageArea>"
    parts = {
        "OFD.xml": f'<?xml version="1.0" encoding="UTF-8"?><ofd:OFD {_OFD} Version="1.0" DocType="OFD"><ofd:DocBody><ofd:DocInfo>'
        "<ofd:DocID>0</ofd:DocID></ofd:DocInfo><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
        "Doc_0/Document.xml": f'<?xml version="1.0" encoding="UTF-8"?><ofd:Document {_OFD}><ofd:CommonData>{area}'
        f"</ofd:CommonData><ofd:Pages>{listed}</ofd:Pages></ofd:Document>",
        **{f"Doc_0/Pages/Page_{number}/Content.xml": page for number, page in enumerate(pages)},
        **(extra or {}),
    }
    return as_zip({name: part.encode() for name, part in parts.items()})


def as_ofd(text: Text) -> bytes:
    return ofd_file([ofd_page(page) for page in typeset(text)])


# --- containers -----------------------------------------------------------------------------------------------------


def as_zip(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return file.getvalue()


def as_mail(text: Text, attachments: dict[str, bytes] | None = None, charset: str = "gb18030") -> bytes:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = text.title, "办公室 <a@example.cn>", "b@example.cn"
    message["Date"] = "Mon, 01 Jul 2024 08:00:00 +0800"
    message.set_content("\n".join(text.paragraphs), charset=charset)
    for name, data in (attachments or {}).items():
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


EXPORTERS: dict[str, Callable[[Text], bytes]] = {
    "txt": as_txt,
    "md": as_markdown,
    "html": as_html,
    "docx": as_docx,
    "pdf": as_pdf,
    "ofd": as_ofd,
    "eml": as_mail,
}
