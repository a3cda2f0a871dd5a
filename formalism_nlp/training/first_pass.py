"""Fit the first pass: a small scikit-learn network over the n-grams and the form of one sentence, some characters of it hidden."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.neural_network import MLPClassifier

from formalism_nlp.analysis.classifier import PAIRS, Floats
from formalism_nlp.training.networks import fit_averaged, network

Ints = NDArray[np.int64]
# Weights of n-grams are whole multiples of this: sums of them in 32 bits are exact, in whatever order, up to 4,096.
GRAIN = 2.0**-12
NEVER = -1000.0  # logit of a pair that no training sentence has: its probability is 0 at any temperature


@dataclass(frozen=True)
class FirstSettings:
    """Choices made by folds of train. ``units``, ``decay`` (L2), ``rate``, ``batch`` and ``seed`` are those of ``network``; ``epochs``
    the passes over the data, in each of which other characters are hidden, ``hidden`` of all (``masking``); the weights are the mean
    of those behind the last ``averaged`` parts, ``parts`` an epoch (``networks.fit_averaged``); ``ngram_scale`` and ``dense_scale``
    multiply n-grams and the other features over their standard deviation: a larger scale is a weaker penalty. With a count, the
    units make sixteen numbers of 32 bits for each n-gram: one line of the processor's cache.
    """

    units: int = 15
    decay: float = 0.01
    rate: float = 0.001
    epochs: int = 8
    hidden: float = 0.2
    parts: int = 4
    averaged: int = 16
    batch: int = 128
    seed: int = 0
    ngram_scale: float = 3.0
    dense_scale: float = 0.9


@dataclass(frozen=True)
class FirstPass:
    """The fitted estimator over pairs ``2·function + specific``."""

    network: MLPClassifier

    def probabilities(self, matrix: Any) -> Floats:
        """(rows, 12) probabilities of the pairs by scikit-learn; 0 for pairs never seen."""
        out = np.zeros((matrix.shape[0], PAIRS))
        out[:, self.network.classes_] = self.network.predict_proba(matrix)
        return out

    def weights(self) -> tuple[Floats, Floats]:
        """Weights (features, units) and bias (units,) of the units."""
        return self.network.coefs_[0], self.network.intercepts_[0]

    def pair_weights(self) -> tuple[Floats, Floats]:
        """Output weights (units, 12) and bias (12,), with ``NEVER`` for unseen pairs."""
        out, bias = self.network.coefs_[1], self.network.intercepts_[1]
        weights, base = np.zeros((len(out), PAIRS)), np.full(PAIRS, NEVER)
        weights[:, self.network.classes_], base[self.network.classes_] = out, bias
        return weights, base


def fit_first(matrices: Sequence[Any], pairs: Ints, share: Floats, ngrams: int, settings: FirstSettings) -> FirstPass:
    """Fit on first-pass features of labelled sentences.

    Args:
        matrices: (sentences, features), scaled, n-grams first; one for each epoch, other characters hidden in each.
        pairs: 2·function + specific.
        share: weight of each sentence.
        ngrams: number of n-gram columns; their weights are rounded to ``GRAIN`` after the fit, for features as they come (unscaled).
        settings: see ``FirstSettings``; the seed makes the fit repeatable.
    """
    s = settings
    fitted = network(units=s.units, decay=s.decay, rate=s.rate, epochs=1, batch=s.batch, seed=s.seed)
    fit_averaged(
        fitted, matrices, pairs,
        classes=np.unique(pairs), parts=s.parts, averaged=s.averaged, seed=s.seed, weight=share / share.mean(),
    )  # fmt: skip
    grain = GRAIN / s.ngram_scale
    fitted.coefs_[0][:ngrams] = np.round(fitted.coefs_[0][:ngrams] / grain) * grain
    return FirstPass(fitted)
