"""Find the files to score: in folders, under URLs, or named one by one."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from formalism_nlp.batch.source import filesystem, is_url
from formalism_nlp.readers.containers import is_document_name
from formalism_nlp.values.errors import FormalismError

_OWN = (".ledger", ".ledger-wal", ".ledger-shm", ".partial")


class Found(NamedTuple):
    """``files`` to score in a fixed order, each once; ``passed_over`` is how many in the folders were not meant to be read."""

    files: list[str]
    passed_over: int


def find_files(paths: Iterable[str | os.PathLike[str]], *, output: Path | None = None) -> Found:
    """Find the files to score.

    Args:
        paths: files are taken as they are; folders are walked by name, without following links to folders. In folders hidden
            names, data files such as .csv, ledgers, and ``output`` are passed over; a folder that cannot be opened is listed
            itself, so that it becomes a failed row. URLs are listed through fsspec.
        output: where results go to, and so no document.

    Raises:
        FormalismError: F109 a path does not exist; F403 nothing is left to score; F607 a URL, and fsspec is not installed.
    """
    given = [os.fspath(path) for path in paths]
    files: dict[str, None] = {}
    passed_over = 0
    for path in given:
        for name, relative in _url_files(path) if is_url(path) else _local_files(path):
            own = relative.endswith(_OWN) or (output is not None and Path(name).absolute() == output.absolute())
            if relative and (own or not is_document_name(relative)):
                passed_over += 1
            else:
                files[name] = None
    if not files:
        raise FormalismError("F403", ", ".join(given))
    return Found(list(files), passed_over)


def _local_files(path: str) -> Iterator[tuple[str, str]]:
    """Yield names and, for what stands in a folder, the path relative to it."""
    if not Path(path).is_dir():
        if not os.path.lexists(path):
            raise FormalismError("F109", path)
        yield str(Path(path)), ""
        return
    found: list[Path] = []
    closed: list[Path] = []
    for folder, folders, names in os.walk(path, onerror=lambda error: closed.append(Path(error.filename or path))):
        folders.sort()
        found += (Path(folder, name) for name in names)
    for file in sorted(found):
        yield str(file), str(file.relative_to(path))
    for folder_path in closed:
        yield str(folder_path), ""


def _url_files(url: str) -> Iterator[tuple[str, str]]:
    system, root = filesystem(url)
    try:
        if system.isfile(root):
            yield url, ""
            return
        found = sorted(system.find(root))
    except (OSError, ValueError) as error:
        raise FormalismError("F109", url, f"{type(error).__name__}: {error}") from error
    if not found:
        raise FormalismError("F109", url)
    for name in found:
        yield system.unstrip_protocol(name), name.removeprefix(root).lstrip("/")
