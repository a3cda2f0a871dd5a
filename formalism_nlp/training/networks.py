"""Small scikit-learn networks that are trained for a fixed number of epochs."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier


def network(*, units: int, decay: float, rate: float, epochs: int, batch: int, seed: int) -> MLPClassifier:
    """A network of one hidden layer of rectified units, not fitted yet.

    Args:
        units: hidden units.
        decay: scikit-learn's ``alpha`` (L2).
        rate: learning rate at the start.
        epochs: passes over the data, no fewer and no more.
        batch: sentences a step.
        seed: of the first weights and the order of the sentences; makes the fit repeatable.
    """
    return MLPClassifier(
        hidden_layer_sizes=(units,),
        alpha=decay,
        batch_size=batch,
        learning_rate_init=rate,
        max_iter=epochs,
        n_iter_no_change=epochs + 1,
        random_state=seed,
    )


@contextmanager
def fixed_epochs() -> Iterator[None]:
    """Fit networks inside: stopping after a fixed number of epochs is the regularisation chosen, no accident to warn of."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        yield


def fit_averaged(
    fitted: MLPClassifier,
    epochs: Sequence[Any],
    labels: NDArray[np.int64],
    *,
    classes: NDArray[np.int64],
    parts: int,
    averaged: int,
    seed: int,
    weight: NDArray[np.float64] | None = None,
) -> None:
    """Train a network for an epoch on each matrix; it gets the mean of the weights it had behind each of its last parts.

    A network that steps on and on around the best place is nearer to it on average than at its last step, and less sure of itself
    (Polyak and Juditsky 1992; Izmailov et al. 2018, averaging weights leads to wider optima).

    Args:
        fitted: of ``network``, for one epoch; changed.
        epochs: (rows, features) of each epoch.
        labels: (rows,) or (rows, labels).
        classes: all that can come.
        parts: into how many an epoch is cut.
        averaged: how many of the last parts count; 1 for the last weights alone.
        seed: of the order of the rows, another one in each epoch.
        weight: of each row.
    """
    rng, batch = np.random.default_rng(seed), fitted.batch_size
    behind = []
    for matrix in epochs:
        for rows in np.array_split(rng.permutation(len(labels)), parts):
            share = {} if weight is None else {"sample_weight": weight[rows]}
            fitted.set_params(batch_size=min(batch, len(rows)))  # scikit-learn warns of a step larger than the part
            fitted.partial_fit(matrix[rows], labels[rows], classes=classes, **share)
            behind.append([layer.copy() for layer in (*fitted.coefs_, *fitted.intercepts_)])
            del behind[:-averaged]
    mean = [np.mean(layers, axis=0) for layers in zip(*behind, strict=True)]
    fitted.coefs_, fitted.intercepts_ = mean[: len(fitted.coefs_)], mean[len(fitted.coefs_) :]
