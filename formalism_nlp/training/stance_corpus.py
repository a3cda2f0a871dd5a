"""The stance corpus: own-written paragraphs and own documents, each sentence labelled with rows and their stances."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formalism_nlp import store
from formalism_nlp.training.data import Split, verified_text
from formalism_nlp.values.document import Document
from formalism_nlp.values.errors import FormalismError
from formalism_nlp.values.report import REMEDY_STATES, STANCES
from formalism_nlp.values.taxonomy import CODES, FORMS, REMEDIES

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Paragraph:
    """A paragraph under its heading, or a whole document.

    ``starts`` are the offsets of its sentences in ``document.text``; ``present`` (sentences, ``CODES``) the rows they speak of;
    ``stance`` (sentences, ``FORMS``) the index in ``STANCES``, -1 where the form is absent; ``substantiated`` (sentences,
    ``REMEDIES``) tells a remedy with proof from a bare mention; ``remedies`` says whether remedies were labelled at all.
    """

    id: str
    split: str
    document: Document
    starts: Ints
    present: Bools
    stance: Ints
    substantiated: Bools
    remedies: bool = True


def load_documents(splits: Iterable[Split]) -> list[Paragraph]:
    """Load own documents whose forms are labelled sentence by sentence (``stance/documents.jsonl``), in file order.

    Raises:
        FormalismError: F302 names a line that is wrong, or a text that does not have the hash its labels were made for.
    """
    wanted: set[str] = set(splits)
    folder = store.data_folder("corpora")
    path = folder / "stance" / "documents.jsonl"
    out = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        row = json.loads(line)
        if row["split"] not in wanted:
            continue
        text = verified_text(folder / "documents" / f"{row['doc_id']}.txt", row["sha256"], f"{path}:{number}")
        labels = [label for _, _, label in row["sentences"]]
        present, stance = _form_tables(labels)
        starts = np.array([start for start, _, _ in row["sentences"]], dtype=np.int64)
        nothing = np.zeros((len(starts), len(REMEDIES)), dtype=bool)
        document = Document.from_text(text, name=row["doc_id"])
        out.append(Paragraph(row["doc_id"], row["split"], document, starts, present, stance, nothing, remedies=False))
    return out


def load_public(splits: Iterable[Split]) -> list[Paragraph]:
    """Load passages of public documents whose forms and remedies are labelled (``stance/public.jsonl``), in file order.

    Returns:
        One Paragraph a passage, in its whole document; none where the public texts are not on this machine.

    Raises:
        FormalismError: F302 names a line that is wrong, or a text that does not have the hash its labels were made for.
    """
    wanted: set[str] = set(splits)
    shared = store.shared_corpora()
    path = store.data_folder("corpora") / "stance" / "public.jsonl"
    out = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines() if shared else (), 1):
        row = json.loads(line)
        if shared is None or row["split"] not in wanted:
            continue
        text = verified_text(shared / "public" / f"{row['doc_id']}.txt", row["sha256"], f"{path}:{number}")
        present, stance = _form_tables([forms for _, _, forms, _ in row["sentences"]])
        substantiated = _remedy_tables([remedies for _, _, _, remedies in row["sentences"]], present)
        starts = np.array([start for start, *_ in row["sentences"]], dtype=np.int64)
        document = Document.from_text(text, name=row["doc_id"], genre=row["genre"])
        out.append(Paragraph(row["doc_id"], row["split"], document, starts, present, stance, substantiated))
    return out


def load_paragraphs(splits: Iterable[Split]) -> list[Paragraph]:
    """Load paragraphs in file order.

    Raises:
        FormalismError: F302 names the line that is wrong.
    """
    return _load_lines("paragraphs.jsonl", splits)


def load_figurative(splits: Iterable[Split]) -> list[Paragraph]:
    """Load paragraphs that say everything in untypical words and images; all are test. Raises what ``load_paragraphs`` raises."""
    return _load_lines("figurative.jsonl", splits)


def load_fresh(splits: Iterable[Split]) -> list[Paragraph]:
    """Load paragraphs nobody looked at while rules and cues were written; all are test. Raises what ``load_paragraphs`` raises."""
    return _load_lines("fresh.jsonl", splits)


def _load_lines(name: str, splits: Iterable[Split]) -> list[Paragraph]:
    wanted: set[str] = set(splits)
    path = store.data_folder("corpora") / "stance" / name
    out = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
            if row["split"] in wanted:
                out.append(_paragraph(row))
        except (KeyError, TypeError, ValueError) as error:
            raise FormalismError("F302", f"{path}:{number}", f"{type(error).__name__}: {error}") from error
    return out


def corpus_hash(paragraphs: Iterable[Paragraph]) -> str:
    """SHA-256 over texts and labels."""
    digest = hashlib.sha256()
    for p in paragraphs:
        for part in (p.document.text.encode(), p.starts.tobytes(), p.present.tobytes(), p.stance.tobytes()):
            digest.update(part)
    return digest.hexdigest()


def _form_tables(labels: Sequence[Sequence[Mapping[str, str]]]) -> tuple[Bools, Ints]:
    present = np.zeros((len(labels), len(CODES)), dtype=bool)
    stance = np.full((len(labels), len(FORMS)), -1, dtype=np.int64)
    for i, forms in enumerate(labels):
        for label in forms:
            present[i, CODES.index(label["form"])] = True
            stance[i, FORMS.index(label["form"])] = STANCES.index(label["stance"])
    return present, stance


def _remedy_tables(labels: Sequence[Sequence[Mapping[str, str]]], present: Bools) -> Bools:
    """Which remedies are substantiated, (sentences, ``REMEDIES``); those that are there are marked in ``present``."""
    substantiated = np.zeros((len(labels), len(REMEDIES)), dtype=bool)
    for i, remedies in enumerate(labels):
        for label in remedies:
            present[i, CODES.index(label["remedy"])] = True
            substantiated[i, REMEDIES.index(label["remedy"])] = REMEDY_STATES.index(label["state"]) == 1
    return substantiated


def _paragraph(row: dict[str, object]) -> Paragraph:
    heading, text, sentences = row["heading"], row["text"], row["sentences"]
    if not (isinstance(heading, str) and isinstance(text, str) and isinstance(sentences, list)):
        raise TypeError("heading and text are texts, sentences a list")
    before = f"{heading}\n" if heading else ""
    present, stance = _form_tables([sentence["forms"] for sentence in sentences])
    substantiated = _remedy_tables([sentence["remedies"] for sentence in sentences], present)
    starts = np.array([sentence["start"] for sentence in sentences], dtype=np.int64) + len(before)
    name = str(row["id"])
    document = Document.from_text(before + text, name=name, title=str(row["genre"]))
    return Paragraph(name, str(row["split"]), document, starts, present, stance, substantiated)
