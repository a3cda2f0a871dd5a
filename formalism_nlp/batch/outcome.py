"""What goes to a worker process and what comes back: plain frozen values that travel between processes and machines."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from formalism_nlp.views.frame import DOCUMENT_COLUMNS
from formalism_nlp.views.wire import SCHEMA

DEFAULT_FACTORY = "formalism_nlp.api:load"


@dataclass(frozen=True, slots=True)
class Setup:
    """How files are scored.

    ``factory`` is ``"module:function"``; called once a process with ``options`` (JSON values) it gives an object with
    ``versions`` and ``score(document, genre=)``, as ``formalism_nlp.load`` does.
    ``genre`` is the norm group; ``limit`` the most bytes of a file or member; ``seconds`` the longest a document may take
    (for a whole archive, thirty times that); ``memory`` the most bytes a process may take on top of what it has when it is
    ready, 0 for no limit; ``full`` asks for whole reports, not only the row of the table.
    """

    factory: str = DEFAULT_FACTORY
    options: Mapping[str, Any] = field(default_factory=dict)
    genre: str = ""
    limit: int = 100 * 2**20
    seconds: float = 120.0
    memory: int = 2 * 2**30
    full: bool = False

    def key(self, versions: Mapping[str, str]) -> str:
        """Short hash of all that decides a score besides the file; a result with another key is stale.

        Time and memory limits are no part of it: with ``retry`` a run looks again at what failed by them.
        """
        parts = [self.factory, dict(self.options), self.genre, self.limit, dict(versions), SCHEMA, DOCUMENT_COLUMNS]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode("ascii")).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Task:
    """A file to score; ``known`` is the SHA-256 of the content that needs no scoring, ``""`` if none."""

    path: str
    known: str = ""


@dataclass(frozen=True, slots=True)
class Scored:
    """One document: ``row`` by ``views.frame.DOCUMENT_COLUMNS`` (NaN is None), ``report`` zlib of its wire JSON or ``b""``."""

    row: Mapping[str, Any]
    report: bytes = b""


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that came of one file: at least one document, unless it is ``unchanged``.

    ``sha256`` and ``size`` are those of the bytes read, ``""`` and 0 when they could not be read. ``kind`` is the format of
    the first document; ``characters`` the length of all texts; the seconds are processor time; ``peak`` is the largest resident
    size of the process so far, in bytes, 0 where the system does not tell.
    """

    path: str
    sha256: str = ""
    size: int = 0
    unchanged: bool = False
    documents: tuple[Scored, ...] = ()
    kind: str = ""
    characters: int = 0
    read_seconds: float = 0.0
    score_seconds: float = 0.0
    peak: int = 0

    @property
    def failures(self) -> tuple[Mapping[str, Any], ...]:
        """Rows of the documents that failed."""
        return tuple(scored.row for scored in self.documents if scored.row["error_code"])
