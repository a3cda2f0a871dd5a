"""Archives → the files in them, one at a time, with limits on number, size, depth and proportion."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import NamedTuple

from formalism_nlp.readers.guard import MAX_ENTRIES, MAX_UNPACKED, member_chunks, open_zip, refuse_bomb, zip_kind
from formalism_nlp.readers.mail import is_mail, split_mail
from formalism_nlp.values.errors import ReadError

MAX_NESTING = 3  # a zip in a mail in a zip
ZIP_STARTS = (b"PK\3\4", b"PK\5\6")
_DATA_SUFFIXES = (".jsonl", ".json", ".py", ".yaml", ".yml", ".csv", ".parquet", ".toml", ".ipynb")
_LEAVINGS = frozenset(("__macosx", "thumbs.db", "desktop.ini"))
_UTF8_NAME = 0x800


class Leaf(NamedTuple):
    """One file that holds no other files.

    ``inner`` is its path inside the archive, ``"inner.zip!member.docx"``, and ``""`` when there is no archive; ``where`` is
    its whole name for error messages; ``suffix`` is that of its name, lower case. Of the text of a mail, whose name is that of
    the mail, ``is_mail`` is true and ``subject`` says its subject.
    """

    inner: str
    where: str
    data: bytes
    suffix: str = ""
    is_mail: bool = False
    subject: str = ""


def is_document_name(path: str) -> bool:
    """Whether a file in a folder or archive is meant to be read, by its relative path.

    Hidden files and folders, lock files of Word (``~$``), what systems leave in archives (``__MACOSX``, ``Thumbs.db``) and
    data files (``.csv``, ``.json`` …) are not.
    """
    parts = path.replace("\\", "/").split("/")
    if not parts[-1] or any(part.startswith((".", "~$")) or part.lower() in _LEAVINGS for part in parts):
        return False
    return not parts[-1].lower().endswith(_DATA_SUFFIXES)


def join(outer: str, inner: str) -> str:
    """Name of a member: ``"archive.zip!member.docx"``; the other name when one is empty."""
    return f"{outer}!{inner}" if outer and inner else outer or inner


def unpack(data: bytes, where: str = "", suffix: str = "", *, limit: int) -> Iterator[Leaf | ReadError]:
    """Yield the files in an archive in its order, those of archives inside it in their place; a plain file is one leaf.

    Args:
        data: the file.
        where: its name for error messages; that of a member is ``where + "!" + member``.
        suffix: of its name, lower case; helps to know a mail.
        limit: most bytes of one member.

    Returns:
        Leaves, and a ReadError for each member that cannot be had (F105 encrypted, F106 too large, F108 broken, hostile or
        nested deeper than ``MAX_NESTING``) or is another kind of document (F107); at least one item.
    """
    return _Unpacker(limit).leaves(data, Place("", where, suffix, 0))


class Place(NamedTuple):
    """Where a file stands: its path inside the archive, its whole name, its suffix, how many archives are around it."""

    inner: str
    where: str
    suffix: str
    depth: int

    def inside(self, name: str) -> Place:
        """The place of a member."""
        return Place(join(self.inner, name), join(self.where, name), PurePosixPath(name).suffix.lower(), self.depth + 1)

    def refuse_depth(self) -> None:
        """Raise F108 when members of this file would be nested too deep."""
        if self.depth >= MAX_NESTING:
            raise ReadError("F108", self.where, f"压缩包嵌套过深 / archives nested deeper than {MAX_NESTING}")


class Names:
    """Makes the names in one archive unique: each member is a row of its own."""

    def __init__(self) -> None:
        self.seen: set[str] = set()

    def unique(self, name: str) -> str:
        """The name, with ``#2`` and so on before its suffix when it stood before."""
        path, number, found = PurePosixPath(name), 1, name
        while found in self.seen:
            number += 1
            found = str(path.with_name(f"{path.stem}#{number}{path.suffix}"))
        self.seen.add(found)
        return found


class _Unpacker:
    """Counts what all levels of one archive have taken together."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._bytes = self._members = 0

    def leaves(self, data: bytes, place: Place) -> Iterator[Leaf | ReadError]:
        try:
            if data.startswith(ZIP_STARTS):
                yield from self._zip(data, place)
            elif is_mail(data, place.suffix):
                yield from self._mail(data, place)
            else:
                yield Leaf(place.inner, place.where, data, place.suffix)
        except ReadError as error:
            yield error

    def _zip(self, data: bytes, place: Place) -> Iterator[Leaf | ReadError]:
        with open_zip(data, place.where) as archive:
            if zip_kind(archive, place.where) != "archive":
                yield Leaf(place.inner, place.where, data, place.suffix)
                return
            place.refuse_depth()
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            refuse_bomb(len(data), sum(entry.file_size for entry in entries), place.where, MAX_UNPACKED)
            names = Names()
            for entry in entries:
                name = _member_name(entry)
                if not is_document_name(name):
                    continue
                inside = place.inside(names.unique(name))
                try:
                    member = self._take(archive, entry, inside.where)
                except ReadError as error:
                    yield error
                    continue
                yield from self.leaves(member, inside)
            if not names.seen:
                raise ReadError("F101", place.where, "压缩包中没有文档 / no document in the archive")

    def _mail(self, data: bytes, place: Place) -> Iterator[Leaf | ReadError]:
        mail = split_mail(data, place.where)
        names = Names()
        for part in mail.parts:
            if not part.name:
                yield Leaf(place.inner, place.where, part.data, part.suffix, is_mail=True, subject=mail.subject)
            elif is_document_name(part.name):
                place.refuse_depth()
                self._count(len(part.data), place.where)
                yield from self.leaves(part.data, place.inside(names.unique(part.name)))
        if not mail.parts:
            raise ReadError("F101", place.where, "邮件没有正文和附件 / the mail has neither text nor attachments")

    def _take(self, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, place: str) -> bytes:
        if entry.flag_bits & 1:
            raise ReadError("F105", place)
        if entry.file_size > self._limit:
            raise ReadError("F106", place, f"{entry.file_size} > {self._limit} bytes")
        refuse_bomb(entry.compress_size, entry.file_size, place, self._limit)
        self._count(entry.file_size, place)
        return b"".join(member_chunks(archive, entry, place))

    def _count(self, size: int, place: str) -> None:
        self._members += 1
        self._bytes += size
        if self._members > MAX_ENTRIES or self._bytes > MAX_UNPACKED:
            raise ReadError("F106", place, f"压缩包总量超限 / over {MAX_ENTRIES} files or {MAX_UNPACKED} bytes in the archive")


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
