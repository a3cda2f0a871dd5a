"""Archives → the files in them, one at a time, with limits on number, size, depth and proportion."""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from formalism_nlp.readers.guard import MAX_ENTRIES, MAX_UNPACKED, member_chunks, open_zip, refuse_bomb, zip_kind
from formalism_nlp.values.errors import ReadError

MAX_NESTING = 3  # a zip in a mail in a zip
ZIP_STARTS = (b"PK\3\4", b"PK\5\6")
_DATA_SUFFIXES = (".jsonl", ".json", ".py", ".yaml", ".yml", ".csv", ".parquet", ".toml", ".ipynb")
_LEAVINGS = frozenset(("__macosx", "thumbs.db", "desktop.ini"))
_UTF8_NAME = 0x800


class Leaf(NamedTuple):
    """One file that holds no other files.

    ``inner`` is its path inside the archive, ``"inner.zip!member.docx"``, and ``""`` when there is no archive; ``where`` is
    its whole name for error messages.
    """

    inner: str
    where: str
    data: bytes


def is_document_name(path: str) -> bool:
    """Whether a file in a folder or archive is meant to be read, by its relative path.

    Hidden files and folders, lock files of Word (``~$``), what systems leave in archives (``__MACOSX``, ``Thumbs.db``) and
    data files (``.csv``, ``.json`` …) are not.
    """
    parts = path.replace("\\", "/").split("/")
    if any(part.startswith((".", "~$")) or part.lower() in _LEAVINGS for part in parts):
        return False
    return not parts[-1].lower().endswith(_DATA_SUFFIXES)


def join(outer: str, inner: str) -> str:
    """Name of a member: ``"archive.zip!member.docx"``; the other name when one is empty."""
    return f"{outer}!{inner}" if outer and inner else outer or inner


def unpack(data: bytes, where: str = "", *, limit: int) -> Iterator[Leaf | ReadError]:
    """Yield the files in an archive in its order, those of archives inside it in their place; a plain file is one leaf.

    Args:
        data: the file.
        where: its name for error messages; that of a member is ``where + "!" + member``.
        limit: most bytes of one member.

    Returns:
        Leaves, and a ReadError for each member that cannot be had (F105 encrypted, F106 too large, F108 broken, hostile or
        nested deeper than ``MAX_NESTING``) or is another kind of document (F107); at least one item.
    """
    return _Unpacker(limit).leaves(data, "", where, 0)


class _Unpacker:
    """Counts what all levels of one archive have taken together."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._bytes = self._members = 0

    def leaves(self, data: bytes, inner: str, where: str, depth: int) -> Iterator[Leaf | ReadError]:
        if not data.startswith(ZIP_STARTS):
            yield Leaf(inner, where, data)
            return
        try:
            archive = open_zip(data, where)
            with archive:
                if zip_kind(archive, where) != "archive":
                    yield Leaf(inner, where, data)
                    return
                if depth >= MAX_NESTING:
                    raise ReadError("F108", where, f"压缩包嵌套过深 / archives nested deeper than {MAX_NESTING}")
                entries = [entry for entry in archive.infolist() if not entry.is_dir()]
                refuse_bomb(len(data), sum(entry.file_size for entry in entries), where, MAX_UNPACKED)
                yield from self._members_of(archive, entries, inner, where, depth)
        except ReadError as error:
            yield error

    def _members_of(
        self, archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo], inner: str, where: str, depth: int
    ) -> Iterator[Leaf | ReadError]:
        seen: Counter[str] = Counter()
        for entry in entries:
            name = _member_name(entry)
            if not is_document_name(name):
                continue
            seen[name] += 1
            name += f"#{seen[name]}" if seen[name] > 1 else ""  # a name may stand twice; each is a row
            place = join(where, name)
            try:
                data = self._take(archive, entry, place)
            except ReadError as error:
                yield error
                continue
            yield from self.leaves(data, join(inner, name), place, depth + 1)
        if not seen:
            raise ReadError("F101", where, "压缩包中没有文档 / no document in the archive")

    def _take(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, place: str) -> bytes:
        if entry.flag_bits & 1:
            raise ReadError("F105", place)
        if entry.file_size > self._limit:
            raise ReadError("F106", place, f"{entry.file_size} > {self._limit} bytes")
        refuse_bomb(entry.compress_size, entry.file_size, place, self._limit)
        self._members += 1
        self._bytes += entry.file_size
        if self._members > MAX_ENTRIES or self._bytes > MAX_UNPACKED:
            raise ReadError("F106", place, f"压缩包总量超限 / over {MAX_ENTRIES} files or {MAX_UNPACKED} bytes in the archive")
        return b"".join(member_chunks(archive, entry, place))


def _member_name(entry: zipfile.ZipInfo) -> str:
    """Name of an entry; Chinese Windows writes names in GBK without saying so, which zipfile reads as code page 437."""
    if entry.flag_bits & _UTF8_NAME:
        return _clean(entry.filename)
    try:
        raw = entry.filename.encode("cp437")
    except UnicodeEncodeError:
        return _clean(entry.filename)
    for codec in ("utf-8", "gb18030"):
        try:
            return _clean(raw.decode(codec))
        except UnicodeDecodeError:
            continue
    return _clean(entry.filename)


def _clean(name: str) -> str:
    """A name that can be printed and stored: no control characters, no lone surrogates, one kind of slash."""
    shown = "".join(char if char.isprintable() else "\ufffd" for char in name.replace("\\", "/"))
    return shown.removeprefix("./")
