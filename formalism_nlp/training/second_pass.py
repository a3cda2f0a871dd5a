"""Fit the second pass: small scikit-learn networks over what stands around each sentence, and their temperature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from sklearn.neural_network import MLPClassifier

from formalism_nlp.analysis.classifier import FARTHEST, PAIRS, Floats, softmax
from formalism_nlp.training.first_pass import NEVER
from formalism_nlp.training.networks import fixed_epochs
from formalism_nlp.values.errors import FormalismError

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class SecondSettings:
    """Choices made on train folds and dev. ``decay`` is scikit-learn's ``alpha`` (L2); ``schedule`` are (learning rate, epochs)
    one after the other: the small last steps settle what the large ones left to the order of the sentences; ``networks`` differ
    by their seed, and the mean of their logits counts, so that a figure depends less on chance; ``linear`` leaves the units
    unrectified, which makes the pass linear (the ablation of it).
    """

    hidden: int = 24
    networks: int = 2
    decay: float = 1.0
    schedule: tuple[tuple[float, int], ...] = ((0.002, 6), (0.0005, 2), (0.0001, 1))
    batch: int = 256
    seed: int = 0
    linear: bool = False


@dataclass(frozen=True)
class SecondPass:
    """A fitted second pass: standardisation and the estimators over pairs ``2·function + specific``."""

    mean: Floats
    spread: Floats
    networks: tuple[MLPClassifier, ...]

    def standard(self, rows: Floats) -> Floats:
        """Standardise and clip features."""
        return np.asarray(np.clip((rows - self.mean) / self.spread, -FARTHEST, FARTHEST))

    def logits(self, rows: Floats) -> Floats:
        """(rows, 12) mean log-probabilities of the pairs by scikit-learn; pairs never seen get ``NEVER``."""
        out = np.full((len(rows), PAIRS), NEVER)
        standard = self.standard(rows)
        logs = [np.log(np.maximum(network.predict_proba(standard), 1e-300)) for network in self.networks]
        out[:, self.networks[0].classes_] = np.mean(logs, axis=0)
        return out

    def hidden_layer(self) -> tuple[Floats, Floats]:
        """Weights (features, hidden units of all networks) and bias of rectified units."""
        layers = [_rectified(network) for network in self.networks]
        return np.hstack([weights for weights, _, _ in layers]), np.concatenate([bias for _, bias, _ in layers])

    def pair_layer(self) -> tuple[Floats, Floats]:
        """Output weights (hidden units of all networks, 12) and bias (12,) of the mean, with ``NEVER`` for unseen pairs."""
        seen, count = self.networks[0].classes_, len(self.networks)
        out = np.vstack([_rectified(network)[2] for network in self.networks]) / count
        weights = np.zeros((out.shape[0], PAIRS))
        bias = np.full(PAIRS, NEVER)
        weights[:, seen] = out
        bias[seen] = np.mean([network.intercepts_[1] for network in self.networks], axis=0)
        return weights, bias


def _rectified(network: MLPClassifier) -> tuple[Floats, Floats, Floats]:
    """Weights and bias of the hidden units, and output weights.

    The compiled model knows rectified units only: an unrectified unit x becomes two, as x = relu(x) − relu(−x).
    """
    (weights, out), bias = network.coefs_, network.intercepts_[0]
    if network.activation == "identity":
        return np.hstack([weights, -weights]), np.concatenate([bias, -bias]), np.vstack([out, -out])
    return weights, bias, out


def fit_second(rows: Floats, function: Ints, specific: Ints, share: Floats, settings: SecondSettings) -> SecondPass:
    """Fit on second-pass features of labelled sentences.

    Args:
        rows: (sentences, features).
        function, specific: labels.
        share: weight of each sentence.
        settings: see ``SecondSettings``; the seed makes the fit repeatable.

    Raises:
        FormalismError: F302 when fewer than three different pairs occur.
    """
    pairs = 2 * function + specific
    if len(np.unique(pairs)) < 3:
        raise FormalismError("F302", "", "fewer than three different labels to learn from")
    mean, spread = rows.mean(axis=0), rows.std(axis=0)
    made = SecondPass(mean, np.where(spread > 1e-9, spread, 1.0), tuple(_network(settings) for _ in range(settings.networks)))
    standard = made.standard(rows)
    with fixed_epochs():
        for number, network in enumerate(made.networks):
            for step, (rate, epochs) in enumerate(settings.schedule):
                seed = 100 * number + 10 * settings.seed + step
                network.set_params(learning_rate_init=rate, max_iter=epochs, n_iter_no_change=epochs + 1, random_state=seed)
                network.fit(standard, pairs, sample_weight=share / share.mean())
    return made


def _network(settings: SecondSettings) -> MLPClassifier:
    return MLPClassifier(
        hidden_layer_sizes=(settings.hidden,),
        activation="identity" if settings.linear else "relu",
        alpha=settings.decay,
        batch_size=settings.batch,
        warm_start=True,
    )


def fit_temperature(logits: Floats, function: Ints, specific: Ints, share: Floats) -> float:
    """Temperature that minimises the log loss of held-out pair logits (Guo et al. 2017)."""
    rows = np.arange(len(logits))
    pairs = 2 * function + specific

    def loss(log_t: float) -> float:
        p = softmax(logits / np.exp(log_t))[rows, pairs]
        return float(-(share * np.log(np.maximum(p, 1e-12))).sum())

    return float(np.exp(minimize_scalar(loss, bounds=(-2, 2), method="bounded").x))


def held_out_logits(
    rows: Floats, function: Ints, specific: Ints, share: Floats, folds: Sequence[tuple[Ints, Ints]], settings: SecondSettings
) -> Floats:
    """(rows, 12) logits of each row by a network that never saw its fold."""
    out = np.zeros((len(rows), PAIRS))
    for inside, outside in folds:
        fitted = fit_second(rows[inside], function[inside], specific[inside], share[inside], settings)
        out[outside] = fitted.logits(rows[outside])
    return out
