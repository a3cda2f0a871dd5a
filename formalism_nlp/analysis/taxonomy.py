"""The taxonomy over a document: which rows each sentence speaks of, and in what stance."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.analysis.clauses import find_clauses
from formalism_nlp.analysis.cues import CueFinder
from formalism_nlp.analysis.detection import (
    CUE_FEATURES,
    RowRules,
    RuleHits,
    detection_features,
    text_features,
)
from formalism_nlp.analysis.ngrams import make_alphabet
from formalism_nlp.analysis.spans import firsts
from formalism_nlp.analysis.stance import (
    heading_kinds,
    mean_of_others,
    stance_features,
    title_kinds,
)
from formalism_nlp.analysis.taxonomy_model import PAIR_FEATURES, Asked, Because, Reasons, TaxonomyModel
from formalism_nlp.values.document import Span
from formalism_nlp.values.lexicon import Lexicon
from formalism_nlp.values.report import FUNCTIONS, STANCES
from formalism_nlp.values.taxonomy import CODES, FORMS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
_CHUNK = 10_000  # sentences judged at a time (whole paragraphs): bounds memory on long documents
# Where the mass of a sentence goes that speaks of a form in each of ``STANCES``; see ``quieted``.
_GOALS = {"admits": "PROBLEM", "criticises": "PROBLEM", "pledges": "PLAN", "remedied": "RESULT", "exhibits": "OTHER"}
_GOAL = np.array([FUNCTIONS.index(_GOALS[name]) for name in STANCES])
_OF_FORM = np.array([[float(name in (form, form[:2])) for name in PAIR_FEATURES] for form in FORMS])
_OF_HITS = [PAIR_FEATURES.index(name) for name in ("counted", "trace", "named")]


@dataclass(frozen=True)
class Sentences:
    """What the taxonomy looks at: one document as arrays over its sentences (and over its lexicon hits).

    ``above`` is the sentence number of the heading over each sentence, -1 for none; ``heading`` marks sentences that are a
    whole heading line themselves; ``probabilities`` (sentences, ≥ 7) are
    the six functions, then specific.
    """

    text: str
    spans: Sequence[Span]
    bodies: Sequence[str]
    paragraph: Ints
    above: Ints
    heading: Bools
    hit_rule: Ints
    hit_sentence: Ints
    probabilities: Floats


@dataclass(frozen=True)
class Verdicts:
    """``present`` (sentences, ``CODES``) with its probability ``p``, which is only shown and may have 32 bits; ``stance`` (sentences,
    ``FORMS``) as index of ``STANCES``.

    ``because`` names the strongest pairs of cues and n-grams (after ``taxonomy_model.WORD``) for rows that no single rule speaks for:
    (sentence, row) → names.
    """

    present: Bools
    p: NDArray[np.floating]
    stance: Ints
    because: Mapping[tuple[int, int], tuple[str, ...]] = field(default_factory=dict)


class TaxonomyJudge:
    """A TaxonomyModel bound to a lexicon, written plainly; immutable, thread-safe. ``judging.Judge`` is as good and fast.

    Raises:
        ModelError: the model looks at a rule the lexicon does not have, or at a cue this library does not have.
    """

    def __init__(self, model: TaxonomyModel, lexicon: Lexicon) -> None:
        self._rules = RowRules(lexicon)
        self._named = model.inputs_of(self._rules)
        self._model = model
        self._reasons = Reasons(model)
        self._finder = CueFinder()
        self._alphabet = make_alphabet(model.characters)

    def judge(self, sentences: Sentences) -> Verdicts:
        """Judge all sentences of one document."""
        n = len(sentences.spans)
        logits, present = np.zeros((n, len(CODES))), np.zeros((n, len(CODES)), dtype=bool)
        inputs, ngram_stances = self._ngrams(sentences.bodies)
        stance = np.zeros((n, len(FORMS)), dtype=np.int64)
        asked: list[Asked] = []
        headings = heading_kinds(sentences.above, sentences.bodies)
        text = text_features(self._rules.spoken(sentences.hit_rule, sentences.hit_sentence, n), np.zeros(n, dtype=np.int64))
        titles = title_kinds(np.zeros(n, dtype=np.int64), sentences.bodies)
        functions = sentences.probabilities[:, : len(FUNCTIONS)]
        mean = mean_of_others(functions, functions.sum(axis=0, keepdims=True), np.full(n, n))
        order = np.argsort(sentences.hit_sentence, kind="stable")
        hit_rule, hit_sentence = sentences.hit_rule[order], sentences.hit_sentence[order]
        for start, end in _chunks(sentences.paragraph):
            part = slice(start, end)
            low, high = np.searchsorted(hit_sentence, (start, end))
            hits = self._rules.count(hit_rule[low:high], hit_sentence[low:high] - start, end - start)
            clauses = find_clauses(sentences.text, sentences.spans[part], self._finder)
            p, paragraph = sentences.probabilities[part], sentences.paragraph[part]
            features = detection_features(clauses, hits, p)
            inputs[part] += features @ self._named + self._model.input_bias
            logits[part] = self._model.second_pass(self._first_pass(inputs[part]), paragraph, text[part])
            spoken = hits.named + hits.counted + hits.trace > 0
            length = np.array([len(body) for body in sentences.bodies[start:end]])
            present[part] = self._model.decide(logits[part], spoken, length)
            first = len(self._rules.row_of)
            for row in np.flatnonzero((present[part] & ~spoken).any(axis=1)).tolist():
                held = np.flatnonzero(features[row, first : first + len(CUE_FEATURES)])
                codes = np.flatnonzero(present[start + row] & ~spoken[row])
                asked.append(Asked(start + row, sentences.bodies[start + row], inputs[start + row], held, tuple(codes.tolist())))
            cues = stance_features(clauses, p, paragraph, headings[part], mean[part], titles[part])
            told = self._stance(cues, pair_features(hits)) + ngram_stances[part, None]
            # Quiet before loud: a heading announces, it does not claim an achievement.
            told[sentences.heading[part], :, STANCES.index("exhibits")] = -np.inf
            stance[part] = told.argmax(axis=2)
        return Verdicts(present, 0.5 * (1.0 + np.tanh(0.5 * logits)), stance, Because(self._reasons, asked))

    def _first_pass(self, inputs: Floats) -> Floats:
        """(sentences, ``CODES``) logits."""
        model = self._model
        forms = np.maximum(inputs[:, : model.units], 0.0) @ model.forms + model.forms_bias
        return np.hstack([forms, inputs[:, model.units :]])

    def _ngrams(self, bodies: Sequence[str]) -> tuple[Floats, Floats]:
        """What the n-grams add to the inputs of units and remedies, and to the logits of the stances."""
        row, at, value = self._model.ngrams.rows(bodies, self._alphabet)
        weights = self._model.ngram_inputs, self._model.ngram_stances
        inputs, stances = (np.zeros((len(bodies), table.shape[1])) for table in weights)
        np.add.at(inputs, row, weights[0][at] * value[:, None])
        np.add.at(stances, row, weights[1][at] * value[:, None])
        return inputs, stances

    def _stance(self, features: Floats, pairs: Floats) -> Floats:
        """Logits (sentences, ``FORMS``, ``STANCES``)."""
        common = features @ self._model.stance + self._model.stance_bias
        return np.asarray(common[:, None, :] + pairs @ self._model.pair)


def pair_features(hits: RuleHits) -> Floats:
    """Return (sentences, ``FORMS``, ``PAIR_FEATURES``)."""
    out = np.empty((len(hits.named), len(FORMS), len(PAIR_FEATURES)))
    out[:] = _OF_FORM
    for column, table in zip(_OF_HITS, (hits.counted, hits.trace, hits.named), strict=True):
        out[:, :, column] = table[:, : len(FORMS)] > 0
    return out


def _chunks(paragraph: Ints) -> list[tuple[int, int]]:
    """Ranges of about ``_CHUNK`` sentences that cut no paragraph; every sentence lies in one."""
    n = len(paragraph)
    edges = [0]
    while edges[-1] < n:
        edges.append(int(np.searchsorted(paragraph, paragraph[min(edges[-1] + _CHUNK, n) - 1], side="right")))
    return list(pairwise(edges))


def quieted(probabilities: Floats, verdicts: Verdicts) -> Floats:
    """Move the slogan and activity mass of sentences that speak of forms without exhibiting one.

    Only ``exhibits`` raises a document's formalism signals: where a text admits or criticises a form, the mass goes to PROBLEM;
    where it demands its end, to PLAN; where it reports its end, to RESULT. Sentences that exhibit any form, and sentences
    without forms, stay as they are.

    Args:
        probabilities: (sentences, 8) of ``classifier.OUTPUTS``.
        verdicts: of the same sentences.

    Returns:
        The probabilities; rows still sum to 1 over the functions. A new array where any of them moves.
    """
    sentence, form = verdicts.present[:, : len(FORMS)].nonzero()
    stance = verdicts.stance[sentence, form]
    loud = np.zeros(len(probabilities), dtype=bool)
    loud[sentence[stance == STANCES.index("exhibits")]] = True
    first = firsts(sentence)
    first = first[~loud[sentence[first]]]
    if not len(first):
        return probabilities
    out = probabilities.copy()
    quiet, target = sentence[first], _GOAL[stance[first]]
    for idle in (FUNCTIONS.index("SLOGAN"), FUNCTIONS.index("ACTIVITY")):
        out[quiet, target] += out[quiet, idle]
        out[quiet, idle] = 0.0
    return out


def rule_verdicts(sentences: Sentences, lexicon: Lexicon, stance_of: Callable[[str, str, str], str]) -> Verdicts:
    """Judge by rules alone: a row is present where a rule that carries it hits; stances come from ``stance_of``.

    Args:
        sentences: one document.
        lexicon: the rules.
        stance_of: function, sentence and heading → stance (``stance.stance_of``).
    """
    n = len(sentences.spans)
    rules = RowRules(lexicon)
    hits = rules.count(sentences.hit_rule, sentences.hit_sentence, n)
    present = hits.named + hits.counted + hits.trace > 0
    functions = sentences.probabilities[:, : len(FUNCTIONS)].argmax(axis=1).tolist()
    heads = [sentences.bodies[i] if i >= 0 else "" for i in sentences.above.tolist()]
    said = [STANCES.index(stance_of(FUNCTIONS[f], b, h)) for f, b, h in zip(functions, sentences.bodies, heads, strict=True)]
    stance = np.repeat(np.array(said, dtype=np.int64).reshape(n, 1), len(FORMS), axis=1)
    return Verdicts(present, present.astype(np.float64), stance)
