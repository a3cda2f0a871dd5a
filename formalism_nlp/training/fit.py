"""Fit both passes with scikit-learn, calibrate them on held-out folds, and compile them into a Model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from scipy.optimize import minimize_scalar
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from formalism_nlp.analysis.classifier import (
    N_FUNCTIONS,
    OUTPUTS,
    Floats,
    Model,
    second_features,
    sigmoid,
    softmax,
    to_probabilities,
)
from formalism_nlp.analysis.features import dense_names
from formalism_nlp.analysis.matcher import Matcher
from formalism_nlp.training.data import Passage
from formalism_nlp.training.matrix import (
    Example,
    FirstPassColumns,
    Ints,
    choose_characters,
    choose_ngrams,
    training_examples,
)
from formalism_nlp.values.report import FUNCTIONS

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Settings:
    """Choices made on dev; printed in the model card.

    ``first_c`` and ``second_c`` are scikit-learn's inverse regularisation strengths; ``least`` the least number of training
    sentences with an n-gram; ``folds`` the number of document folds for out-of-fold first-pass scores and calibration.
    """

    longest: int = 3
    least: int = 3
    most: int = 12_000
    heading_longest: int = 2
    heading_most: int = 1_500
    heading_scale: float = 0.5
    dense_scale: float = 0.3
    second_dense_scale: float = 0.3
    first_c: float = 8.0
    second_c: float = 0.1
    folds: int = 5


@dataclass(frozen=True)
class Fitted:
    """The scikit-learn estimators of one pass: function (6 classes), specific, substantive."""

    function: LogisticRegression
    specific: LogisticRegression
    substantive: LogisticRegression

    def logits(self, matrix: Any) -> Floats:
        """(rows, 8) decision values in the order of ``OUTPUTS``."""
        return np.column_stack(
            [
                self.function.decision_function(matrix),
                self.specific.decision_function(matrix),
                self.substantive.decision_function(matrix),
            ]
        )

    def weights(self) -> Floats:
        """(features, 8) coefficients."""
        return np.vstack([self.function.coef_, self.specific.coef_, self.substantive.coef_]).T

    def bias(self) -> Floats:
        """(8,) intercepts."""
        return np.concatenate([self.function.intercept_, self.specific.intercept_, self.substantive.intercept_])


@dataclass(frozen=True)
class Training:
    """Result of ``fit``: the compiled model, and the estimators it was compiled from (for the equality test)."""

    model: Model
    columns: FirstPassColumns
    first: Fitted
    second: Fitted
    second_scale: Floats


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
        A Training. The same input gives the same bytes.
    """
    settings = settings or Settings()
    say = progress or (lambda _: None)
    say("features")
    examples = training_examples(passages, matcher)
    columns = _choose_columns(examples, settings)
    target = _Targets.of(examples)
    matrices = [columns.matrix(e.prepared) for e in examples]
    labelled = sp.vstack([m[e.rows] for m, e in zip(matrices, examples, strict=True)], format="csr")
    say(f"first pass: {labelled.shape[0]} sentences, {labelled.shape[1]} features")
    first_scores = _out_of_fold_first(examples, matrices, labelled, target, settings)
    first = _fit_pass(labelled, target, settings.first_c)
    say("second pass")
    second_scale = columns.dense_scale / settings.dense_scale * settings.second_dense_scale
    context = np.vstack([_second_rows(e, p, second_scale) for e, p in zip(examples, first_scores, strict=True)])
    held_out = np.zeros((len(target.function), len(OUTPUTS)))
    for inside, outside in _folds(target, settings.folds):
        held_out[outside] = _fit_pass(context[inside], target.only(inside), settings.second_c).logits(context[outside])
    second = _fit_pass(context, target, settings.second_c)
    temperature, platt = _calibration(held_out, target)
    model = _compile(columns, first, second, second_scale, temperature, platt, matcher)
    return Training(model, columns, first, second, second_scale)


@dataclass(frozen=True)
class _Targets:
    function: Ints
    specific: Ints
    share: Floats
    group: Any

    @classmethod
    def of(cls, examples: Sequence[Example]) -> _Targets:
        return cls(
            np.concatenate([e.function for e in examples]),
            np.concatenate([e.specific for e in examples]),
            np.concatenate([np.full(len(e.rows), e.share) for e in examples]),
            np.concatenate([np.full(len(e.rows), e.group, dtype=object) for e in examples]),
        )

    def only(self, rows: Ints) -> _Targets:
        return _Targets(self.function[rows], self.specific[rows], self.share[rows], self.group[rows])

    @property
    def substantive(self) -> Ints:
        idle = (FUNCTIONS.index("SLOGAN"), FUNCTIONS.index("OTHER"))
        return (self.specific * ~np.isin(self.function, idle)).astype(np.int64)


def _choose_columns(examples: Sequence[Example], settings: Settings) -> FirstPassColumns:
    sentences = sorted({e.prepared.bodies[i] for e in examples for i in e.rows})
    above = sorted({e.prepared.bodies[p.section] for e in examples for p in e.prepared.places if p.section >= 0}
                   | {e.prepared.bodies[p.subsection] for e in examples for p in e.prepared.places if p.subsection >= 0})  # fmt: skip
    characters = choose_characters(sentences)
    dense = np.vstack([e.prepared.dense[e.rows] for e in examples])
    spread = dense.std(axis=0)
    scale = np.where(spread > 0, settings.dense_scale / np.where(spread > 0, spread, 1.0), 0.0)
    return FirstPassColumns(
        characters,
        choose_ngrams(sentences, characters, settings.longest, settings.least, settings.most),
        choose_ngrams(above, characters, settings.heading_longest, 2, settings.heading_most),
        settings.heading_scale,
        scale,
    )


def _fit_pass(matrix: Any, target: _Targets, c: float) -> Fitted:
    def one(labels: Ints) -> LogisticRegression:
        return LogisticRegression(C=c, max_iter=500, tol=1e-4).fit(matrix, labels, sample_weight=target.share)

    return Fitted(one(target.function), one(target.specific), one(target.substantive))


def _folds(target: _Targets, count: int) -> list[tuple[Ints, Ints]]:
    return list(GroupKFold(count).split(target.function, target.function, target.group))


def _out_of_fold_first(
    examples: Sequence[Example], matrices: Sequence[Any], labelled: Any, target: _Targets, settings: Settings
) -> list[Floats]:
    """First-pass probabilities of every sentence of every training document, by models that never saw its group."""
    out: list[Floats | None] = [None] * len(examples)
    for inside, outside in _folds(target, settings.folds):
        fitted = _fit_pass(labelled[inside], target.only(inside), settings.first_c)
        held = set(target.group[outside])
        for number, example in enumerate(examples):
            if example.group in held:
                out[number] = to_probabilities(fitted.logits(matrices[number]))
    return [p for p in out if p is not None]


def _second_rows(example: Example, first: Floats, scale: Floats) -> Floats:
    rows = np.hstack([second_features(first, example.prepared), example.prepared.dense * scale])
    return np.asarray(rows[example.rows])


def _calibration(logits: Floats, target: _Targets) -> tuple[float, Floats]:
    """Temperature and Platt parameters that minimise the log loss of held-out logits."""
    rows = np.arange(len(logits))

    def loss(log_t: float) -> float:
        p = softmax(logits[:, :N_FUNCTIONS] / np.exp(log_t))[rows, target.function]
        return float(-(target.share * np.log(np.maximum(p, 1e-12))).sum())

    temperature = float(np.exp(minimize_scalar(loss, bounds=(-2, 2), method="bounded").x))
    platt = []
    for column, labels in ((N_FUNCTIONS, target.specific), (N_FUNCTIONS + 1, target.substantive)):
        fitted = LogisticRegression(C=1e6).fit(logits[:, [column]], labels, sample_weight=target.share)
        platt.append([float(fitted.coef_[0, 0]), float(fitted.intercept_[0])])
    return temperature, np.array(platt)


def _compile(
    columns: FirstPassColumns,
    first: Fitted,
    second: Fitted,
    second_scale: Floats,
    temperature: float,
    platt: Floats,
    matcher: Matcher,
) -> Model:
    """Fold all scales into the weights, so that scoring multiplies raw features only."""
    weights = first.weights()
    a = len(columns.sentence.keys)
    b = a + len(columns.heading.keys)
    c = b + len(columns.heading.keys)
    context = second.weights()
    size = len(context) - len(second_scale)
    return Model(
        characters=columns.characters,
        lexicon_version=matcher.lexicon.version,
        dense_names=dense_names(matcher.lexicon),
        sentence=columns.sentence,
        heading=columns.heading,
        sentence_weights=weights[:a],
        section_weights=weights[a:b] * columns.heading_scale,
        subsection_weights=weights[b:c] * columns.heading_scale,
        dense_weights=weights[c:] * columns.dense_scale[:, None],
        bias=first.bias(),
        context_weights=context[:size],
        context_dense_weights=context[size:] * second_scale[:, None],
        context_bias=second.bias(),
        temperature=temperature,
        platt=platt,
    )


def compiled_difference(training: Training, example: Example) -> float:
    """Largest difference between compiled and scikit-learn probabilities on one document; 1e-9 is the promise."""
    model = training.model
    first = to_probabilities(training.first.logits(training.columns.matrix(example.prepared)))
    rows = np.hstack([second_features(first, example.prepared), example.prepared.dense * training.second_scale])
    second = training.second.logits(rows)
    functions = softmax(second[:, :N_FUNCTIONS] / model.temperature)
    specific = sigmoid(second[:, N_FUNCTIONS] * model.platt[0, 0] + model.platt[0, 1])
    ours = model.predict(example.prepared)
    return float(max(np.abs(ours[:, :N_FUNCTIONS] - functions).max(), np.abs(ours[:, N_FUNCTIONS] - specific).max()))
