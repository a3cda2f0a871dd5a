"""What the model must beat, fitted and judged in the same run: majority, sentence-only n-grams, a phrase-list rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from formalism_nlp.analysis.features import Prepared
from formalism_nlp.training.matrix import Example
from formalism_nlp.values.lexicon import Lexicon
from formalism_nlp.values.report import FUNCTIONS

Floats = NDArray[np.float64]
Baseline = Callable[[Example], tuple[Floats, Floats]]


def majority(train: Sequence[Example]) -> Baseline:
    """Always the shares of the training labels."""
    function = np.concatenate([e.function for e in train])
    shares = np.bincount(function, minlength=len(FUNCTIONS)) / len(function)
    specific = float(np.concatenate([e.specific for e in train]).mean())
    return lambda example: (np.tile(shares, (len(example.rows), 1)), np.full(len(example.rows), specific))


def sentence_ngrams(train: Sequence[Example]) -> Baseline:
    """Character 1–3-gram TF-IDF with logistic regression on the sentence alone."""
    texts = [e.prepared.bodies[i] for e in train for i in e.rows]
    vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=2, sublinear_tf=True)
    matrix = vectorizer.fit_transform(texts)
    function = LogisticRegression(C=10.0, max_iter=500).fit(matrix, np.concatenate([e.function for e in train]))
    specific = LogisticRegression(C=10.0, max_iter=500).fit(matrix, np.concatenate([e.specific for e in train]))

    def judge(example: Example) -> tuple[Floats, Floats]:
        rows = vectorizer.transform([example.prepared.bodies[i] for i in example.rows])
        return function.predict_proba(rows), specific.predict_proba(rows)[:, 1]

    return judge


def phrase_list(lexicon: Lexicon) -> Baseline:
    """Word counting with our own lexicon: the label whose signals hit most; specific when the sentence holds a digit.

    Slogan and doctrine hits speak for SLOGAN, trace for ACTIVITY, substance for RESULT, modality rules by the names they carry
    (future and obligation for PLAN, deficit for PROBLEM); no hit at all is OTHER.
    """
    votes = np.zeros((len(lexicon.rules), len(FUNCTIONS)))
    for number, rule in enumerate(lexicon.rules):
        label = _spoken_for(rule.signal, rule.name)
        if label:
            votes[number, FUNCTIONS.index(label)] = 1.0

    def judge(example: Example) -> tuple[Floats, Floats]:
        counts = _rule_counts(example.prepared, len(lexicon.rules))[example.rows] @ votes
        counts[:, FUNCTIONS.index("OTHER")] += 0.5
        sure = np.zeros_like(counts)
        sure[np.arange(len(counts)), counts.argmax(axis=1)] = 1.0
        digits = [any(c.isdigit() for c in example.prepared.bodies[i]) for i in example.rows]
        return sure, np.array(digits, dtype=np.float64)

    return judge


def _spoken_for(signal: str, name: str) -> str:
    by_signal = {"slogan": "SLOGAN", "doctrine": "SLOGAN", "trace": "ACTIVITY", "substance": "RESULT"}
    if signal in by_signal:
        return by_signal[signal]
    if signal == "modality":
        if any(word in name for word in ("future", "plan", "obligation", "requirement")):
            return "PLAN"
        if any(word in name for word in ("deficit", "problem")):
            return "PROBLEM"
    return ""


def _rule_counts(prepared: Prepared, rules: int) -> Floats:
    counts = np.zeros((len(prepared.spans), rules))
    if prepared.hits:
        np.add.at(counts, (prepared.hit_sentence, np.array([hit.rule for hit in prepared.hits])), 1.0)
    return counts
