"""Fit the taxonomy model: a small network for the forms, a logistic model for each remedy, a multinomial one for stances.

All look at character n-grams of the sentence, those whose presence tells most of any label, and at named features.
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
from sklearn.neural_network import MLPClassifier

from formalism_nlp.analysis.classifier import NgramTable
from formalism_nlp.analysis.clauses import find_clauses
from formalism_nlp.analysis.cues import CueFinder
from formalism_nlp.analysis.detection import (
    CONTEXT_FEATURES,
    RowRules,
    context_features,
    detection_features,
    text_features,
)
from formalism_nlp.analysis.ngrams import make_alphabet, ngram_rows
from formalism_nlp.analysis.scorer import Scorer
from formalism_nlp.analysis.stance import STANCE_FEATURES, heading_kinds, mean_of_others, stance_features, title_kinds
from formalism_nlp.analysis.taxonomy import pair_features
from formalism_nlp.analysis.taxonomy_model import PAIR_FEATURES, TaxonomyModel
from formalism_nlp.training.masking import masked
from formalism_nlp.training.matrix import ngram_matrix
from formalism_nlp.training.metrics import best_threshold
from formalism_nlp.training.networks import fit_averaged, network
from formalism_nlp.training.stance_corpus import Paragraph
from formalism_nlp.values.report import FUNCTIONS, STANCES
from formalism_nlp.values.taxonomy import CODES, FORMS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class TaxonomySettings:
    """Choices made by folds of train.

    N-grams are up to ``longest`` characters long and stand in at least ``least`` sentences; the ``ngrams`` most telling ones are
    kept. ``ngram_scale`` multiplies them, ``named_scale`` the named features over their standard deviation (but not over less than
    1/``rarest``): a larger scale is a weaker penalty. ``units``, ``decay`` (L2), ``rate``, ``epochs``, ``batch`` and ``seed`` are those of
    the network, ``hidden`` the share of characters hidden from it, others in each epoch (``masking``), and its weights the mean of those
    behind the last ``averaged`` parts, ``parts`` an epoch; ``remedy_c`` and ``stance_c`` are scikit-learn's inverse regularisation
    strengths. ``exhibits`` must be more likely than any other stance by ``exhibits_margin`` (a logit): better to overlook than to accuse.
    """

    units: int = 32
    decay: float = 0.01
    rate: float = 0.001
    epochs: int = 10
    hidden: float = 0.15
    parts: int = 2
    averaged: int = 8
    batch: int = 64
    seed: int = 0
    remedy_c: float = 1.0
    stance_c: float = 0.3
    ngram_scale: float = 4.0
    named_scale: float = 0.3
    rarest: float = 6.0
    longest: int = 2
    least: int = 3
    ngrams: int = 8_000
    exhibits_margin: float = 1.8
    folds: int = 5


@dataclass(frozen=True)
class Measured:
    """Features and labels of labelled sentences.

    ``bodies`` are their normalised texts; ``pairs`` is (sentences, ``FORMS``, ``PAIR_FEATURES``); ``known`` (sentences,
    ``CODES``) tells which rows were labelled; ``group`` numbers the text and
    ``paragraph`` the paragraph of each sentence; ``text`` is of ``text_features``.
    """

    bodies: tuple[str, ...]
    detection: Floats
    stance_features: Floats
    pairs: Floats
    present: Bools
    stance: Ints
    known: Bools
    group: Ints
    paragraph: Ints
    text: Floats


def measure(paragraphs: Sequence[Paragraph], scorer: Scorer) -> Measured:
    """Measure labelled sentences as ``taxonomy.TaxonomyJudge`` does; probabilities are those of the scorer's model."""
    rules, finder = RowRules(scorer.lexicon), CueFinder()
    bodies: list[str] = []
    detection, stances, pairs, around, numbers, last = [], [], [], [], [], 0
    for paragraph in paragraphs:
        s = scorer.sentences_of(paragraph.document)
        rows = np.searchsorted([span.start for span in s.spans], paragraph.starts)
        bodies += [s.bodies[row] for row in rows.tolist()]
        hits = rules.count(s.hit_rule, s.hit_sentence, len(s.spans))
        clauses = find_clauses(s.text, s.spans, finder)
        detection.append(detection_features(clauses, hits, s.probabilities)[rows])
        kinds = heading_kinds(s.above, s.bodies)
        titles = title_kinds(np.zeros(len(s.spans), dtype=np.int64), s.bodies)
        functions = s.probabilities[:, : len(FUNCTIONS)]
        mean = mean_of_others(functions, functions.sum(axis=0, keepdims=True), np.full(len(s.spans), len(s.spans)))
        stances.append(stance_features(clauses, s.probabilities, s.paragraph, kinds, mean, titles)[rows])
        pairs.append(pair_features(hits)[rows])
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


def fit_taxonomy(measured: Measured, names: tuple[str, ...], characters: str, settings: TaxonomySettings) -> TaxonomyModel:
    """Fit both models.

    Args:
        measured: training sentences.
        names: named features (``RowRules.names``).
        characters: alphabet of the n-grams: that of the model which looks them up together with its own.
        settings: see ``TaxonomySettings``.

    Returns:
        A model. Its second pass and its two thresholds (best F1 of all forms, of all remedies) are fitted on logits of folds of
        whole texts by first passes that never saw them. Same input, same weights.
    """
    table = telling_ngrams(measured, characters, settings)
    ngrams = ngram_matrix(table, measured.bodies, characters)
    spread = measured.detection.std(axis=0)
    scale = np.where(spread > 0, settings.named_scale * np.minimum(1.0 / np.maximum(spread, 1e-9), settings.rarest), 0.0)
    named = sp.csr_matrix(measured.detection * scale)
    rng = np.random.default_rng(settings.seed)
    unseen = (masked(measured.bodies, settings.hidden, rng) for _ in range(settings.epochs))
    tables = [ngrams, *(ngram_matrix(table, texts, characters) for texts in unseen)]
    matrix, *epochs = (sp.hstack([seen * settings.ngram_scale, named], format="csr") for seen in tables)
    first = _fit_first(matrix, epochs, measured, np.arange(matrix.shape[0]), settings)
    held_out = np.zeros(measured.present.shape)
    for inside, outside in GroupKFold(settings.folds).split(measured.group, groups=measured.group):
        held_out[outside] = _fit_first(matrix, epochs, measured, inside, settings).logits(matrix[outside])
    around = context_features(held_out, measured.paragraph, measured.text)
    context, context_bias, threshold = np.zeros((len(CONTEXT_FEATURES), 2)), np.zeros(2), np.zeros(len(CODES))
    for kind, part in enumerate((slice(0, len(FORMS)), slice(len(FORMS), len(CODES)))):
        known = measured.known[:, part]
        rows, labels = around[:, part][known], measured.present[:, part][known]
        second = LogisticRegression(C=1.0, max_iter=1000).fit(rows, labels)
        context[:, kind], context_bias[kind] = second.coef_[0], second.intercept_[0]
        threshold[part] = best_threshold(second.decision_function(rows), labels)
    stance, stance_ngrams, stance_bias, pair = _fit_stance(measured, ngrams, settings)
    stance_bias[STANCES.index("exhibits")] -= settings.exhibits_margin
    inputs, bias, forms, forms_bias = first.weights()
    return TaxonomyModel(
        characters=characters,
        ngrams=table,
        names=names,
        ngram_inputs=inputs[: len(table.keys)] * settings.ngram_scale,
        named_inputs=inputs[len(table.keys) :] * scale[:, None],
        input_bias=bias,
        forms=forms,
        forms_bias=forms_bias,
        context=context,
        context_bias=context_bias,
        threshold=threshold,
        ngram_stances=stance_ngrams,
        stance_names=STANCE_FEATURES,
        stance=stance,
        stance_bias=stance_bias,
        pair=pair,
    )


@dataclass(frozen=True)
class _First:
    """The scikit-learn estimators of the first pass: a network for the forms, a logistic model for each remedy."""

    network: MLPClassifier
    remedies: tuple[LogisticRegression, ...]

    def logits(self, matrix: Any) -> Floats:
        """(rows, ``CODES``)."""
        inputs, bias, forms, forms_bias = self.weights()
        before = matrix @ inputs + bias
        units = len(forms)
        return np.hstack([np.maximum(before[:, :units], 0.0) @ forms + forms_bias, before[:, units:]])

    def weights(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Weights (features, units and remedies) and bias of what comes in, and of what goes from the units to the forms."""
        inputs = np.hstack([self.network.coefs_[0], *(model.coef_.T for model in self.remedies)])
        bias = np.concatenate([self.network.intercepts_[0], *(model.intercept_ for model in self.remedies)])
        return inputs, bias, self.network.coefs_[1][:, : len(FORMS)], self.network.intercepts_[1][: len(FORMS)]


def _fit_first(matrix: Any, epochs: Sequence[Any], measured: Measured, rows: Ints, settings: TaxonomySettings) -> _First:
    """Fit on some sentences; ``epochs`` are the same with hidden characters, for the network.

    The network also learns the stances, which it is not asked for: they need the same words.
    """
    stances = np.stack([(measured.stance[rows] == i).any(axis=1) for i in range(len(STANCES))], axis=1)
    targets = np.hstack([measured.present[rows, : len(FORMS)], stances]).astype(np.int64)
    s = settings
    fitted = network(units=s.units, decay=s.decay, rate=s.rate, epochs=1, batch=s.batch, seed=s.seed)
    labels = np.arange(targets.shape[1])
    own = [epoch[rows] for epoch in epochs]
    fit_averaged(fitted, own, targets, classes=labels, parts=s.parts, averaged=s.averaged, seed=s.seed)
    known = rows[measured.known[rows, len(FORMS) :].all(axis=1)]
    remedies = (
        LogisticRegression(C=settings.remedy_c, max_iter=1000).fit(matrix[known], measured.present[known, code])
        for code in range(len(FORMS), len(CODES))
    )
    return _First(fitted, tuple(remedies))


def _fit_stance(measured: Measured, ngrams: Any, settings: TaxonomySettings) -> tuple[Floats, Floats, Floats, Floats]:
    """Weights of features, n-grams and bias, and of ``PAIR_FEATURES``, each for ``STANCES``; every labelled (sentence, form) counts."""
    row, form = np.nonzero(measured.stance >= 0)
    named = sp.csr_matrix(np.hstack([measured.stance_features[row], measured.pairs[row, form]]))
    matrix = sp.hstack([named, ngrams[row] * settings.ngram_scale], format="csr")
    fitted = LogisticRegression(C=settings.stance_c, max_iter=3000, tol=1e-5).fit(matrix, measured.stance[row, form])
    assert fitted.classes_.tolist() == list(range(len(STANCES)))
    own, pair, words = np.split(fitted.coef_.T, [len(STANCE_FEATURES), len(STANCE_FEATURES) + len(PAIR_FEATURES)])
    return own, words * settings.ngram_scale, fitted.intercept_, pair
