"""Networks whose weights are the mean of those behind the last parts of their training."""

from __future__ import annotations

import numpy as np
import pytest

from formalism_nlp.training.networks import fit_averaged, network

ROWS, FEATURES, EPOCHS, PARTS = 90, 7, 3, 2


@pytest.fixture
def problem():
    rng = np.random.default_rng(1)
    matrices = [rng.normal(size=(ROWS, FEATURES)) for _ in range(EPOCHS)]
    return matrices, (matrices[0][:, 0] > 0).astype(np.int64)


def _trained(matrices, labels, averaged, **others):
    fitted = network(units=5, decay=0.01, rate=0.01, epochs=1, batch=16, seed=3)
    fit_averaged(fitted, matrices, labels, classes=np.array([0, 1]), parts=PARTS, averaged=averaged, seed=4, **others)
    return [*fitted.coefs_, *fitted.intercepts_]


def _steps(matrices, labels):
    """The weights behind each part, by scikit-learn alone."""
    plain = network(units=5, decay=0.01, rate=0.01, epochs=1, batch=16, seed=3)
    rng, out = np.random.default_rng(4), []
    for matrix in matrices:
        order = rng.permutation(ROWS)
        for rows in (order[: ROWS // PARTS], order[ROWS // PARTS :]):
            plain.partial_fit(matrix[rows], labels[rows], classes=np.array([0, 1]))
            out.append([layer.copy() for layer in (*plain.coefs_, *plain.intercepts_)])
    return out


@pytest.mark.parametrize("averaged", [1, 2, 4, EPOCHS * PARTS, 99])
def test_weights_are_the_mean_of_the_last_parts(problem, averaged):
    steps = _steps(*problem)[-averaged:]
    for layer, *known in zip(_trained(*problem, averaged), *steps, strict=True):
        assert np.allclose(layer, np.mean(known, axis=0), rtol=0, atol=1e-12)


def test_one_part_is_what_scikit_learn_gives(problem):
    for layer, known in zip(_trained(*problem, 1), _steps(*problem)[-1], strict=True):
        assert np.array_equal(layer, known)


def test_a_row_without_weight_teaches_nothing(problem):
    matrices, labels = problem
    other = labels.copy()
    other[:30] = 1 - other[:30]
    weight = np.r_[np.zeros(30), np.ones(60)]
    same = zip(_trained(matrices, labels, 2, weight=weight), _trained(matrices, other, 2, weight=weight), strict=True)
    assert all(np.array_equal(one, two) for one, two in same)


def test_training_twice_gives_the_same_bytes(problem):
    once, again = _trained(*problem, 3), _trained(*problem, 3)
    assert [layer.tobytes() for layer in once] == [layer.tobytes() for layer in again]
