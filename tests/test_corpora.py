"""The committed labels fit the committed texts: hashes, sentence boundaries, splits, label names."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from formalism_nlp import store
from formalism_nlp.analysis.sentences import split_sentences
from formalism_nlp.values.report import FUNCTIONS

CORPORA = store.data_folder("corpora")


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (CORPORA / "labels" / name).read_text(encoding="utf-8").splitlines()]


OWN = rows("own.jsonl")


@pytest.mark.parametrize("row", OWN, ids=lambda row: str(row["doc_id"]))
def test_own_labels_cover_every_sentence(row: dict[str, Any]) -> None:
    text = (CORPORA / "documents" / f"{row['doc_id']}.txt").read_text(encoding="utf-8")
    assert hashlib.sha256(text.removesuffix("\n").encode()).hexdigest() == row["sha256"]
    sentences = [(s.start, s.start + len(text[s.start : s.end].rstrip())) for s in split_sentences(text)]
    assert [tuple(label[:2]) for label in row["sentences"]] == [s for s in sentences if s[0] < s[1]]


def test_every_document_is_labelled_and_there_are_enough_genres() -> None:
    assert {path.stem for path in (CORPORA / "documents").glob("*.txt")} == {row["doc_id"] for row in OWN}
    assert len(OWN) >= 60 and len({row["genre"] for row in OWN}) >= 8


@pytest.mark.parametrize("name", ["own.jsonl", "public-shared.jsonl", "public-own.jsonl"])
def test_labels_are_known_and_groups_stay_in_one_split(name: str) -> None:
    splits: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows(name):
        splits[row["group"]].add(row["split"])
        assert row["split"] in ("train", "dev", "test")
        last = 0
        for start, end, function, specific in row["sentences"]:
            assert last <= start < end and function in FUNCTIONS and specific in (0, 1)
            last = end
        assert not row.get("second") or len(row["second"]) == len(row["sentences"])
    assert all(len(found) == 1 for found in splits.values())


def test_added_labels_keep_the_split_of_the_shared_ones() -> None:
    shared = {row["doc_id"]: row["split"] for row in rows("public-shared.jsonl")}
    assert all(shared.get(row["doc_id"], row["split"]) == row["split"] for row in rows("public-own.jsonl"))


def test_stand_off_labels_fit_the_public_texts(shared: Path) -> None:
    texts: dict[str, str] = {}
    for row in rows("public-shared.jsonl") + rows("public-own.jsonl"):
        name = row["doc_id"]
        if name not in texts:
            texts[name] = (shared / "public" / f"{name}.txt").read_text(encoding="utf-8")
            assert hashlib.sha256(texts[name].removesuffix("\n").encode()).hexdigest() == row["sha256"]
        assert all(texts[name][start:end].strip() == texts[name][start:end] for start, end, *_ in row["sentences"])
