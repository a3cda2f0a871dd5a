"""The compiled model: a linear pass over sentences, then a small network over what stands around each; all in numpy.

Equal to the fitted scikit-learn estimators it was compiled from.
"""

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
FIRST_OUTPUTS = (*FUNCTIONS, "specific")
N_FUNCTIONS = len(FUNCTIONS)
_IDLE = [FUNCTIONS.index("SLOGAN"), FUNCTIONS.index("OTHER")]  # functions that are never substance
FARTHEST = 6.0  # second-pass features are clipped to this many standard deviations, so that a strange text cannot blow one up
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

    First pass: logits of ``FIRST_OUTPUTS`` = n-grams of the sentence, of its section heading and of its subsection heading,
    plus dense features.
    Second pass: one hidden layer of rectified units over the own first-pass logits, the context features and the dense
    features, each standardised and clipped to ±``FARTHEST``; it gives a softmax over the twelve pairs
    (function, specific), so that both outputs and their conjunction come from one distribution.
    Calibration: the logits of the pairs are divided by ``temperature``.
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
    second_mean: Floats
    second_spread: Floats
    hidden_weights: Floats
    hidden_bias: Floats
    pair_weights: Floats
    pair_bias: Floats
    temperature: float
    version: str = ""

    @cached_property
    def alphabet(self) -> NDArray[np.int64]:
        """Character table of the n-gram keys."""
        return make_alphabet(self.characters)

    def first_pass(self, prepared: Prepared) -> Floats:
        """Return (sentences, 7) uncalibrated first-pass probabilities of ``FIRST_OUTPUTS``."""
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
            ``substantive`` (specific and neither SLOGAN nor OTHER).
        """
        if not prepared.bodies:
            return np.zeros((0, len(OUTPUTS)))
        return self.calibrate(self.second_pass(prepared, self.first_pass(prepared)))

    def second_pass(self, prepared: Prepared, first: Floats) -> Floats:
        """Return (sentences, 12) logits of the pairs (function, specific) from the first-pass probabilities of the document."""
        raw = second_features(first, prepared)
        standard = np.clip((raw - self.second_mean) / self.second_spread, -FARTHEST, FARTHEST)
        hidden = np.maximum(standard @ self.hidden_weights + self.hidden_bias, 0.0)
        return hidden @ self.pair_weights + self.pair_bias

    def calibrate(self, logits: Floats) -> Floats:
        """Turn logits of the pairs into calibrated probabilities of ``OUTPUTS``."""
        return pair_outputs(softmax(logits / self.temperature))


def pair_outputs(pairs: Floats) -> Floats:
    """(sentences, 12) probabilities of (function, specific) → (sentences, 8) probabilities of ``OUTPUTS``."""
    both = pairs.reshape(-1, N_FUNCTIONS, 2)
    specific = both[:, :, 1]
    total = specific.sum(axis=1)
    return np.column_stack([both.sum(axis=2), total, np.clip(total - specific[:, _IDLE].sum(axis=1), 0.0, 1.0)])


def headings(prepared: Prepared, above: str) -> tuple[list[str], NDArray[np.int64]]:
    """Return the distinct heading texts above the sentences and, for each sentence, which of them stands above it."""
    number: dict[str, int] = {}
    index = []
    for place in prepared.places:
        at = place.section if above == "section" else place.subsection
        index.append(number.setdefault(prepared.bodies[at] if at >= 0 else "", len(number)))
    return list(number), np.array(index, dtype=np.int64)


def second_features(first: Floats, prepared: Prepared) -> Floats:
    """Return the second-pass features: own logits, ``context_features`` of the probabilities, dense features."""
    clipped = np.clip(first, _LOWEST, 1.0 - _LOWEST)
    logits = np.log(clipped / (1.0 - clipped))
    return np.hstack([logits, context_features(first, prepared.places), prepared.dense])


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
