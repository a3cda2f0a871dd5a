"""The compiled model: two linear passes over sentences in numpy, equal to the fitted scikit-learn estimators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.analysis.context import context_features
from formalism_nlp.analysis.features import Prepared
from formalism_nlp.analysis.ngrams import make_alphabet, ngram_rows
from formalism_nlp.values.report import FUNCTIONS

Floats = NDArray[np.float64]
OUTPUTS = (*FUNCTIONS, "specific", "substantive")
N_FUNCTIONS = len(FUNCTIONS)
_LOWEST = 1e-3  # probabilities are clipped to this before a logit, so that one sure sentence cannot drown the rest
_BATCH = 20_000  # sentences a pass: bounds memory on long documents


@dataclass(frozen=True)
class NgramTable:
    """Sorted n-gram keys; a text is the set of its known n-grams, each with value 1/√(number of them)."""

    keys: NDArray[np.int64]
    longest: int

    def rows(self, texts: Sequence[str], alphabet: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
        """Return (text number, n-gram number, value) of each known n-gram of each text, sorted by text."""
        empty = np.zeros(0, np.int64)
        if not len(self.keys) or not texts:
            return empty, empty, np.zeros(0)
        row, key = ngram_rows(texts, alphabet, self.longest)
        at = np.searchsorted(self.keys, key)
        at[at == len(self.keys)] = 0
        known = self.keys[at] == key
        pair = np.unique(row[known] * len(self.keys) + at[known])
        row, at = pair // len(self.keys), pair % len(self.keys)
        count = np.bincount(row, minlength=len(texts))
        return row, at, 1.0 / np.sqrt(count[row])

    def scores(self, texts: Sequence[str], alphabet: NDArray[np.int64], weights: Floats) -> Floats:
        """Return (texts, outputs): the sum of the weights of each text's n-grams times their value."""
        out = np.zeros((len(texts), weights.shape[1]))
        row, at, value = self.rows(texts, alphabet)
        if len(row):
            first = np.flatnonzero(np.diff(row, prepend=-1))
            out[row[first]] = np.add.reduceat(weights[at] * value[:, None], first, axis=0)
        return out


@dataclass(frozen=True)
class Model:
    """Weights of both passes and of the calibration; arrays are read-only, so a Model may be shared by threads.

    First pass: logits = n-grams of the sentence, of its section heading and of its subsection heading, plus dense features.
    Second pass: logits = own first-pass logits, context features, dense features.
    Calibration: softmax(function logits / temperature); sigmoid(a·logit + b) for specific and for substantive.
    """

    characters: str
    lexicon_version: str
    dense_names: tuple[str, ...]
    sentence: NgramTable
    heading: NgramTable
    sentence_weights: Floats
    section_weights: Floats
    subsection_weights: Floats
    dense_weights: Floats
    bias: Floats
    context_weights: Floats
    context_dense_weights: Floats
    context_bias: Floats
    temperature: float
    platt: Floats
    version: str = ""

    @cached_property
    def alphabet(self) -> NDArray[np.int64]:
        """Character table of the n-gram keys."""
        return make_alphabet(self.characters)

    def first_pass(self, prepared: Prepared) -> Floats:
        """Return (sentences, outputs) uncalibrated first-pass probabilities."""
        logits = prepared.dense @ self.dense_weights + self.bias
        for begin in range(0, len(prepared.bodies), _BATCH):
            part = slice(begin, begin + _BATCH)
            logits[part] += self.sentence.scores(prepared.bodies[part], self.alphabet, self.sentence_weights)
        for above, weights in (("section", self.section_weights), ("subsection", self.subsection_weights)):
            texts, index = headings(prepared, above)
            logits += self.heading.scores(texts, self.alphabet, weights)[index]
        return to_probabilities(logits)

    def predict(self, prepared: Prepared) -> Floats:
        """Classify the sentences of one document.

        Returns:
            (sentences, 8): calibrated probabilities of the six functions (each row sums to 1), of ``specific``, and of
            ``substantive`` (specific and neither SLOGAN nor OTHER), the last never above what the others allow.
        """
        if not prepared.bodies:
            return np.zeros((0, len(OUTPUTS)))
        return self.calibrate(self.second_pass(prepared, self.first_pass(prepared)))

    def second_pass(self, prepared: Prepared, first: Floats) -> Floats:
        """Return (sentences, outputs) logits from the first-pass probabilities of the whole document."""
        context = second_features(first, prepared)
        return context @ self.context_weights + prepared.dense @ self.context_dense_weights + self.context_bias

    def calibrate(self, logits: Floats) -> Floats:
        """Turn second-pass logits into calibrated probabilities."""
        functions = softmax(logits[:, :N_FUNCTIONS] / self.temperature)
        binary = sigmoid(logits[:, N_FUNCTIONS:] * self.platt[:, 0] + self.platt[:, 1])
        content = 1.0 - functions[:, FUNCTIONS.index("SLOGAN")] - functions[:, FUNCTIONS.index("OTHER")]
        substantive = np.clip(np.minimum(binary[:, 1], np.minimum(binary[:, 0], content)), 0.0, 1.0)
        return np.column_stack([functions, binary[:, 0], substantive])


def headings(prepared: Prepared, above: str) -> tuple[list[str], NDArray[np.int64]]:
    """Return the distinct heading texts above the sentences and, for each sentence, which of them stands above it."""
    number: dict[str, int] = {}
    index = []
    for place in prepared.places:
        at = place.section if above == "section" else place.subsection
        index.append(number.setdefault(prepared.bodies[at] if at >= 0 else "", len(number)))
    return list(number), np.array(index, dtype=np.int64)


def second_features(first: Floats, prepared: Prepared) -> Floats:
    """Return the second-pass features: own logits, then ``context_features`` of the probabilities."""
    clipped = np.clip(first, _LOWEST, 1.0 - _LOWEST)
    return np.hstack([np.log(clipped / (1.0 - clipped)), context_features(first, prepared.places)])


def to_probabilities(logits: Floats) -> Floats:
    """Softmax over the functions, sigmoid for the binary outputs."""
    return np.hstack([softmax(logits[:, :N_FUNCTIONS]), sigmoid(logits[:, N_FUNCTIONS:])])


def softmax(logits: Floats) -> Floats:
    """Row-wise softmax."""
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))


def sigmoid(logits: Floats) -> Floats:
    """Logistic function without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * logits)))
