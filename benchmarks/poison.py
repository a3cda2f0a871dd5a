"""A scorer for trials of the supervision: a document whose first word is an order makes its process hang, crash or swell."""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import json
import os
import re
import time
from dataclasses import dataclass
from pathlib import Path

from formalism_nlp.analysis.scorer import Scorer
from formalism_nlp.api import load
from formalism_nlp.values.document import Document
from formalism_nlp.values.errors import FormalismError
from formalism_nlp.values.report import INDEX_NAMES, Index, Report, Versions
from formalism_nlp.views.frame import DOCUMENT_COLUMNS

ORDERS = ("SEGFAULT", "ABORT", "EXIT", "HANG", "SPIN", "ALLOCATE", "RAISE", "SLEEP", "REFUSE", "CLOSE", "CHATTER", "LIE")


def obey(text: str) -> None:
    """Do what the first word of a text orders; nothing for any other text."""
    order, _, rest = text.partition(" ")
    if order == "SEGFAULT":
        ctypes.string_at(0)
    elif order == "ABORT":
        os.abort()
    elif order == "EXIT":
        os._exit(3)
    elif order == "HANG":
        time.sleep(3600)
    elif order == "SPIN":  # in C and with the interpreter lock held: no Python signal handler or thread could end it
        re.match(r"(a+)+$", "a" * 60 + "b")
    elif order == "ALLOCATE":
        bytearray(64 * 2**30)
    elif order == "RAISE":
        raise KeyError("a parser with a mistake in it")
    elif order == "SLEEP":
        time.sleep(float(rest.split()[0]))
    elif order == "REFUSE":
        raise FormalismError("F101", "refused")
    elif order == "CLOSE":  # a process that goes on but says nothing sensible any more
        os.closerange(3, 256)
    elif order == "LIE":  # a process that an exploit has taken over, and that writes to whatever it finds open
        row = dict.fromkeys(DOCUMENT_COLUMNS)
        lie = json.dumps({"row": {**row, "name": "x"}, "report": False}).encode("ascii")
        for number in range(3, 64):
            with contextlib.suppress(OSError):
                os.write(number, len(lie).to_bytes(8, "big") + lie)
    elif order == "CHATTER":
        os.write(1, b"a parser that prints\n" * 1_000)


@dataclass(frozen=True)
class Puppet:
    """Scores by a hash of the text, so that equal texts have equal rows, and keeps a log of what it was asked."""

    log: str = ""
    pause: float = 0.0

    @property
    def versions(self) -> Versions:
        """What makes its reports."""
        return Versions("0", "puppet", "puppet", "puppet")

    def score(self, document: Document, *, genre: str = "") -> Report:
        """Obey, then give a report without sentences."""
        if genre == "unknown":
            raise FormalismError("F401", genre)
        obey(document.text)
        time.sleep(self.pause)
        if self.log:
            with Path(self.log).open("a", encoding="utf-8", errors="replace") as stream:
                stream.write(document.name + "\n")
        digest = hashlib.sha256(document.text.encode("utf-8", "surrogatepass")).digest()
        values = (digest[0] / 256, digest[1] / 256, digest[2] / 256, 100 * digest[3] / 256)
        indices = tuple(Index(name, value, 0.0, 0.0, "share", "") for name, value in zip(INDEX_NAMES, values, strict=True))
        return Report(document, genre or "all", "ok", (), (), indices, self.versions)


def puppet(log: str = "", pause: float = 0.0) -> Puppet:
    """Factory for ``Setup.factory``: ``"benchmarks.poison:puppet"``."""
    return Puppet(log, pause)


@dataclass(frozen=True)
class Poisoned:
    """A real scorer behind the orders."""

    scorer: Scorer

    @property
    def versions(self) -> Versions:
        """Those of the real scorer."""
        return self.scorer.versions

    def score(self, document: Document, *, genre: str = "") -> Report:
        """Obey, then score."""
        obey(document.text)
        return self.scorer.score(document, genre=genre)


def poisoned() -> Poisoned:
    """Factory for ``Setup.factory``: ``"benchmarks.poison:poisoned"``."""
    return Poisoned(load())


def broken() -> Puppet:
    """A factory that fails."""
    raise ValueError("no such model")


def vanishing() -> Puppet:
    """A factory that takes its process down."""
    os._exit(7)
