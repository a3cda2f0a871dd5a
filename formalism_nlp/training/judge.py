"""Apply a model or a baseline to labelled examples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from formalism_nlp.analysis.classifier import N_FUNCTIONS, Model
from formalism_nlp.training.baselines import Baseline
from formalism_nlp.training.matrix import Example
from formalism_nlp.training.metrics import Judged


def judge_model(model: Model, examples: Sequence[Example]) -> Judged:
    """Predictions of the compiled model for the labelled rows of each example."""
    outputs = [model.predict(e.prepared)[e.rows] for e in examples]
    return _judged(examples, [o[:, :N_FUNCTIONS] for o in outputs], [o[:, N_FUNCTIONS] for o in outputs])


def judge_baseline(baseline: Baseline, examples: Sequence[Example]) -> Judged:
    """Predictions of a baseline for the same rows."""
    outputs = [baseline(e) for e in examples]
    return _judged(examples, [o[0] for o in outputs], [o[1] for o in outputs])


def _judged(examples: Sequence[Example], p_function: list[np.ndarray], p_specific: list[np.ndarray]) -> Judged:
    return Judged(
        function=np.concatenate([e.function for e in examples]),
        specific=np.concatenate([e.specific for e in examples]),
        p_function=np.vstack(p_function),
        p_specific=np.concatenate(p_specific),
        document=np.concatenate([np.full(len(e.rows), e.doc_id, dtype=object) for e in examples]).astype(str),
        own=np.concatenate([np.full(len(e.rows), e.source == "own") for e in examples]),
        weight=np.concatenate([e.prepared.weights[e.rows] for e in examples]).astype(np.float64),
    )
