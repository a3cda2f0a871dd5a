"""Fit the taxonomy model: one logistic regression for all rows (shared and own features), one multinomial for stances.

Both also look at character n-grams of the sentence, those whose presence tells most of any label.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from formalism_nlp.analysis.classifier import NgramTable
from formalism_nlp.analysis.clauses import find_clauses
from formalism_nlp.analysis.cues import CueFinder
from formalism_nlp.analysis.detection import (
    CONTEXT_FEATURES,
    ROW_FEATURES,
    SHARED,
    RowRules,
    context_features,
    detection_features,
    text_features,
)
from formalism_nlp.analysis.ngrams import make_alphabet, ngram_rows
from formalism_nlp.analysis.scorer import Scorer
from formalism_nlp.analysis.stance import STANCE_FEATURES, heading_kinds, mean_of_others, stance_features, title_kinds
from formalism_nlp.analysis.taxonomy import PAIR_FEATURES, TaxonomyModel, pair_features
from formalism_nlp.training.matrix import ngram_matrix
from formalism_nlp.training.stance_corpus import Paragraph
from formalism_nlp.values.report import FUNCTIONS, STANCES
from formalism_nlp.values.taxonomy import CODES, FORMS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class TaxonomySettings:
    """Choices made on dev and by folds of train.

    ``detection_c`` and ``stance_c`` are scikit-learn's inverse regularisation strengths; ``shared_scale``, ``own_scale``,
    ``bias_scale`` and the two scales of n-grams multiply the features all rows share, each row's own, its bias, and the
    n-grams: a larger scale is a weaker penalty. N-grams are up to ``longest`` characters long and stand in at least ``least``
    sentences; the ``ngrams`` most telling ones are kept. ``exhibits`` must be more likely than any other stance by
    ``exhibits_margin`` (a logit): better to overlook than to accuse.
    """

    detection_c: float = 2.0
    stance_c: float = 0.3
    shared_scale: float = 1.5
    own_scale: float = 0.8
    bias_scale: float = 0.7
    ngram_scale: float = 4.0
    stance_ngram_scale: float = 4.0
    longest: int = 2
    least: int = 3
    ngrams: int = 8_000
    exhibits_margin: float = 1.8
    folds: int = 5


@dataclass(frozen=True)
class Measured:
    """Features and labels of labelled sentences.

    ``bodies`` are their normalised texts; ``pairs`` is (sentences, ``FORMS``, ``PAIR_FEATURES``); ``known`` (sentences,
    ``CODES``) tells which rows were labelled, ``spoken`` for which of them a rule hits; ``group`` numbers the text and
    ``paragraph`` the paragraph of each sentence; ``text`` is of ``text_features``.
    """

    bodies: tuple[str, ...]
    detection: Floats
    stance_features: Floats
    pairs: Floats
    present: Bools
    stance: Ints
    known: Bools
    spoken: Bools
    group: Ints
    paragraph: Ints
    text: Floats


def measure(paragraphs: Sequence[Paragraph], scorer: Scorer) -> Measured:
    """Measure labelled sentences as ``taxonomy.TaxonomyJudge`` does; probabilities are those of the scorer's model."""
    rules, finder = RowRules(scorer.lexicon), CueFinder()
    bodies: list[str] = []
    detection, stances, pairs, spoken, around, numbers, last = [], [], [], [], [], [], 0
    for paragraph in paragraphs:
        s = scorer.sentences_of(paragraph.document)
        rows = np.searchsorted([span.start for span in s.spans], paragraph.starts)
        bodies += [s.bodies[row] for row in rows.tolist()]
        hits = rules.count(s.hit_rule, s.hit_sentence, len(s.spans))
        clauses = find_clauses(s.text, s.spans, finder)
        heads = np.minimum(np.vstack([hits.named, np.zeros((1, len(CODES)))]), 1.0)[s.above]
        p_activity = s.probabilities[:, FUNCTIONS.index("ACTIVITY")]
        detection.append(detection_features(clauses, hits, p_activity, s.paragraph, heads).matrix()[rows])
        kinds = heading_kinds(s.above, s.bodies)
        titles = title_kinds(np.zeros(len(s.spans), dtype=np.int64), s.bodies)
        functions = s.probabilities[:, : len(FUNCTIONS)]
        mean = mean_of_others(functions, functions.sum(axis=0, keepdims=True), np.full(len(s.spans), len(s.spans)))
        stances.append(stance_features(clauses, s.probabilities, s.paragraph, kinds, mean, titles)[rows])
        pairs.append(pair_features(hits)[rows])
        spoken.append((hits.named + hits.counted + hits.trace > 0)[rows])
        said = rules.spoken(s.hit_rule, s.hit_sentence, len(s.spans))
        around.append(text_features(said, np.zeros(len(s.spans), dtype=np.int64))[rows])
        numbers.append(s.paragraph[rows] + last)
        last += int(s.paragraph[-1]) + 1
    return Measured(
        bodies=tuple(bodies),
        detection=np.vstack(detection),
        stance_features=np.vstack(stances),
        pairs=np.vstack(pairs),
        present=np.vstack([p.present for p in paragraphs]),
        stance=np.vstack([p.stance for p in paragraphs]),
        known=np.vstack(
            [np.tile(np.arange(len(CODES)) < (len(CODES) if p.remedies else len(FORMS)), (len(p.starts), 1)) for p in paragraphs]
        ),
        spoken=np.vstack(spoken),
        group=np.concatenate([np.full(len(p.starts), i) for i, p in enumerate(paragraphs)]),
        paragraph=np.concatenate(numbers),
        text=np.vstack(around),
    )


def telling_ngrams(measured: Measured, characters: str, settings: TaxonomySettings) -> NgramTable:
    """Choose the n-grams that stand more often or more seldom with some row or stance than chance would have it.

    The measure is the largest |z| over all labels, z = (|observed − expected| − 1/2) / √(expected · (1 − share of the label) ·
    (1 − share of the n-gram)) of the number of sentences with both: the normal form of the hypergeometric test.

    Args:
        measured: training sentences.
        characters: alphabet.
        settings: how many, how long, how frequent.
    """
    row, key = ngram_rows(measured.bodies, make_alphabet(characters), settings.longest)
    key, row = np.unique(np.stack([key, row]), axis=1)
    keys, at, counts = np.unique(key, return_inverse=True, return_counts=True)
    size = len(measured.bodies)
    stands = sp.csr_matrix((np.ones(len(at)), (row, at)), shape=(size, len(keys)))
    labels = np.hstack([measured.present, *((measured.stance == i).any(axis=1)[:, None] for i in range(len(STANCES)))])
    expected = np.outer(counts / size, labels.sum(axis=0))
    spread = np.sqrt(expected * (1 - counts / size)[:, None] * (1 - labels.mean(axis=0)))
    z = (np.abs(stands.T @ labels.astype(np.float64) - expected) - 0.5) / np.maximum(spread, 1e-9)
    best = np.where(counts >= settings.least, z.max(axis=1), -np.inf)
    order = np.lexsort((keys, -best))[: min(settings.ngrams, int((counts >= settings.least).sum()))]
    return NgramTable(np.sort(keys[order]), settings.longest)


def fit_taxonomy(
    measured: Measured, names: tuple[str, ...], row_of: dict[str, str], characters: str, settings: TaxonomySettings
) -> TaxonomyModel:
    """Fit both models.

    Args:
        measured: training sentences.
        names: detection features (``RowRules.names``).
        row_of: rule feature → row.
        characters: alphabet of the n-grams: that of the model which looks them up together with its own.
        settings: see ``TaxonomySettings``.

    Returns:
        A model. Its thresholds are those with the best F1 of all forms (of all remedies that a rule speaks for) on folds of
        whole texts. Same input, same weights.
    """
    table = telling_ngrams(measured, characters, settings)
    ngrams = ngram_matrix(table, measured.bodies, characters)
    design = _Design(names, row_of, settings)
    weights, row_weights, bias = design.fit(measured.detection, ngrams, measured.present, measured.known)
    held_out = np.zeros(measured.present.shape)
    for inside, outside in GroupKFold(settings.folds).split(measured.group, groups=measured.group):
        w, v, b = design.fit(measured.detection[inside], ngrams[inside], measured.present[inside], measured.known[inside])
        held_out[outside] = measured.detection[outside] @ w + ngrams[outside] @ v + b
    around = context_features(held_out, measured.paragraph, measured.text)
    context, context_bias = np.zeros((len(CONTEXT_FEATURES), 2)), np.zeros(2)
    threshold, alone = np.zeros(len(CODES)), np.full(len(CODES), _NEVER)
    for kind, part in enumerate((slice(0, len(FORMS)), slice(len(FORMS), len(CODES)))):
        known = measured.known[:, part]
        matrix, labels = around[:, part][known], measured.present[:, part][known]
        second = LogisticRegression(C=1.0, max_iter=1000).fit(matrix, labels)
        context[:, kind], context_bias[kind] = second.coef_[0], second.intercept_[0]
        logits, spoken = second.decision_function(matrix), measured.spoken[:, part][known]
        if kind == 0:
            threshold[part] = alone[part] = _best_threshold(logits, labels)
        else:
            threshold[part] = _best_threshold(logits[spoken], labels[spoken])
    stance, stance_ngrams, stance_bias, pair = _fit_stance(measured, ngrams, settings)
    stance_bias[STANCES.index("exhibits")] -= settings.exhibits_margin
    return TaxonomyModel(
        characters=characters,
        ngrams=table,
        ngram_rows=row_weights,
        ngram_stances=stance_ngrams,
        detection_names=names,
        detection=weights,
        detection_bias=bias,
        context=context,
        context_bias=context_bias,
        threshold=threshold,
        threshold_alone=alone,
        stance_names=STANCE_FEATURES,
        stance=stance,
        stance_bias=stance_bias,
        pair=pair,
    )


class _Design:
    """The stacked problem: a row a (sentence, row of the taxonomy); shared columns, then two blocks of own columns a row."""

    def __init__(self, names: tuple[str, ...], row_of: dict[str, str], settings: TaxonomySettings) -> None:
        at = {name: i for i, name in enumerate(names)}
        rules = {code: [at[name] for name, row in row_of.items() if row == code] for code in CODES}
        self._shared = [np.array([at[f"{name}:{code}"] for name in SHARED]) for code in CODES]
        self._own = [np.array(rules[code] + [at[name] for name in ROW_FEATURES[code]]) for code in CODES]
        self._size = len(names)
        self._settings = settings

    def fit(self, features: Floats, ngrams: Any, present: Bools, known: Bools) -> tuple[Floats, Floats, Floats]:
        """Return weights (features, ``CODES``) and (n-grams, ``CODES``), and bias; only ``known`` labels count."""
        s = self._settings
        shared = sp.vstack([sp.csr_matrix(features[:, columns] * s.shared_scale) for columns in self._shared])
        ones = np.full((len(features), 1), s.bias_scale)
        own = sp.block_diag([sp.csr_matrix(np.hstack([features[:, columns] * s.own_scale, ones])) for columns in self._own])
        words = sp.block_diag([ngrams * s.ngram_scale] * len(CODES))
        matrix = sp.hstack([shared, own, words], format="csr")
        fitted = LogisticRegression(C=s.detection_c, max_iter=3000, tol=1e-4).fit(matrix[known.T.ravel()], present.T[known.T])
        coefficients = fitted.coef_[0]
        weights, bias = np.zeros((self._size, len(CODES))), np.zeros(len(CODES))
        begin = len(SHARED)
        for code, (columns, own_columns) in enumerate(zip(self._shared, self._own, strict=True)):
            weights[columns, code] += coefficients[: len(SHARED)] * s.shared_scale
            weights[own_columns, code] += coefficients[begin : begin + len(own_columns)] * s.own_scale
            bias[code] = coefficients[begin + len(own_columns)] * s.bias_scale + fitted.intercept_[0]
            begin += len(own_columns) + 1
        return weights, coefficients[begin:].reshape(len(CODES), -1).T * s.ngram_scale, bias


_NEVER = 99.0  # a logit no sentence reaches


def _best_threshold(logits: Floats, present: Bools) -> float:
    """The logit over which F1 of ``present`` is highest."""
    order = np.argsort(-logits, kind="stable")
    right = np.cumsum(present[order])
    f1 = 2.0 * right / (np.arange(1, len(right) + 1) + present.sum())
    best = int(f1.argmax())
    values = logits[order]
    return float((values[best] + values[min(best + 1, len(values) - 1)]) / 2.0)


def _fit_stance(measured: Measured, ngrams: Any, settings: TaxonomySettings) -> tuple[Floats, Floats, Floats, Floats]:
    """Weights of features, n-grams and bias, and of ``PAIR_FEATURES``, each for ``STANCES``; every labelled (sentence, form) counts."""
    row, form = np.nonzero(measured.stance >= 0)
    named = sp.csr_matrix(np.hstack([measured.stance_features[row], measured.pairs[row, form]]))
    matrix = sp.hstack([named, ngrams[row] * settings.stance_ngram_scale], format="csr")
    fitted = LogisticRegression(C=settings.stance_c, max_iter=3000, tol=1e-5).fit(matrix, measured.stance[row, form])
    assert fitted.classes_.tolist() == list(range(len(STANCES)))
    own, pair, words = np.split(fitted.coef_.T, [len(STANCE_FEATURES), len(STANCE_FEATURES) + len(PAIR_FEATURES)])
    return own, words * settings.stance_ngram_scale, fitted.intercept_, pair
