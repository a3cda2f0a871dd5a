"""Documents → everything the model looks at: sentences, places, lexicon hits, form. N-grams are in ``ngrams``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.analysis.characters import Folded, Ints, fold
from formalism_nlp.analysis.form import FORM_FEATURES, PLACE_FEATURES, Looks
from formalism_nlp.analysis.matcher import Hit, Matcher
from formalism_nlp.analysis.page import CuePlaces, Hits
from formalism_nlp.analysis.sentences import Sentences, find_sentences
from formalism_nlp.analysis.structure import Bodies, Place, Places, find_bodies, find_places
from formalism_nlp.values.document import Document, Span
from formalism_nlp.values.lexicon import Lexicon

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Prepared:
    """Documents ready for the classifier: everything the model looks at, before any weight is known.

    Their texts stand one behind the other in ``folded``, with a line feed between two; document ``d`` starts at
    ``offsets[d]``. Positions and sentence numbers count through all of them. ``weights`` are the characters of each sentence
    without white space and punctuation; ``hit_sentence`` is the sentence number of each hit; ``cues`` are
    the cue words; ``looks`` are form and place; ``columns`` are the wanted columns of ``dense``, all by default.

    The properties below it show the same in plain values, for a Prepared of one document.
    """

    documents: tuple[Document, ...]
    lexicon: Lexicon
    folded: Folded
    offsets: Ints
    sentences: Sentences
    body: Bodies
    weights: Ints
    place: Places
    found: Hits
    cues: CuePlaces
    hit_sentence: Ints
    looks: Looks
    columns: Ints | None = None

    @property
    def document(self) -> Document:
        """The one document."""
        (document,) = self.documents
        return document

    @property
    def normal(self) -> str:
        """The normalised text."""
        return self.folded.text

    @cached_property
    def spans(self) -> list[Span]:
        """Sentence spans."""
        return [Span(*span) for span in zip(self.sentences.start.tolist(), self.sentences.end.tolist(), strict=True)]

    @cached_property
    def bodies(self) -> list[str]:
        """Normalised sentences without outer white space."""
        return [self.folded.text[a:b] for a, b in zip(self.body.start.tolist(), self.body.end.tolist(), strict=True)]

    @cached_property
    def places(self) -> list[Place]:
        """Place of each sentence."""
        return self.place.rows(0, len(self.weights))

    @cached_property
    def hits(self) -> list[Hit]:
        """All lexicon hits."""
        columns = (self.found.start, self.found.end, self.found.rule)
        return [Hit(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]

    @cached_property
    def dense(self) -> Floats:
        """The named features: sentences × ``columns`` of ``dense_names``."""
        counts = np.zeros((len(self.weights), len(self.lexicon.rules)))
        np.add.at(counts, (self.hit_sentence, self.found.rule), 1.0)
        table = np.hstack([np.log1p(counts), self.looks.table])
        return table if self.columns is None else table[:, self.columns]


def dense_names(lexicon: Lexicon) -> tuple[str, ...]:
    """Names of the dense features: log(1 + rule hits) in the sentence, form, place."""
    return (*(f"rule:{rule.id}" for rule in lexicon.rules), *FORM_FEATURES, *PLACE_FEATURES)


def prepare(document: Document, matcher: Matcher, columns: Ints | None = None) -> Prepared:
    """Split, place, match and measure one document.

    Args:
        document: any document.
        matcher: the compiled lexicon.
        columns: which of ``dense_names(matcher.lexicon)`` to keep in ``Prepared.dense``, in this order; all by default.
    """
    return replace(prepare_all((document,), matcher), columns=columns)


def prepare_all(documents: Sequence[Document], matcher: Matcher) -> Prepared:
    """Split, place, match and measure documents together; what comes of each does not depend on the others.

    Args:
        documents: at least one.
        matcher: the compiled lexicon.
    """
    folded = fold("\n".join(document.text for document in documents))
    sizes = np.array([len(document.text) for document in documents], dtype=np.int64)
    offsets = (sizes + 1).cumsum() - sizes - 1
    sentences = find_sentences(folded.kinds, offsets, offsets + sizes)
    body = find_bodies(folded, sentences)
    place = find_places(documents, offsets, folded, sentences, body)
    found, cues = matcher.find_with_cues(folded)
    looks = Looks(folded, sentences, body, place)
    return Prepared(
        documents=tuple(documents),
        lexicon=matcher.lexicon,
        folded=folded,
        offsets=offsets,
        sentences=sentences,
        body=body,
        weights=looks.weights,
        place=place,
        found=found,
        cues=cues,
        hit_sentence=sentences.end.searchsorted(found.start, side="right"),
        looks=looks,
    )
