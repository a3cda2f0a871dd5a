"""Fit both passes with scikit-learn, calibrate them on held-out folds, and compile them into a Model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import scipy.sparse as sp
from sklearn.model_selection import GroupKFold
from threadpoolctl import threadpool_limits

from formalism_nlp.analysis.classifier import (
    N_FUNCTIONS,
    Floats,
    Model,
    pair_outputs,
    second_features,
    softmax,
)
from formalism_nlp.analysis.matcher import Matcher
from formalism_nlp.training.augment import Edits
from formalism_nlp.training.data import Passage
from formalism_nlp.training.first_pass import FirstPass, FirstSettings, fit_first
from formalism_nlp.training.masking import masked
from formalism_nlp.training.matrix import (
    Example,
    FirstPassColumns,
    Ints,
    choose_characters,
    choose_ngrams,
    in_first_pass,
    model_names,
    training_examples,
)
from formalism_nlp.training.metrics import best_threshold
from formalism_nlp.training.second_pass import SecondPass, SecondSettings, fit_second, fit_temperature, held_out_logits

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Settings:
    """Choices made by folds of train and on dev; printed in the model card.

    ``least`` is the least number of training sentences with an n-gram; ``folds`` the number of document folds for
    out-of-fold first-pass scores and calibration; ``edits`` what is edited in copies of the training passages, None for no copies.
    """

    longest: int = 3
    least: int = 2
    most: int = 25_000
    folds: int = 5
    edits: Edits | None = field(default_factory=Edits)
    first: FirstSettings = field(default_factory=FirstSettings)
    second: SecondSettings = field(default_factory=SecondSettings)


@dataclass(frozen=True)
class Training:
    """Result of ``fit``: the compiled model, and the estimators it was compiled from (for the equality test)."""

    model: Model
    columns: FirstPassColumns
    first: FirstPass
    second: SecondPass


def fit(
    passages: Sequence[Passage], matcher: Matcher, settings: Settings | None = None, *, progress: Progress | None = None
) -> Training:
    """Fit a model on labelled passages.

    Args:
        passages: of the train split; folds never cut through a ``group``.
        matcher: the compiled lexicon.
        settings: see ``Settings``.
        progress: called with one line a step.

    Returns:
        A Training. The same input gives the same bytes, however many threads there are: a sum cut up among threads would
        round in another way, and the second pass would walk elsewhere.
    """
    with threadpool_limits(limits=1):
        return _fit(passages, matcher, settings or Settings(), progress)


def _fit(passages: Sequence[Passage], matcher: Matcher, settings: Settings, progress: Progress | None) -> Training:
    say = progress or (lambda _: None)
    say("features")
    examples = training_examples(passages, matcher, settings.edits)
    columns = _choose_columns(examples, matcher, settings)
    target = _Targets.of(examples)
    matrices = [columns.matrix(e.prepared) for e in examples]
    labelled = sp.vstack([m[e.rows] for m, e in zip(matrices, examples, strict=True)], format="csr")
    say(f"first pass: {labelled.shape[0]} sentences, {labelled.shape[1]} features")
    epochs = _epochs(examples, labelled, columns, settings.first)
    first_scores = _out_of_fold_first(examples, matrices, epochs, target, columns, settings)
    first = _fit_first(epochs, target, columns, settings)
    say("second pass")
    names = model_names(matcher.lexicon)
    rows = np.vstack([second_features(p, e.prepared)[e.rows] for e, p in zip(examples, first_scores, strict=True)])
    labels = (target.function, target.specific, target.share)
    held_out = held_out_logits(rows, *labels, _folds(target, settings.folds), settings.second)
    second = fit_second(rows, *labels, settings.second)
    model = _compile(columns, first, second, _decision(held_out, target), names, matcher.lexicon.version)
    return Training(model, columns, first, second)


def _decision(held_out: Floats, target: _Targets) -> tuple[float, float]:
    """Temperature and threshold of ``specific`` from held-out logits: those of public documents where there are any.

    The model is meant for real documents, and is surer of invented ones, which are clearer.
    """
    rows = np.flatnonzero(target.public) if target.public.any() else np.arange(len(held_out))
    real, logits = target.only(rows), held_out[rows]
    temperature = fit_temperature(logits, real.function, real.specific, real.share_by_group())
    p_specific = pair_outputs(softmax(logits / temperature))[:, N_FUNCTIONS]
    return temperature, best_threshold(p_specific, real.specific == 1, real.share)


@dataclass(frozen=True)
class _Targets:
    function: Ints
    specific: Ints
    share: Floats
    group: Any
    public: Any

    @classmethod
    def of(cls, examples: Sequence[Example]) -> _Targets:
        return cls(
            np.concatenate([e.function for e in examples]),
            np.concatenate([e.specific for e in examples]),
            np.concatenate([np.full(len(e.rows), e.share) for e in examples]),
            np.concatenate([np.full(len(e.rows), e.group, dtype=object) for e in examples]),
            np.concatenate([np.full(len(e.rows), e.source != "own") for e in examples]),
        )

    def share_by_group(self) -> Floats:
        """Shares that sum to 1 in each group: a few long reports of one kind do not decide how sure the model is of others."""
        _, number = np.unique(self.group.astype(str), return_inverse=True)
        return np.asarray(self.share / np.bincount(number, weights=self.share)[number])

    def only(self, rows: Ints) -> _Targets:
        return _Targets(self.function[rows], self.specific[rows], self.share[rows], self.group[rows], self.public[rows])


def _choose_columns(examples: Sequence[Example], matcher: Matcher, settings: Settings) -> FirstPassColumns:
    sentences = sorted({e.prepared.bodies[i] for e in examples for i in e.rows})
    characters = choose_characters(sentences)
    dense = np.vstack([e.prepared.dense[e.rows] for e in examples])
    spread = dense.std(axis=0)
    used = np.array([in_first_pass(name) for name in model_names(matcher.lexicon)]) & (spread > 0)
    scale = np.where(used, settings.first.dense_scale / np.where(spread > 0, spread, 1.0), 0.0)
    ngrams = choose_ngrams(sentences, characters, settings.longest, settings.least, settings.most)
    return FirstPassColumns(characters, ngrams, settings.first.ngram_scale, scale)


def _epochs(examples: Sequence[Example], labelled: Any, columns: FirstPassColumns, settings: FirstSettings) -> list[Any]:
    """Features of the labelled sentences for each epoch of the first pass, each time with other characters hidden."""
    texts = [example.prepared.bodies[i] for example in examples for i in example.rows]
    dense = labelled[:, len(columns.sentence.keys) :]
    rng = np.random.default_rng(settings.seed)
    return [columns.beside(masked(texts, settings.hidden, rng), dense) for _ in range(settings.epochs)]


def _fit_first(epochs: Sequence[Any], target: _Targets, columns: FirstPassColumns, settings: Settings) -> FirstPass:
    pairs = 2 * target.function + target.specific
    return fit_first(epochs, pairs, target.share, len(columns.sentence.keys), settings.first)


def _folds(target: _Targets, count: int) -> list[tuple[Ints, Ints]]:
    return list(GroupKFold(count).split(target.function, target.function, target.group))


def _out_of_fold_first(
    examples: Sequence[Example],
    matrices: Sequence[Any],
    epochs: Sequence[Any],
    target: _Targets,
    columns: FirstPassColumns,
    settings: Settings,
) -> list[Floats]:
    """First-pass probabilities of every sentence of every training document, by models that never saw its group."""
    out: list[Floats | None] = [None] * len(examples)
    for inside, outside in _folds(target, settings.folds):
        fitted = _fit_first([matrix[inside] for matrix in epochs], target.only(inside), columns, settings)
        held = set(target.group[outside])
        for number, example in enumerate(examples):
            if example.group in held:
                out[number] = fitted.probabilities(matrices[number])
    return [p for p in out if p is not None]


def _compile(
    columns: FirstPassColumns,
    first: FirstPass,
    second: SecondPass,
    decision: tuple[float, float],
    names: tuple[str, ...],
    lexicon_version: str,
) -> Model:
    """Fold the first pass's scales into its weights, so that scoring multiplies raw features only.

    ``decision`` are the temperature and the threshold of ``specific``.
    """
    weights, unit_bias = first.weights()
    first_weights, first_bias = first.pair_weights()
    ngrams = len(columns.sentence.keys)
    hidden_weights, hidden_bias = second.hidden_layer()
    pair_weights, pair_bias = second.pair_layer()
    return Model(
        characters=columns.characters,
        lexicon_version=lexicon_version,
        dense_names=names,
        sentence=columns.sentence,
        sentence_weights=(weights[:ngrams] * columns.ngram_scale).astype(np.float32),
        dense_weights=weights[ngrams:] * columns.dense_scale[:, None],
        unit_bias=unit_bias,
        first_weights=first_weights,
        first_bias=first_bias,
        second_mean=second.mean,
        second_spread=second.spread,
        hidden_weights=hidden_weights,
        hidden_bias=hidden_bias,
        pair_weights=pair_weights,
        pair_bias=pair_bias,
        temperature=decision[0],
        specific_threshold=decision[1],
    )


def compiled_difference(training: Training, example: Example) -> float:
    """Largest difference between compiled and scikit-learn probabilities on one document; 1e-9 is the promise."""
    model = training.model
    first = training.first.probabilities(training.columns.matrix(example.prepared))
    pairs = training.second.logits(second_features(first, example.prepared))
    theirs = pair_outputs(softmax(pairs / model.temperature))
    return float(np.abs(model.predict(example.prepared) - theirs).max())
