"""Where files come from: local paths, or any URL that fsspec knows (``s3://``, ``hdfs://``, ``memory://`` …)."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from formalism_nlp.readers import read_all
from formalism_nlp.values.document import Document
from formalism_nlp.values.errors import FormalismError, ReadError


class Source:
    """A file that is about to be read: its identity first, then its documents.

    Args:
        path: local path or URL.
        limit: most bytes that are read.
    """

    def __init__(self, path: str, limit: int) -> None:
        self._path = path
        self._limit = limit
        self._remote: bytes | None = None

    def identity(self) -> tuple[str, int]:
        """Return SHA-256 and size; ``("", 0)`` for what reading will refuse: no regular file, over the limit, not readable.

        A local file is read again for parsing. When it changes in between, the result is kept under the old hash, so the next
        run sees that the file differs and scores it again: an error in the safe direction.
        """
        if is_url(self._path):
            self._remote = _fetch(self._path, self._limit)
            return hashlib.sha256(self._remote).hexdigest(), len(self._remote)
        try:
            status = Path(self._path).stat()
            if not stat.S_ISREG(status.st_mode) or status.st_size > self._limit:
                return "", 0
            with Path(self._path).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest(), status.st_size
        except (OSError, ValueError):  # ValueError: a path with a NUL; the reader names the reason in its row
            return "", 0

    def documents(self) -> Iterator[Document | ReadError]:
        """Yield the documents of the file, as ``readers.read_all``; names begin with the path."""
        content = self._path if self._remote is None else self._remote
        return read_all(content, name=self._path, limit=self._limit)


def is_url(path: str | os.PathLike[str]) -> bool:
    """Whether fsspec must open it."""
    return "://" in os.fspath(path)


def filesystem(url: str) -> tuple[Any, str]:
    """Return the fsspec file system of a URL and the path in it; settings and credentials come from fsspec's own configuration.

    Raises:
        FormalismError: F607 fsspec, or what it needs for this kind of URL, is not installed; F109 the URL cannot be used.
    """
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        raise FormalismError("F607", url, "pip install 'formalism-nlp[dask]'") from error
    try:
        return url_to_fs(url)  # type: ignore[no-any-return]
    except ImportError as error:
        raise FormalismError("F607", url, str(error)) from error
    except (ValueError, OSError) as error:
        raise FormalismError("F109", url, f"{type(error).__name__}: {error}") from error


def _fetch(url: str, limit: int) -> bytes:
    system, path = filesystem(url)
    try:
        with system.open(path, "rb") as file:
            data: bytes = file.read(limit + 1)
    except (OSError, ValueError) as error:
        raise ReadError("F109", url, f"{type(error).__name__}: {error}") from error
    if len(data) > limit:
        raise ReadError("F106", url, f"> {limit} bytes")
    return data
