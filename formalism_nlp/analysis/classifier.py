"""The compiled model: a small network over each sentence, then others over what stands around it; all in numpy.

Equal to the fitted scikit-learn estimators it was compiled from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.analysis.context import Context, context_features
from formalism_nlp.analysis.features import Prepared
from formalism_nlp.analysis.form import FORM_FEATURES, PLACE_FEATURES
from formalism_nlp.analysis.linear import product
from formalism_nlp.analysis.ngrams import NgramScorer, NgramSums, means, ngram_rows
from formalism_nlp.analysis.rule_layer import DenseWeights, RuleLayer
from formalism_nlp.values.lexicon import Lexicon
from formalism_nlp.values.report import FUNCTIONS

Floats = NDArray[np.float64]
OUTPUTS = (*FUNCTIONS, "specific", "substantive")
FIRST_OUTPUTS = (*FUNCTIONS, "specific")
N_FUNCTIONS = len(FUNCTIONS)
PAIRS = 2 * N_FUNCTIONS  # of a function and specific, 2·function + specific
_IDLE = [FUNCTIONS.index("SLOGAN"), FUNCTIONS.index("OTHER")]  # functions that are never substance
FARTHEST = 6.0  # second-pass features are clipped to this many standard deviations, so that a strange text cannot blow one up
_LOWEST = 1e-3  # probabilities are clipped to this before a logarithm, so that one sure sentence cannot drown the rest
_ROWS = 2_048  # sentences of one document that pass through the network at once: bounds memory on long documents


@dataclass(frozen=True)
class NgramTable:
    """Sorted n-gram keys; a text is the bag of its known n-grams, each with value 1/√(number of all) as often as it stands there."""

    keys: NDArray[np.int64]
    longest: int

    def rows(self, texts: Sequence[str], alphabet: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
        """Return (text number, n-gram number, value) of each known n-gram of each text, sorted by text, then by n-gram."""
        empty = np.zeros(0, np.int64)
        if not len(self.keys) or not texts:
            return empty, empty, np.zeros(0)
        row, key = ngram_rows(texts, alphabet, self.longest)
        at = np.searchsorted(self.keys, key)
        at[at == len(self.keys)] = 0
        known = self.keys[at] == key
        pair = np.sort(row[known] * len(self.keys) + at[known])
        row, at = pair // len(self.keys), pair % len(self.keys)
        count = np.bincount(row, minlength=len(texts))
        return row, at, 1.0 / np.sqrt(count[row])


@dataclass(frozen=True)
class Model:
    """Weights of both passes and of the calibration; arrays are read-only, so a Model may be shared by threads.

    First pass: one hidden layer of rectified units over the n-grams of the sentence and the dense features; it gives a softmax
    over the twelve pairs (function, specific), so that both outputs and their conjunction come from one distribution.
    Second pass: the same over the logarithms of the own first-pass probabilities, the context features and the dense
    features, each standardised and clipped to ±``FARTHEST``.
    Calibration: the logits of the pairs are divided by ``temperature``.
    Decision: a sentence is called specific when its probability is over ``specific_threshold``.
    """

    characters: str
    lexicon_version: str
    dense_names: tuple[str, ...]
    sentence: NgramTable
    sentence_weights: NDArray[np.float32]
    dense_weights: Floats
    unit_bias: Floats
    first_weights: Floats
    first_bias: Floats
    second_mean: Floats
    second_spread: Floats
    hidden_weights: Floats
    hidden_bias: Floats
    pair_weights: Floats
    pair_bias: Floats
    temperature: float
    specific_threshold: float
    version: str = ""

    def first_pass(self, prepared: Prepared) -> Floats:
        """First pass alone; see ``Classifier.first_pass``."""
        return Classifier(self, prepared.lexicon).first_pass(prepared)

    def predict(self, prepared: Prepared) -> Floats:
        """Both passes; see ``Classifier.predict``."""
        return Classifier(self, prepared.lexicon).predict(prepared)


class Classifier:
    """A Model bound to a lexicon; immutable, thread-safe. Rule hits are few and added one by one, not multiplied as a table; they
    have weights in the second pass alone (``training.matrix.in_first_pass``).

    Args:
        model: its features by name.
        lexicon: its rules are the rule features; those the model does not know have no weight.
        others: keys and weights of more n-grams in the alphabet of the model, to be looked up in the same pass.
    """

    def __init__(self, model: Model, lexicon: Lexicon, *others: tuple[NDArray[np.int64], NDArray[np.floating]]) -> None:
        self._model = model
        self._ngrams = NgramScorer(model.characters, (model.sentence.keys, model.sentence_weights), *others)
        position = {name: i for i, name in enumerate(model.dense_names)}
        context = len(model.second_mean) - len(model.dense_names)
        weights = DenseWeights(
            model.dense_names, model.second_mean[context:], model.second_spread[context:], FARTHEST,
            model.hidden_weights[context:],
        )  # fmt: skip
        self._rules = RuleLayer([rule.id for rule in lexicon.rules], weights, model.hidden_bias)
        known = [position.get(name, -1) for name in (*FORM_FEATURES, *PLACE_FEATURES)]
        at = np.array(known, dtype=np.int64)
        used = at >= 0
        self._look_first = np.where(used[:, None], model.dense_weights[at], 0.0)
        columns = np.concatenate([np.arange(context), context + at[used]])
        self._look = np.flatnonzero(used)
        # Standardised once for all: the weights are divided by the spread and the bias is moved, the values only clipped.
        mean, spread = model.second_mean[columns], model.second_spread[columns]
        self._low, self._high = mean - FARTHEST * spread, mean + FARTHEST * spread
        self._hidden = model.hidden_weights[columns] / spread[:, None]
        self._base = self._rules.base - mean @ self._hidden

    def ngram_sums(self, prepared: Prepared) -> list[NgramSums]:
        """What the n-grams of each sentence weigh, for the units of the first pass, then for ``others``; see ``NgramScorer.sums``."""
        return self._ngrams.sums(prepared.folded, prepared.body.start, prepared.body.end)

    def predict(self, prepared: Prepared, ngrams: NgramSums | None = None) -> Floats:
        """Classify the sentences of some documents.

        Args:
            prepared: the documents.
            ngrams: the first of ``ngram_sums``, where they are known already.

        Returns:
            (sentences, 8): calibrated probabilities of the six functions (each row sums to 1), of ``specific``, and of
            ``substantive`` (specific and neither SLOGAN nor OTHER). Those of a document do not depend on the others.
        """
        count = len(prepared.weights)
        if not count:
            return np.zeros((0, len(OUTPUTS)))
        first = self.first_pass(prepared, ngrams)
        context = Context(first_outputs(first), prepared.place, prepared.sentences.first)
        out = np.empty((count, len(OUTPUTS)))
        for group in _grouped(_document_rows(prepared)):
            pairs = self._second_pass(group, first, context, prepared)
            out[group[0].start : group[-1].stop] = pair_outputs(
                softmax((pairs + self._model.pair_bias) / self._model.temperature)
            )
        return out

    def _second_pass(self, group: Sequence[slice], first: Floats, context: Context, prepared: Prepared) -> Floats:
        """The logits of the pairs, without their bias, of neighbouring rows; each slice is multiplied on its own."""
        whole = slice(group[0].start, group[-1].stop)
        look = len(self._look)
        table = np.empty((whole.stop - whole.start, len(self._hidden)))
        table[:, :PAIRS] = own_logs(first[whole])
        context.fill(table[:, PAIRS : table.shape[1] - look], whole)
        table[:, table.shape[1] - look :] = prepared.looks.rows(whole).take(self._look, axis=1)
        np.maximum(table, self._low, out=table)
        np.minimum(table, self._high, out=table)
        own = [slice(rows.start - whole.start, rows.stop - whole.start) for rows in group]
        hidden, pairs = np.empty((len(table), len(self._base))), np.empty((len(table), PAIRS))
        for rows in own:
            product(table[rows], self._hidden, hidden[rows])
        hidden += self._base
        self._rules.add_hidden(hidden, prepared, whole)
        np.maximum(hidden, 0.0, out=hidden)
        for rows in own:
            product(hidden[rows], self._model.pair_weights, pairs[rows])
        return pairs

    def first_pass(self, prepared: Prepared, ngrams: NgramSums | None = None) -> Floats:
        """Return (sentences, 12) uncalibrated first-pass probabilities of the pairs; ``ngrams`` as for ``predict``."""
        ngrams = self.ngram_sums(prepared)[0] if ngrams is None else ngrams
        pairs = np.empty((len(ngrams), PAIRS))
        for rows in _document_rows(prepared):
            units = means(ngrams[rows]) + product(prepared.looks.rows(rows), self._look_first)
            units += self._model.unit_bias
            product(np.maximum(units, 0.0, out=units), self._model.first_weights, pairs[rows])
        pairs += self._model.first_bias
        return softmax(pairs)


def _grouped(rows: Sequence[slice]) -> list[list[slice]]:
    """Neighbouring slices put together, ``_ROWS`` rows or one slice at most."""
    out: list[list[slice]] = []
    for part in rows:
        if out and part.stop - out[-1][0].start <= _ROWS:
            out[-1].append(part)
        else:
            out.append([part])
    return out


def _document_rows(prepared: Prepared) -> list[slice]:
    """Rows of the documents one by one, long ones in parts: a product of matrices may round a row by the number of rows."""
    out = []
    for first, last in zip(prepared.sentences.first[:-1].tolist(), prepared.sentences.first[1:].tolist(), strict=True):
        out += [slice(start, min(start + _ROWS, last)) for start in range(first, last, _ROWS)]
    return out


def pair_outputs(pairs: Floats) -> Floats:
    """(sentences, 12) probabilities of (function, specific) → (sentences, 8) probabilities of ``OUTPUTS``."""
    both = pairs.reshape(-1, N_FUNCTIONS, 2)
    specific = both[:, :, 1]
    total = specific.sum(axis=1)
    out = np.empty((len(pairs), len(OUTPUTS)))
    np.add(both[:, :, 0], specific, out=out[:, :N_FUNCTIONS])
    out[:, N_FUNCTIONS] = total
    out[:, N_FUNCTIONS + 1] = np.minimum(np.maximum(total - specific[:, _IDLE].sum(axis=1), 0.0), 1.0)
    return out


def first_outputs(pairs: Floats) -> Floats:
    """(sentences, 12) probabilities of the pairs → (sentences, 7) of ``FIRST_OUTPUTS``: what the neighbours are told."""
    return np.ascontiguousarray(pair_outputs(pairs)[:, : len(FIRST_OUTPUTS)])


def second_features(first: Floats, prepared: Prepared) -> Floats:
    """Return the second-pass features: own logarithms, ``context_features`` of ``first_outputs``, dense features.

    Args:
        first: (sentences, 12) first-pass probabilities.
        prepared: the documents.
    """
    around = context_features(first_outputs(first), prepared.place, prepared.sentences.first)
    return np.hstack([own_logs(first), around, prepared.dense])


def own_logs(first: Floats) -> Floats:
    """Logarithms of first-pass probabilities, none of them far out."""
    return np.asarray(np.log(np.maximum(first, _LOWEST)))


def softmax(logits: Floats) -> Floats:
    """Row-wise softmax."""
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True))


def sigmoid(logits: Floats) -> Floats:
    """Logistic function without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * logits)))
