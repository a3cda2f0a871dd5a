"""Thousands of damaged files of all formats: each becomes a Document or a coded error, soon, and none ends the process.

The files are read in a child process, because pdf is parsed by C++ code: a crash or a hang there fails the test with the
format and seed of the file, and not the whole test run.
"""

from __future__ import annotations

import io
import multiprocessing
import random
import re
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from exporters import EXPORTERS, Text, as_docx, as_mail, as_ofd, as_txt, as_zip

from formalism_nlp.readers import read_all
from formalism_nlp.values.document import Document
from formalism_nlp.values.errors import STATUSES, ReadError

TEXT = Text(
    "关于做好防汛工作的通知",
    tuple(f"（{n}）七月{n}日前完成三处堤坝加固，责任人名单报镇应急办。" * (n % 4 + 1) for n in range(1, 9)),
)
EACH = 230  # files a format: ten formats
LIMIT = 10.0  # seconds a file; the slowest took 0.4 here
Mutation = Callable[[bytes, random.Random], bytes]


# --- samples --------------------------------------------------------------------------------------------------------


def samples() -> dict[str, bytes]:
    """One sound file a format."""
    found = {kind: export(TEXT) for kind, export in EXPORTERS.items()}
    found["eml"] = as_mail(TEXT, {"附件.txt": as_txt(TEXT), "附件.docx": as_docx(TEXT)})
    found["doc"] = (Path(__file__).parent / "data" / "word97.doc").read_bytes()
    found["gb.txt"] = as_txt(TEXT, "gb18030")
    found["zip"] = as_zip(
        {"一.txt": as_txt(TEXT), "二.ofd": as_ofd(TEXT), "三.zip": as_zip({"四.html": EXPORTERS["html"](TEXT)})}
    )
    return found


# --- bytes ----------------------------------------------------------------------------------------------------------

_ODD = (
    b"\0",
    b"\xff\xff\xff\xff",
    b"\x80",
    b"<",
    b">",
    b"&",
    b"]]>",
    b"PK\3\4",
    b"9999999999",
    b"-1",
    b"<<",
    b">>",
    b"\r\n\r\n",
    "锟".encode(),
)


def damaged_bytes(data: bytes, chance: random.Random) -> bytes:
    """Some bytes changed, inserted, cut out, repeated or exchanged, or the end cut off."""
    work = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 5, 20))):
        at = chance.randrange(len(work) + 1)
        size = chance.choice((1, 2, 4, 16, 200))
        way = chance.randrange(7)
        if way == 0:
            for index in range(at, min(at + size, len(work))):
                work[index] = chance.randrange(256)
        elif way == 1:
            work[at:at] = chance.choice(_ODD)
        elif way == 2:
            del work[at : at + size]
        elif way == 3:
            work[at:at] = work[at : at + size] * chance.choice((1, 3, 50))
        elif way == 4:
            other = chance.randrange(len(work) + 1)
            work[at : at + size], work[other : other + size] = work[other : other + size], work[at : at + size]
        elif way == 5 and at < len(work):
            work[at] ^= 1 << chance.randrange(8)
        elif way == 6 and chance.random() < 0.3:
            del work[at:]
    return bytes(work)


# --- structure ------------------------------------------------------------------------------------------------------

_TAG = re.compile(rb"<[^<>]*>")
_NUMBER = re.compile(rb"\d+")
_NUMBERS = (b"0", b"-1", b"1", b"65536", b"2147483647", b"4294967296", b"99999999999999999999", b"1e308", b"NaN")


def damaged_markup(data: bytes, chance: random.Random) -> bytes:
    """Tags of XML or HTML dropped, doubled, exchanged or nested again and again; numbers made extreme."""
    for _ in range(chance.choice((1, 2, 6))):
        tags = list(_TAG.finditer(data))
        numbers = list(_NUMBER.finditer(data))
        way = chance.randrange(5)
        if way == 4 and numbers:
            spot = chance.choice(numbers)
            data = data[: spot.start()] + chance.choice(_NUMBERS) + data[spot.end() :]
        elif tags:
            tag, other = chance.choice(tags), chance.choice(tags).group()
            new = (b"", tag.group() * 2, other, tag.group() * chance.choice((30, 400)))[min(way, 3)]
            data = data[: tag.start()] + new + data[tag.end() :]
    return data


def damaged_parts(data: bytes, chance: random.Random) -> bytes:
    """A zip file packed again with sound checksums: a part damaged, dropped, renamed, exchanged or added."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for _ in range(chance.choice((1, 1, 3))):
        if not parts:
            break
        name, other = chance.choice(sorted(parts)), chance.choice(sorted(parts))
        way = chance.randrange(8)
        if way < 4:
            parts[name] = damaged_markup(parts[name], chance) if way else damaged_bytes(parts[name], chance)
        elif way == 4:
            del parts[name]
        elif way == 5:
            parts[chance.choice(("../" + name, name.upper(), "word/document.xml", "OFD.xml", name + "/x"))] = parts.pop(name)
        elif way == 6:
            parts[name], parts[other] = parts[other], parts[name]
        else:
            parts[chance.choice(("一.txt", "word/footnotes.xml", "Doc_0/Pages/Page_0/Content.xml"))] = parts[other] * 2
    return as_zip(parts, chance.choice((zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED)))


def damaged_numbers(data: bytes, chance: random.Random) -> bytes:
    """Numbers in the text of a pdf or a mail made extreme, and its lines moved."""
    for _ in range(chance.choice((1, 3, 10))):
        numbers = list(_NUMBER.finditer(data))
        if chance.random() < 0.7 and numbers:
            spot = chance.choice(numbers)
            data = data[: spot.start()] + chance.choice(_NUMBERS) + data[spot.end() :]
        else:
            lines = data.split(b"\n")
            at, to = chance.randrange(len(lines)), chance.randrange(len(lines))
            lines.insert(to, lines[at] if chance.random() < 0.5 else lines.pop(at))
            data = b"\n".join(lines)
    return data


def damaged_fields(data: bytes, chance: random.Random) -> bytes:
    """Little-endian fields of a binary file set to extremes, and its sectors exchanged."""
    work = bytearray(data)
    for _ in range(chance.choice((1, 3, 10))):
        if chance.random() < 0.7:
            at = chance.randrange(0, len(work) - 4, 2)
            work[at : at + 4] = chance.choice((0, 1, 0xFFFFFFFF, 0xFFFFFFFE, 0x7FFFFFFF, chance.randrange(60))).to_bytes(
                4, "little"
            )
        else:
            one, two = (512 * chance.randrange(1, len(work) // 512) for _ in range(2))
            work[one : one + 512], work[two : two + 512] = work[two : two + 512], work[one : one + 512]
    return bytes(work)


STRUCTURE: dict[str, Mutation] = {
    "txt": damaged_bytes,
    "gb.txt": damaged_bytes,
    "md": damaged_bytes,
    "html": damaged_markup,
    "docx": damaged_parts,
    "ofd": damaged_parts,
    "zip": damaged_parts,
    "pdf": damaged_numbers,
    "eml": damaged_numbers,
    "doc": damaged_fields,
}


# --- the run --------------------------------------------------------------------------------------------------------


def outcomes(kind: str, data: bytes) -> list[str]:
    """``"document"`` or the error's code for each result; anything else is raised."""
    found = []
    for result in read_all(data, name=f"a.{kind}"):
        if isinstance(result, ReadError):
            assert result.code in STATUSES and result.code in str(result)
            found.append(result.code)
        else:
            assert isinstance(result, Document) and result.text.strip() and result.blocks
            result.text.encode("utf-8")  # no lone surrogates
            assert all(block.where for block in result.blocks)
            found.append("document")
    assert found
    return found


def work(orders: Connection, limit: int) -> None:
    """Read files until told to stop; runs in the child."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    except ImportError:
        pass  # Windows: without a limit on memory
    while (order := orders.recv()) is not None:
        try:
            orders.send(outcomes(*order))
        except Exception as error:  # noqa: BLE001 - the parent says which file it was
            orders.send(f"{type(error).__name__}: {error}")


@pytest.mark.slow
def test_two_thousand_damaged_files() -> None:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    child = context.Process(target=work, args=(there, 4 * 2**30), daemon=True)
    child.start()
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    files, slowest = 0, 0.0
    for kind, data in samples().items():
        assert outcomes(kind, data).count("document") >= 1
        for seed in range(EACH):
            chance = random.Random(f"{kind} {seed}")  # noqa: S311 - the same files each time
            damage = damaged_bytes if seed % 2 else STRUCTURE[kind]
            start = time.perf_counter()
            here.send((kind, damage(data, chance)))
            if not here.poll(LIMIT) or not child.is_alive():
                pytest.fail(f"{kind} seed {seed}: {'hangs' if child.is_alive() else 'crashes'} the reader; before it: {wrong}")
            answer = here.recv()
            slowest = max(slowest, time.perf_counter() - start)
            files += 1
            if isinstance(answer, str):
                wrong.append(f"{kind} seed {seed}: {answer}")
            else:
                counts.update(f"{kind}:{outcome}" for outcome in answer)
    here.send(None)
    child.join(LIMIT)
    assert not wrong, wrong
    assert files >= 2000 and slowest < LIMIT
    # Damage that no reader notices, or that all refuse, would test nothing.
    assert all(counts[f"{kind}:document"] > 5 and counts.total() > counts[f"{kind}:document"] for kind in STRUCTURE)
