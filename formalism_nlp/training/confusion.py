"""What the model takes for what: the confusion matrix that corrects counted shares."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from formalism_nlp import store
from formalism_nlp.analysis.matcher import Matcher
from formalism_nlp.training.data import Split, load_passages
from formalism_nlp.training.judge import judge_model
from formalism_nlp.training.matrix import make_examples
from formalism_nlp.values.report import FUNCTIONS


def labelled_confusion(splits: Sequence[Split] = ("dev",), *, model: str | None = None) -> NDArray[np.float64]:
    """Judge the model on labelled sentences it was not fitted on.

    Args:
        splits: which labelled splits; public passages take part when ``../shared`` is there.
        model: folder; default the shipped one.

    Returns:
        (6, 6) counts of sentences, rows the label, columns the prediction, in the order of ``values.report.FUNCTIONS``.

    Raises:
        FormalismError: F302 the labels cannot be read; F301 the model cannot.
    """
    matcher = Matcher(store.default_lexicon())
    judged = judge_model(
        store.load_model(model or store.model_folder()), make_examples(load_passages(splits), matcher, alone=False)
    )
    out = np.zeros((len(FUNCTIONS), len(FUNCTIONS)))
    np.add.at(out, (judged.function, judged.predicted), 1.0)
    return out
