"""A folder as an office has it: own-written texts in all formats, some broken, some hostile, some that crash what reads them."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory

from formalism_nlp import store
from tests.exporters import EXPORTERS, Text, as_docx, as_html, as_mail, as_txt, as_zip, by_soffice, has_soffice, own_texts

VARIANTS = 40  # different documents a format; more files are copies of them
SHARES = {
    "docx": 30, "pdf": 25, "html": 8, "gbk.html": 4, "txt": 8, "gbk.txt": 8, "md": 4, "ofd": 4, "eml": 3, "zip": 2,
    "broken": 3, "poison": 1,
}  # fmt: skip
ORDERS = ("SEGFAULT", "EXIT 1", "ABORT", "HANG", "SPIN")


def make_folder(folder: Path, files: int, *, seed: int = 20261125) -> None:
    """Write ``files`` files below ``folder``: sub-folders by a hundred, the shares of the formats as in ``SHARES``."""
    chance = random.Random(seed)
    makers = {suffix: cycle(list(variants)) for suffix, variants in all_variants(chance)}
    total = sum(SHARES.values())
    plan = [suffix for suffix, share in SHARES.items() for _ in range(round(files * share / total))]
    plan += ["docx"] * (files - len(plan))
    chance.shuffle(plan)
    for number, suffix in enumerate(plan[:files]):
        name, data = next(makers[suffix])
        path = folder / f"{number // 100:02}科" / f"{number:05}-{name}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def all_variants(chance: random.Random) -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """Yield, a kind, named files of that kind."""
    texts = own_texts(store.data_folder("corpora") / "documents")
    for suffix in SHARES:
        if suffix == "broken":
            yield suffix, list(broken(combined(texts, chance)))
        elif suffix == "poison":
            yield suffix, [(f"{order.split()[0].lower()}.txt", f"{order} 使读取它的进程出错".encode()) for order in ORDERS]
        else:
            export = exporter(suffix)
            chosen = (combined(texts, chance) for _ in range(VARIANTS))
            yield suffix, [(f"报告{i}.{suffix.split('.')[-1]}", export(text)) for i, text in enumerate(chosen)]
    if has_soffice():
        with TemporaryDirectory() as work:
            sources = {f"旧报告{i}.docx": as_docx(combined(texts, chance)) for i in range(10)}
            made = by_soffice(sources, "doc", Path(work))
        yield "doc", [(name.replace(".docx", ".doc"), data) for name, data in made.items()]


def combined(texts: list[Text], chance: random.Random) -> Text:
    """One to four own texts as one report."""
    parts = chance.sample(texts, chance.randint(1, 4))
    return Text(parts[0].title, tuple(paragraph for part in parts for paragraph in part.paragraphs))


def exporter(suffix: str) -> Callable[[Text], bytes]:
    """Text → bytes of a file of that kind."""
    if suffix == "gbk.txt":
        return lambda text: as_txt(text, "gb18030")
    if suffix == "gbk.html":
        return lambda text: as_html(text, "gb18030")
    if suffix == "eml":
        return lambda text: as_mail(text, {"附件.docx": as_docx(text)})
    if suffix == "zip":
        return lambda text: as_zip({"甲.docx": as_docx(text), "科室/乙.txt": as_txt(text, "gb18030"), "丙.html": as_html(text)})
    return EXPORTERS[suffix]


def broken(text: Text) -> Iterator[tuple[str, bytes]]:
    """Files that must fail, each in its way."""
    docx, pdf = as_docx(text), EXPORTERS["pdf"](text)
    yield "空.txt", b""
    yield "空白.docx", as_docx(Text("", ()))
    yield "半个.docx", docx[: len(docx) // 2]
    yield "半个.pdf", pdf[: len(pdf) // 3]
    yield "程序.txt", bytes(range(256)) * 40
    yield "乱码.txt", as_txt(text).decode("utf-8").encode("utf-8").decode("gb18030", "replace").encode("utf-8")
    yield "图片.txt", b"\x89PNG\r\n\x1a\n" + bytes(1_000)
    yield "炸弹.docx", altered(docx, "word/document.xml", b"<w:document>" + b" " * 400_000_000)
    doctype = b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a SYSTEM "file:///etc/passwd">]><w>&a;</w>'
    yield "外部实体.docx", altered(docx, "word/document.xml", doctype)
    yield "越界.zip", as_zip({"../../etc/cron.d/x.txt": as_txt(text)})
    nested = as_zip({"底.txt": as_txt(text)})
    for level in range(8):
        nested = as_zip({f"{level}.zip": nested})
    yield "套娃.zip", nested


def altered(archive: bytes, name: str, part: bytes) -> bytes:
    """A zip file with one part exchanged."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(archive)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            new.writestr(entry.filename, part if entry.filename == name else old.read(entry))
    return out.getvalue()
