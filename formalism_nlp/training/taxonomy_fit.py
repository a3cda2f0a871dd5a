"""Fit the taxonomy model: one logistic regression for all rows (shared and own features), one multinomial for stances."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from formalism_nlp.analysis.clauses import find_clauses
from formalism_nlp.analysis.cues import CueFinder
from formalism_nlp.analysis.detection import (
    CONTEXT_FEATURES,
    ROW_FEATURES,
    SHARED,
    WORD,
    RowRules,
    context_features,
    detection_features,
    text_features,
)
from formalism_nlp.analysis.normal import normalise
from formalism_nlp.analysis.scorer import Scorer
from formalism_nlp.analysis.stance import STANCE_FEATURES, heading_kinds, mean_of_others, stance_features, title_kinds
from formalism_nlp.analysis.taxonomy import PAIR_FEATURES, TaxonomyModel, pair_features
from formalism_nlp.training.stance_corpus import Paragraph
from formalism_nlp.values.report import FUNCTIONS, STANCES
from formalism_nlp.values.taxonomy import CODES, FORMS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class TaxonomySettings:
    """Choices made on dev and by folds of train.

    ``detection_c`` and ``stance_c`` are scikit-learn's inverse regularisation strengths; ``shared_scale``,
    ``own_scale`` and ``bias_scale`` multiply the features all rows share, each row's own and its bias: a larger scale is a weaker
    penalty; ``word_scale`` multiplies
    the learnt words, which stand in at least ``word_sentences`` sentences; those under ``least_word`` for every row are dropped;
    ``alone_precision`` is asked of forms that no rule speaks for; ``exhibits`` must be more likely than any other stance
    by ``exhibits_margin`` (a logit): better to overlook than to accuse.
    """

    detection_c: float = 2.0
    stance_c: float = 0.3
    shared_scale: float = 1.5
    own_scale: float = 0.8
    bias_scale: float = 0.7
    word_scale: float = 2.0
    word_sentences: int = 6
    least_word: float = 0.15
    alone_precision: float = 0.55
    exhibits_margin: float = 1.5
    folds: int = 5


@dataclass(frozen=True)
class Measured:
    """Features and labels of labelled sentences.

    ``pairs`` is (sentences, ``FORMS``, ``PAIR_FEATURES``); ``known`` (sentences, ``CODES``) tells which rows were labelled, ``spoken`` for which of them
    a rule hits; ``group`` numbers the text and ``paragraph`` the paragraph of each sentence; ``text`` is of ``text_features``.
    """

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


_HAN = re.compile(r"[一-鿿]{2,}")


def learn_words(paragraphs: Sequence[Paragraph], least: int) -> tuple[str, ...]:
    """Choose two- and three-character strings that stand in at least ``least`` sentences with a row, in code-point order."""
    counts: Counter[str] = Counter()
    for paragraph in paragraphs:
        text = normalise(paragraph.document.text)
        edges = [*paragraph.starts.tolist(), len(text)]
        for present, (start, end) in zip(paragraph.present, pairwise(edges), strict=True):
            if not present.any():
                continue
            runs = [run[0] for run in _HAN.finditer(text, start, end)]
            counts.update({run[i : i + n] for run in runs for n in (2, 3) for i in range(len(run) - n + 1)})
    return tuple(sorted(word for word, count in counts.items() if count >= least))


def measure(paragraphs: Sequence[Paragraph], scorer: Scorer, learnt: Sequence[str] = ()) -> Measured:
    """Measure labelled sentences as ``taxonomy.TaxonomyJudge`` does; probabilities are those of the scorer's model."""
    rules, finder = RowRules(scorer.lexicon, learnt), CueFinder(learnt)
    detection, stances, pairs, spoken, around, numbers, last = [], [], [], [], [], [], 0
    for paragraph in paragraphs:
        s = scorer.sentences_of(paragraph.document)
        rows = np.searchsorted([span.start for span in s.spans], paragraph.starts)
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


def fit_taxonomy(measured: Measured, names: tuple[str, ...], row_of: dict[str, str], settings: TaxonomySettings) -> TaxonomyModel:
    """Fit both models.

    Args:
        measured: training sentences.
        names: detection features (``RowRules.names``).
        row_of: rule feature → row.
        settings: see ``TaxonomySettings``.

    Returns:
        A model; learnt words whose weight is small for every row are left out; thresholds are chosen on folds
        of whole texts: where a rule hits, the one with the best F1 of forms (of remedies); for forms without a hit, the lowest
        with ``alone_precision``. Same input, same weights.
    """
    design = _Design(names, row_of, settings)
    weights, bias = design.fit(measured.detection, measured.present, measured.known)
    kept = np.array(
        [not name.startswith(WORD) or np.abs(weights[i]).max() >= settings.least_word for i, name in enumerate(names)]
    )
    held_out = np.zeros(measured.present.shape)
    for inside, outside in GroupKFold(settings.folds).split(measured.group, groups=measured.group):
        w, b = design.fit(measured.detection[inside], measured.present[inside], measured.known[inside])
        held_out[outside] = measured.detection[outside] @ w + b
    around = context_features(held_out, measured.paragraph, measured.text)
    context, context_bias = np.zeros((len(CONTEXT_FEATURES), 2)), np.zeros(2)
    threshold, alone = np.zeros(len(CODES)), np.full(len(CODES), _NEVER)
    for kind, part in enumerate((slice(0, len(FORMS)), slice(len(FORMS), len(CODES)))):
        known = measured.known[:, part]
        matrix, labels = around[:, part][known], measured.present[:, part][known]
        second = LogisticRegression(C=1.0, max_iter=1000).fit(matrix, labels)
        context[:, kind], context_bias[kind] = second.coef_[0], second.intercept_[0]
        logits, spoken = second.decision_function(matrix), measured.spoken[:, part][known]
        threshold[part] = _best_threshold(logits[spoken], labels[spoken])
        if kind == 0:
            alone[part] = _precise_threshold(logits[~spoken], labels[~spoken], settings.alone_precision)
    stance, stance_bias, pair = _fit_stance(measured, settings.stance_c)
    stance_bias[STANCES.index("exhibits")] -= settings.exhibits_margin
    names = tuple(name for name, keep in zip(names, kept.tolist(), strict=True) if keep)
    return TaxonomyModel(
        names, weights[kept], bias, context, context_bias, threshold, alone, STANCE_FEATURES, stance, stance_bias, pair
    )


class _Design:
    """The stacked problem: a row a (sentence, row of the taxonomy); shared columns, then a block of own columns a row."""

    def __init__(self, names: tuple[str, ...], row_of: dict[str, str], settings: TaxonomySettings) -> None:
        at = {name: i for i, name in enumerate(names)}
        rules = {code: [at[name] for name, row in row_of.items() if row == code] for code in CODES}
        self._shared = [np.array([at[f"{name}:{code}"] for name in SHARED]) for code in CODES]
        self._own = [np.array(rules[code] + [at[name] for name in ROW_FEATURES[code]]) for code in CODES]
        self._words = np.array([i for name, i in at.items() if name.startswith(WORD)], dtype=np.int64)
        self._size = len(names)
        self._settings = settings

    def fit(self, features: Floats, present: Bools, known: Bools) -> tuple[Floats, Floats]:
        """Return weights (features, ``CODES``) and bias (``CODES``) for raw features; only ``known`` labels count."""
        s = self._settings
        shared = sp.vstack([sp.csr_matrix(features[:, columns] * s.shared_scale) for columns in self._shared])
        ones = np.full((len(features), 1), s.bias_scale)
        own = sp.block_diag([sp.csr_matrix(np.hstack([features[:, columns] * s.own_scale, ones])) for columns in self._own])
        words = sp.block_diag([sp.csr_matrix(features[:, self._words] * s.word_scale)] * len(CODES))
        matrix = sp.hstack([shared, own, words], format="csr")
        fitted = LogisticRegression(C=s.detection_c, max_iter=3000, tol=1e-5).fit(matrix[known.T.ravel()], present.T[known.T])
        coefficients = fitted.coef_[0]
        weights, bias = np.zeros((self._size, len(CODES))), np.zeros(len(CODES))
        begin = len(SHARED)
        for code, (columns, own_columns) in enumerate(zip(self._shared, self._own, strict=True)):
            weights[columns, code] += coefficients[: len(SHARED)] * s.shared_scale
            weights[own_columns, code] += coefficients[begin : begin + len(own_columns)] * s.own_scale
            bias[code] = coefficients[begin + len(own_columns)] * s.bias_scale + fitted.intercept_[0]
            begin += len(own_columns) + 1
        weights[self._words] = coefficients[begin:].reshape(len(CODES), len(self._words)).T * s.word_scale
        return weights, bias


_NEVER = 99.0  # a logit no sentence reaches


def _precise_threshold(logits: Floats, present: Bools, precision: float) -> float:
    """The lowest logit over which at least ``precision`` of all are right; ``_NEVER`` when there is none."""
    order = np.argsort(-logits, kind="stable")
    enough = np.flatnonzero(np.cumsum(present[order]) >= precision * np.arange(1, len(order) + 1))
    if not len(enough):
        return _NEVER
    last = int(enough[-1])
    values = logits[order]
    return float((values[last] + values[min(last + 1, len(values) - 1)]) / 2.0)


def _best_threshold(logits: Floats, present: Bools) -> float:
    """The logit over which F1 of ``present`` is highest."""
    order = np.argsort(-logits, kind="stable")
    right = np.cumsum(present[order])
    f1 = 2.0 * right / (np.arange(1, len(right) + 1) + present.sum())
    best = int(f1.argmax())
    values = logits[order]
    return float((values[best] + values[min(best + 1, len(values) - 1)]) / 2.0)


def _fit_stance(measured: Measured, c: float) -> tuple[Floats, Floats, Floats]:
    """Weights (features, ``STANCES``), bias, and weights (``PAIR_FEATURES``, ``STANCES``), from every labelled (sentence, form)."""
    row, form = np.nonzero(measured.stance >= 0)
    matrix = np.hstack([measured.stance_features[row], measured.pairs[row, form]])
    fitted = LogisticRegression(C=c, max_iter=3000, tol=1e-5).fit(matrix, measured.stance[row, form])
    assert fitted.classes_.tolist() == list(range(len(STANCES)))
    weights = fitted.coef_.T
    return weights[: -len(PAIR_FEATURES)], fitted.intercept_, weights[-len(PAIR_FEATURES) :]
