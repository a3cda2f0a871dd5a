"""Labelled documents: own texts of ``corpora/`` and, when they are there, the public texts their stand-off labels point to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from formalism_nlp import store
from formalism_nlp.values.document import Document
from formalism_nlp.values.errors import FormalismError
from formalism_nlp.values.report import FUNCTIONS

Split = Literal["train", "dev", "test"]


@dataclass(frozen=True, slots=True)
class Label:
    """Sentence ``text[start:end]`` of a document with its two labels; ``function`` indexes ``FUNCTIONS``."""

    start: int
    end: int
    function: int
    specific: int


@dataclass(frozen=True, slots=True)
class Passage:
    """A labelled stretch of one document. ``group`` ties documents that must stay in one split (a matched set, a report)."""

    document: Document
    doc_id: str
    group: str
    genre: str
    source: str
    split: str
    level: str
    labels: tuple[Label, ...]

    def alone(self) -> Passage:
        """Return the passage cut out of its document, so that it is seen without headings and neighbours."""
        start, end = self.labels[0].start, self.labels[-1].end
        text = self.document.text[start:end]
        document = Document.from_text(text, name=self.document.name, genre=self.genre)
        labels = tuple(Label(x.start - start, x.end - start, x.function, x.specific) for x in self.labels)
        return Passage(document, self.doc_id, self.group, self.genre, self.source, self.split, self.level, labels)


def load_passages(splits: Iterable[Split] = ("train",), *, public: bool = True) -> list[Passage]:
    """Load labelled passages in a fixed order.

    Args:
        splits: which of train, dev, test.
        public: also join the stand-off labels of public texts, when these are on this machine.

    Returns:
        Passages sorted by document and offset; own documents first.

    Raises:
        FormalismError: F302 when a text does not have the hash its labels were made for.
    """
    wanted: set[str] = set(splits)
    folder = store.data_folder("corpora")
    out = list(_records(folder / "labels" / "own.jsonl", wanted, lambda row: folder / "documents" / f"{row['doc_id']}.txt"))
    shared = store.shared_corpora()
    if public and shared is not None:
        for name in ("public-shared.jsonl", "public-own.jsonl"):
            out += _records(folder / "labels" / name, wanted, lambda row: shared / "public" / f"{row['doc_id']}.txt")
    return out


def _records(path: Path, wanted: set[str], locate: Callable[[dict[str, Any]], Path]) -> Iterator[Passage]:
    texts: dict[str, str] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        row = json.loads(line)
        if row["split"] not in wanted:
            continue
        doc_id = row["doc_id"]
        if doc_id not in texts:
            texts[doc_id] = verified_text(locate(row), row["sha256"], f"{path}:{number}")
        yield Passage(
            document=Document.from_text(texts[doc_id], name=doc_id, genre=row["genre"]),
            doc_id=doc_id,
            group=row["group"],
            genre=row["genre"],
            source=row["source"],
            split=row["split"],
            level=row.get("level", ""),
            labels=tuple(Label(a, b, FUNCTIONS.index(f), s) for a, b, f, s in row["sentences"]),
        )


def verified_text(path: Path, sha256: str, where: str) -> str:
    """Read a text and compare its hash (without the last line end) with the one the labels were made for."""
    if not path.is_file():
        raise FormalismError("F302", where, f"the text {path} is missing")
    text = path.read_text(encoding="utf-8")
    found = hashlib.sha256(text.removesuffix("\n").encode()).hexdigest()
    if found != sha256:
        raise FormalismError("F302", where, f"{path} has sha256 {found[:12]}…, the labels belong to {sha256[:12]}…")
    return text
