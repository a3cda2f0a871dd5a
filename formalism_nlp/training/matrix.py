"""Prepared documents → scikit-learn matrices, from the same n-gram rows the compiled model uses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from formalism_nlp.analysis.classifier import Floats, NgramTable
from formalism_nlp.analysis.features import Prepared, dense_names, prepare
from formalism_nlp.analysis.matcher import Matcher
from formalism_nlp.analysis.ngrams import BEGIN, END, clean, make_alphabet, ngram_rows
from formalism_nlp.training.augment import Edits, edited_copies
from formalism_nlp.training.data import Passage
from formalism_nlp.values.lexicon import Lexicon

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Example:
    """One document (or passage alone) as the model sees it; ``rows`` are its labelled sentences.

    ``function`` and ``specific`` are the labels of ``rows``; ``share`` their weight in fitting.
    """

    prepared: Prepared
    rows: Ints
    function: Ints
    specific: Ints
    group: str
    source: str
    doc_id: str
    share: float = 1.0


def in_first_pass(name: str) -> bool:
    """Form and place. Rule hits of the sentence wait for the second pass: beside the n-grams they taught the first one nothing
    new (docs/model-card.md, ablations).
    """
    return not name.startswith("rule:")


def model_names(lexicon: Lexicon) -> tuple[str, ...]:
    """Names of the dense features models look at: form, place in its paragraph, rule hits of the sentence.

    Rules of the taxonomy (form, remedy) give findings only, so that they may change without a new model. Which headings stand
    above and where in its document a sentence stands are left out: on documents never seen they misled more than they told
    (docs/explanation.md has the figures), and turning sections round would turn labels; the neighbours' probabilities carry the section.
    """

    def wanted(name: str) -> bool:
        kind, _, rule = name.partition(":")
        return kind != "rule" or not rule.startswith(("FRM", "RMD"))

    return tuple(name for name in dense_names(lexicon) if wanted(name))


def model_columns(lexicon: Lexicon) -> Ints:
    """Positions of ``model_names`` in ``dense_names``."""
    position = {name: i for i, name in enumerate(dense_names(lexicon))}
    return np.array([position[name] for name in model_names(lexicon)], dtype=np.int64)


def make_examples(passages: Sequence[Passage], matcher: Matcher, *, alone: bool) -> list[Example]:
    """Prepare passages in their documents, or cut out alone.

    Passages of one document share one Example unless ``alone``.
    """
    if alone:
        return [_example(p, [p], matcher) for p in (passage.alone() for passage in passages)]
    by_document: dict[str, list[Passage]] = {}
    for passage in passages:
        by_document.setdefault(passage.doc_id, []).append(passage)
    return [_example(members[0], members, matcher) for members in by_document.values()]


def _example(first: Passage, members: Sequence[Passage], matcher: Matcher) -> Example:
    prepared = prepare(first.document, matcher, model_columns(matcher.lexicon))
    at = {span.start: i for i, span in enumerate(prepared.spans)}
    found = [(at[label.start], label) for passage in members for label in passage.labels if label.start in at]
    return Example(
        prepared=prepared,
        rows=np.array([row for row, _ in found], dtype=np.int64),
        function=np.array([label.function for _, label in found], dtype=np.int64),
        specific=np.array([label.specific for _, label in found], dtype=np.int64),
        group=first.group,
        source=first.source,
        doc_id=first.doc_id,
    )


def training_examples(passages: Sequence[Passage], matcher: Matcher, edits: Edits | None) -> list[Example]:
    """Each labelled passage in its document, public excerpts also alone, and an edited copy of what stands alone.

    Users score whole reports as well as pasted paragraphs without headings; a model that saw only one of the two would
    lean on context that is missing in the other. The views of a sentence share its weight: an own document and its copy have half
    of it each; a public passage has half in its document, a quarter alone, a quarter edited.

    Args:
        passages: of the train split.
        matcher: the compiled lexicon.
        edits: see ``augment``; None makes no copies.
    """
    own = [p for p in passages if p.source == "own"]
    public = [p for p in passages if p.source != "own"]
    views = [(make_examples(own, matcher, alone=False), 1.0), (make_examples(public, matcher, alone=False), 0.5)]
    alone = [(make_examples(public, matcher, alone=True), 0.5)]
    if edits:
        views[0] = (views[0][0], 0.5)
        copies = edited_copies([*own, *(p.alone() for p in public)], edits)
        alone = [(alone[0][0], 0.25), ([_example(p, [p], matcher) for p in copies if p.source != "own"], 0.25)]
        views.append(([_example(p, [p], matcher) for p in copies if p.source == "own"], 0.5))
    return [replace(e, share=share) for examples, share in [*views, *alone] for e in examples]


def choose_characters(texts: Sequence[str]) -> str:
    """Alphabet: begin and end marks and the characters that occur at least twice, in code-point order."""
    counts = Counter(character for text in texts for character in clean(text))
    return BEGIN + END + "".join(sorted(c for c, n in counts.items() if n >= 2 and " " < c <= "\uffff"))


def choose_ngrams(texts: Sequence[str], characters: str, longest: int, least: int, most: int) -> NgramTable:
    """Keep the n-grams that stand in at least ``least`` different texts, the ``most`` commonest of them."""
    row, key = ngram_rows(texts, make_alphabet(characters), longest)
    distinct = np.unique(np.stack([key, row]), axis=1)
    keys, counts = np.unique(distinct[0], return_counts=True)
    order = np.lexsort((keys, -counts))
    kept = order[counts[order] >= least][:most]
    return NgramTable(np.sort(keys[kept]), longest)


def ngram_matrix(table: NgramTable, texts: Sequence[str], characters: str) -> sp.csr_matrix:
    """The matrix whose product with the weights is ``NgramTable.scores``."""
    row, column, value = table.rows(texts, make_alphabet(characters))
    return sp.csr_matrix((value, (row, column)), shape=(len(texts), len(table.keys)))


@dataclass(frozen=True)
class FirstPassColumns:
    """What the first pass looks at: the tables, and the scale of each block of features."""

    characters: str
    sentence: NgramTable
    ngram_scale: float
    dense_scale: Floats

    def matrix(self, prepared: Prepared, rows: Ints | None = None) -> sp.csr_matrix:
        """First-pass features of the sentences ``rows`` (all by default): n-grams, dense."""
        rows = np.arange(len(prepared.bodies)) if rows is None else rows
        dense = sp.csr_matrix(prepared.dense[rows] * self.dense_scale)
        return self.beside([prepared.bodies[i] for i in rows], dense)

    def beside(self, texts: Sequence[str], dense: sp.csr_matrix) -> sp.csr_matrix:
        """First-pass features of sentences by their texts and their scaled dense features."""
        ngrams = ngram_matrix(self.sentence, texts, self.characters)
        return sp.hstack([ngrams * self.ngram_scale, dense], format="csr")
