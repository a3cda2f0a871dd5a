"""Apply a model or a baseline to labelled examples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from formalism_nlp.analysis.classifier import N_FUNCTIONS, Floats, Model, pair_outputs
from formalism_nlp.training.baselines import Baseline
from formalism_nlp.training.matrix import Example
from formalism_nlp.training.metrics import Judged
from formalism_nlp.values.report import FUNCTIONS


def judge_model(model: Model, examples: Sequence[Example]) -> Judged:
    """Predictions of the compiled model for the labelled rows of each example."""
    outputs = [model.predict(e.prepared)[e.rows] for e in examples]
    return _judged(examples, outputs, model.specific_threshold)


def judge_first_pass(model: Model, examples: Sequence[Example]) -> Judged:
    """Predictions of the first pass alone, as it comes: neither context nor calibration."""
    return _judged(examples, [pair_outputs(model.first_pass(e.prepared)[e.rows]) for e in examples])


def judge_baseline(baseline: Baseline, examples: Sequence[Example]) -> Judged:
    """Predictions of a baseline for the same rows."""
    return _judged(examples, [independent(*baseline(e)) for e in examples])


def independent(p_function: Floats, p_specific: Floats) -> Floats:
    """(n, 6) and (n,) → (n, 8): the conjunction as a product, for what gives no joint distribution."""
    idle = p_function[:, [FUNCTIONS.index("SLOGAN"), FUNCTIONS.index("OTHER")]].sum(axis=1)
    return np.column_stack([p_function, p_specific, p_specific * (1.0 - idle)])


def _judged(examples: Sequence[Example], outputs: Sequence[Floats], threshold: float = 0.5) -> Judged:
    table = np.vstack(outputs)
    return Judged(
        function=np.concatenate([e.function for e in examples]),
        specific=np.concatenate([e.specific for e in examples]),
        p_function=table[:, :N_FUNCTIONS],
        p_specific=table[:, N_FUNCTIONS],
        p_substantive=table[:, N_FUNCTIONS + 1],
        says_specific=table[:, N_FUNCTIONS] > threshold,
        document=np.concatenate([np.full(len(e.rows), e.doc_id, dtype=object) for e in examples]).astype(str),
        own=np.concatenate([np.full(len(e.rows), e.source == "own") for e in examples]),
        weight=np.concatenate([e.prepared.weights[e.rows] for e in examples]).astype(np.float64),
    )
