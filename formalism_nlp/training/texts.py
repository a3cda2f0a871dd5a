"""Whole documents for the suites of evidence, and where each labelled passage comes from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formalism_nlp import store
from formalism_nlp.training.data import Passage
from formalism_nlp.training.matrix import Example
from formalism_nlp.values.document import Document

_SHARED_SET = re.compile(r"[AB]\d+")
_OF_WRITER = re.compile(r"p\d+-.*")
_OFFICIAL = frozenset(
    ["notice", "opinion", "plan", "reply", "regulation", "speech", "letter", "communique", "communique-plenum",
     "statistical-analysis", "audit-related-news"]
)  # fmt: skip
SHARED_PUBLIC, SHARED_AUTHORED, OWN = "shared: public reports", "shared: authored A, B", "own documents"
WRITERS = "own: the writers"  # documents ``p1-…`` and on; those of two of them are test
ADDED = ("added: provincial reports", "added: national reports", "added: official documents", "added: news and others")
PARTS = (SHARED_PUBLIC, SHARED_AUTHORED, OWN, WRITERS, *ADDED)


@dataclass(frozen=True)
class Text:
    """A whole document; ``split`` is ``""`` for public ones, whose labels (if any) cover excerpts."""

    document: Document
    doc_id: str
    genre: str
    title: str
    own: bool
    split: str


def own_texts() -> list[Text]:
    """All documents written for this project."""
    folder = store.data_folder("corpora")
    out = []
    for line in (folder / "labels" / "own.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        text = (folder / "documents" / f"{row['doc_id']}.txt").read_text(encoding="utf-8")
        document = Document.from_text(text, name=row["doc_id"], genre=row["genre"])
        out.append(Text(document, row["doc_id"], row["genre"], row["title"], True, row["split"]))
    return out


def public_texts() -> list[Text]:
    """All public documents on this machine; none without ``../shared``."""
    shared = store.shared_corpora()
    if shared is None:
        return []
    out = []
    for line in (shared / "public_manifest.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        document = Document.from_text((shared / row["file"]).read_text(encoding="utf-8"), name=row["doc_id"], genre=row["genre"])
        out.append(Text(document, row["doc_id"], row["genre"], row["title"], False, ""))
    return out


def shared_starts() -> frozenset[tuple[str, int]]:
    """(document, offset) of every public sentence whose label came with ``../shared``."""
    path = store.data_folder("corpora") / "labels" / "public-shared.jsonl"
    rows = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    return frozenset((row["doc_id"], sentence[0]) for row in rows for sentence in row["sentences"])


def part_of(passage: Passage, shared: frozenset[tuple[str, int]]) -> str:
    """Which of ``PARTS`` a passage belongs to; added public passages by genre, as these are the harder ones."""
    if passage.source == "own":
        if _SHARED_SET.fullmatch(passage.group):
            return SHARED_AUTHORED
        return WRITERS if _OF_WRITER.fullmatch(passage.group) else OWN
    if (passage.doc_id, passage.labels[0].start) in shared:
        return SHARED_PUBLIC
    if passage.genre == "government-work-report":
        return ADDED[0] if passage.doc_id.startswith("P26") else ADDED[1]
    return ADDED[2] if passage.genre in _OFFICIAL else ADDED[3]


def row_parts(examples: Sequence[Example], passages: Iterable[Passage]) -> NDArray[np.str_]:
    """Part of each labelled row of ``examples``, which were made of ``passages`` in their documents."""
    shared = shared_starts()
    known = {(p.doc_id, label.start): part_of(p, shared) for p in passages for label in p.labels}
    return np.array([known[e.doc_id, e.prepared.spans[row].start] for e in examples for row in e.rows], dtype=np.str_)


def row_parts_alone(examples: Sequence[Example], passages: Sequence[Passage]) -> NDArray[np.str_]:
    """The same for examples that are passages cut out of their documents, one each."""
    shared = shared_starts()
    rows = [np.full(len(e.rows), part_of(p, shared), dtype=object) for e, p in zip(examples, passages, strict=True)]
    return np.concatenate(rows).astype(np.str_)
