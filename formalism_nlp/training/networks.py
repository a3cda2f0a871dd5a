"""Small scikit-learn networks that are trained for a fixed number of epochs."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

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
