"""Edited copies of training passages: labels stay on their sentences, and only what may change does."""

from __future__ import annotations

import random

import pytest

from formalism_nlp.analysis.sentences import split_sentences
from formalism_nlp.training.augment import Edits, edited_copies, formula_clause
from formalism_nlp.training.data import Passage, load_passages
from formalism_nlp.values.report import FUNCTIONS


@pytest.fixture(scope="module")
def passages() -> list[Passage]:
    return load_passages(("train",), public=False)[:40]


def bodies(passage: Passage) -> list[str]:
    return [passage.document.text[label.start : label.end] for label in passage.labels]


def test_without_edits_a_copy_is_the_passage(passages: list[Passage]) -> None:
    for passage, copy in zip(passages, edited_copies(passages, Edits(0.0, 0.0)), strict=True):
        assert copy.document.text == passage.document.text
        assert copy.labels == passage.labels
        assert (copy.group, copy.split) == (passage.group, passage.split), "a copy in another fold would tell the answer"


def test_copies_say_the_same_sentences_with_the_same_labels(passages: list[Passage]) -> None:
    opened = swapped = 0
    for passage, copy in zip(passages, edited_copies(passages, Edits(0.5, 0.5)), strict=True):
        assert [(x.function, x.specific) for x in copy.labels] == [(x.function, x.specific) for x in passage.labels]
        for label, before, after in zip(copy.labels, bodies(passage), bodies(copy), strict=True):
            assert after[:-1].endswith(before[:-1])
            assert after[-1] == before[-1] or {after[-1], before[-1]} == {"。", "；"}
            longer = len(after) > len(before)
            assert not (longer and FUNCTIONS[label.function] == "OTHER"), "headings get no formula"
            opened += longer
            swapped += after[-1] != before[-1]
    assert opened > 100
    assert swapped > 100


def test_labels_of_copies_begin_where_sentences_begin(passages: list[Passage]) -> None:
    for passage, copy in zip(passages, edited_copies(passages, Edits()), strict=True):
        starts = {span.start for span in split_sentences(copy.document.text)}
        known = {span.start for span in split_sentences(passage.document.text)}
        for before, after in zip(passage.labels, copy.labels, strict=True):
            assert (after.start in starts) == (before.start in known)


def test_copies_are_the_same_each_time(passages: list[Passage]) -> None:
    assert edited_copies(passages, Edits()) == edited_copies(passages[::-1], Edits())[::-1]


def test_formulae_vary_and_hold_a_numeral_in_quotes() -> None:
    rng = random.Random(5)  # noqa: S311 - nothing is kept secret
    made = {formula_clause(rng) for _ in range(200)}
    assert len(made) > 150
    assert all("“" in clause and clause.endswith("，") for clause in made)
