"""File or bytes → Documents: ``read`` for one, ``read_all`` for all that a file (an archive, a mail) holds."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from formalism_nlp.values.document import Document
from formalism_nlp.values.errors import ReadError

__all__ = ["read", "read_all"]

_LIMIT = 100 * 2**20
Source = str | os.PathLike[str] | bytes


def read(source: Source, *, name: str = "", genre: str = "", limit: int = _LIMIT) -> Document:
    """Read a document: txt or Markdown in any Chinese encoding, HTML, docx, doc, wps, pdf, ofd; or the only one in a zip or mail.

    Args:
        source: a path, or the bytes of a file. A ``str`` is always a path, never the text (see ``Document.from_text``).
        name: name of the document; default the file name, ``""`` for bytes. Its suffix helps only where content cannot tell:
            Markdown without headings, HTML fragments.
        genre: norm group, handed on to the document.
        limit: most bytes that are read, of the file and of each member of an archive.

    Returns:
        The document. CRLF and CR are LF in its text; all offsets refer to that text. The document of an archive is named
        ``archive!member``; members that could not be read are in its notes.

    Raises:
        ReadError: F101 no text, F102 binary, F103 unknown encoding, F104 mojibake, F105 encrypted, F106 over ``limit``,
            F107 unsupported format, F108 broken or hostile file, F109 no such file, F110 neither path nor bytes, F111 no text
            layer, F112 a converter is missing, F113 an archive with several documents or none. ``error.status`` names the
            code: ``"empty"``, ``"no_text_layer"``, ``"needs_converter"``, ``"too_large"`` ….
    """
    data, where, name = _take(source, name, limit)
    found: Document | None = None
    failed: list[ReadError] = []
    for result in _results(data, where, name, genre, limit):
        if isinstance(result, ReadError):
            failed.append(result)
        elif found is None:
            found = result
        else:
            raise ReadError("F113", where, f"{found.name}, {result.name} …")
    if found is None:
        raise (
            failed[0] if len(failed) == 1 else ReadError("F113", where, f"{len(failed)} × {failed[0].code} …: {failed[0].where}")
        )
    return replace(found, notes=found.notes + tuple(f"未读取 / not read: {error}" for error in failed))


def read_all(source: Source, *, name: str = "", genre: str = "", limit: int = _LIMIT) -> Iterator[Document | ReadError]:
    """Read all documents that a file holds: the members of a zip archive, a mail and its attachments, else the file itself.

    Args:
        source: a path, or the bytes of a file.
        name: name of the file; default the file name. Members are named ``name!member``, those of an archive in an archive
            ``name!inner.zip!member``.
        genre: norm group, handed on to the documents.
        limit: most bytes that are read, of the file and of each member.

    Returns:
        One Document or ReadError (codes as for ``read``; ``where`` is its name) a document, in the order of the archive, at
        least one item. Each is read when it is asked for; nothing is raised, and one bad member costs no other.
    """
    try:
        data, where, name = _take(source, name, limit)
    except ReadError as error:
        yield error
        return
    yield from _results(data, where, name, genre, limit)


def _results(data: bytes, where: str, name: str, genre: str, limit: int) -> Iterator[Document | ReadError]:
    from formalism_nlp.readers.containers import join, unpack
    from formalism_nlp.readers.formats import parse

    for leaf in unpack(data, where, Path(name).suffix.lower(), limit=limit):
        if isinstance(leaf, ReadError):
            yield leaf
            continue
        called = join(name, leaf.inner)
        try:
            yield replace(parse(leaf), name=called, genre=genre)
        except ReadError as error:
            yield error
        except MemoryError:
            yield ReadError("F106", leaf.where, "内存不足 / not enough memory")


def _take(source: Source, name: str, limit: int) -> tuple[bytes, str, str]:
    """Bytes of a source, its name for error messages, its name."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        data = bytes(source)
        if len(data) > limit:
            raise ReadError("F106", name, f"{len(data)} > {limit} bytes")
        return data, name, name
    if isinstance(source, (str, os.PathLike)):
        path = os.fsdecode(source)
        return _load(path, limit), name or path, name or Path(path).name
    raise ReadError("F110", name, f"got {type(source).__name__}")


def _load(path: str, limit: int) -> bytes:
    """Bytes of a regular file of at most ``limit`` bytes."""
    try:
        status = Path(path).stat()
        if not stat.S_ISREG(status.st_mode):
            raise ReadError("F109", path, "文件夹或设备 / a folder or device, not a file")
        if status.st_size > limit:
            raise ReadError("F106", path, f"{status.st_size} > {limit} bytes")
        with Path(path).open("rb") as file:
            data = file.read(limit + 1)
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL or a lone surrogate
        raise ReadError("F109", path[:200], f"{type(error).__name__}: {getattr(error, 'strerror', None) or error}") from error
    if len(data) > limit:  # it grew after the look at its size
        raise ReadError("F106", path, f"> {limit} bytes")
    return data
