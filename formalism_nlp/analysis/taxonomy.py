"""The taxonomy over a document: which rows each sentence speaks of, and in what stance."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.analysis.classifier import NgramTable
from formalism_nlp.analysis.clauses import find_clauses
from formalism_nlp.analysis.cues import CueFinder
from formalism_nlp.analysis.detection import (
    CUE_FEATURES,
    DetectionWeights,
    RowRules,
    RuleHits,
    context_features,
    detection_features,
    text_features,
)
from formalism_nlp.analysis.ngrams import BEGIN, END, make_alphabet, text_of
from formalism_nlp.analysis.spans import firsts
from formalism_nlp.analysis.stance import (
    STANCE_FEATURES,
    heading_kinds,
    mean_of_others,
    stance_features,
    title_kinds,
)
from formalism_nlp.values.document import Span
from formalism_nlp.values.errors import ModelError
from formalism_nlp.values.lexicon import Lexicon
from formalism_nlp.values.report import FUNCTIONS, STANCES
from formalism_nlp.values.taxonomy import CODES, FORMS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
WORD = "word:"  # before an n-gram among the reasons for a row
_CHUNK = 10_000  # sentences judged at a time (whole paragraphs): bounds memory on long documents
# Where the mass of a sentence goes that speaks of a form in each of ``STANCES``; see ``quieted``.
_GOALS = {"admits": "PROBLEM", "criticises": "PROBLEM", "pledges": "PLAN", "remedied": "RESULT", "exhibits": "OTHER"}
_GOAL = np.array([FUNCTIONS.index(_GOALS[name]) for name in STANCES])
# What the stance model knows of a (sentence, form) besides the sentence: the form, its family, the kind of words that speak for it.
PAIR_FEATURES = ("F1", "F2", "F3", "F4", *FORMS, "counted", "trace", "named")
_OF_FORM = np.array([[float(name in (form, form[:2])) for name in PAIR_FEATURES] for form in FORMS])
_OF_HITS = [PAIR_FEATURES.index(name) for name in ("counted", "trace", "named")]


@dataclass(frozen=True)
class TaxonomyModel:
    """Fitted weights: a logistic model a row in two passes, and a multinomial logistic model of the stance.

    Both look at named features and at character n-grams: ``ngrams`` in the alphabet ``characters``, with weights
    (n-grams, ``CODES``) and (n-grams, ``STANCES``). ``detection`` is (``detection_names``, ``CODES``); ``context`` and ``context_bias`` are those of the second pass, a column for
    forms and one for remedies (``CONTEXT_FEATURES``, 2); ``stance`` (``stance_names``, ``STANCES``), ``pair``
    (``PAIR_FEATURES``, ``STANCES``); a form is present when its logit is over its ``threshold``, or over
    ``threshold_alone`` when no rule that carries it hits; a remedy only where such a rule hits.
    """

    characters: str
    ngrams: NgramTable
    ngram_rows: Floats
    ngram_stances: Floats

    detection_names: tuple[str, ...]
    detection: Floats
    detection_bias: Floats
    context: Floats
    context_bias: Floats
    threshold: Floats
    threshold_alone: Floats
    stance_names: tuple[str, ...]
    stance: Floats
    stance_bias: Floats
    pair: Floats
    version: str = ""

    @property
    def ngram_table(self) -> tuple[Ints, Floats]:
        """Keys of the n-grams and their weights, (n-grams, ``CODES`` and ``STANCES``)."""
        return self.ngrams.keys, np.hstack([self.ngram_rows, self.ngram_stances])

    def explain(self, sentences: Sequence[str], most: int = 3) -> list[list[tuple[str, ...]]]:
        """Name the n-grams that speak most for each row in each sentence.

        Args:
            sentences: normalised sentences.
            most: how many n-grams at most.

        Returns:
            For each sentence and row the n-grams with a positive weight, the strongest first, each after ``WORD``.
        """
        row, at, _ = self.ngrams.rows(sentences, make_alphabet(self.characters))
        out = []
        for number in range(len(sentences)):
            own = at[slice(*row.searchsorted((number, number + 1)))]
            gain = self.ngram_rows[own]
            best = np.argsort(-gain, axis=0, kind="stable")[:most]
            texts = [WORD + text_of(key, self.characters).strip(BEGIN + END) for key in self.ngrams.keys[own].tolist()]
            out.append([tuple(texts[i] for i in column.tolist() if gain[i, code] > 0) for code, column in enumerate(best.T)])
        return out

    def __post_init__(self) -> None:
        if self.stance_names != STANCE_FEATURES:
            raise ModelError("F301", "", "the stance model was fitted with other features than this library has")


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
    """``present`` (sentences, ``CODES``) with its probability ``p``; ``stance`` (sentences, ``FORMS``) as index of ``STANCES``.

    ``because`` names the strongest pairs of cues and n-grams (after ``WORD``) for rows that no single rule speaks for:
    (sentence, row) → names.
    """

    present: Bools
    p: Floats
    stance: Ints
    because: Mapping[tuple[int, int], tuple[str, ...]] = field(default_factory=dict)


class TaxonomyJudge:
    """A TaxonomyModel bound to a lexicon; immutable, thread-safe.

    Raises:
        ModelError: the model looks at a rule the lexicon does not have, or at a cue this library does not have.
    """

    def __init__(self, model: TaxonomyModel, lexicon: Lexicon) -> None:
        self._rules = RowRules(lexicon)
        position = {name: i for i, name in enumerate(self._rules.names)}
        missing = sorted(set(model.detection_names) - set(position))
        if missing:
            raise ModelError("F301", "", f"the stance model needs features the lexicon does not give: {', '.join(missing[:5])}")
        weights = np.zeros((len(position), len(CODES)))
        weights[[position[name] for name in model.detection_names]] = model.detection
        self._weights = DetectionWeights.of(weights, len(self._rules.row_of))
        self._model = model
        self._finder = CueFinder()
        self._alphabet = make_alphabet(model.characters)

    def judge(self, sentences: Sentences) -> Verdicts:
        """Judge all sentences of one document."""
        n = len(sentences.spans)
        logits, present = np.zeros((n, len(CODES))), np.zeros((n, len(CODES)), dtype=bool)
        ngrams = self._ngrams(sentences.bodies)
        stance = np.zeros((n, len(FORMS)), dtype=np.int64)
        because: dict[tuple[int, int], tuple[str, ...]] = {}
        above_hits, headings = self._above(sentences), heading_kinds(sentences.above, sentences.bodies)
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
            features = detection_features(clauses, hits, p[:, FUNCTIONS.index("ACTIVITY")], paragraph, above_hits[part])
            first = self._weights.logits(features) + ngrams[part, : len(CODES)] + self._model.detection_bias
            logits[part] = second_pass(self._model, first, paragraph, text[part])
            spoken = hits.named + hits.counted + hits.trace > 0
            present[part] = decide(self._model, logits[part], spoken)
            for row, code in np.argwhere(present[part] & ~spoken).tolist():
                (words,) = self._model.explain([sentences.bodies[start + row]])
                because[start + row, code] = (*self._because(features.cues[row], code), *words[code])
            cues = stance_features(clauses, p, paragraph, headings[part], mean[part], titles[part])
            told = self._stance(cues, pair_features(hits)) + ngrams[part, None, len(CODES) :]
            # Quiet before loud: a heading announces, it does not claim an achievement.
            told[sentences.heading[part], :, STANCES.index("exhibits")] = -np.inf
            stance[part] = told.argmax(axis=2)
        return Verdicts(present, 0.5 * (1.0 + np.tanh(0.5 * logits)), stance, because)

    def _ngrams(self, bodies: Sequence[str]) -> Floats:
        """(sentences, ``CODES`` and ``STANCES``) what the n-grams add to the logits."""
        _, weights = self._model.ngram_table
        out = np.zeros((len(bodies), weights.shape[1]))
        row, at, value = self._model.ngrams.rows(bodies, self._alphabet)
        np.add.at(out, row, weights[at] * value[:, None])
        return out

    def _above(self, sentences: Sentences) -> Floats:
        """Whether the heading over each sentence holds a named hit of each row."""
        heads, where = np.unique(sentences.above, return_inverse=True)
        slot = np.full(len(sentences.spans) + 1, -1, dtype=np.int64)
        slot[heads] = np.arange(len(heads))  # -1 (none) writes the spare last slot
        at = slot[sentences.hit_sentence] if len(sentences.hit_sentence) else sentences.hit_sentence
        named = self._rules.count(sentences.hit_rule[at >= 0], at[at >= 0], len(heads)).named
        named[heads < 0] = 0.0
        return np.minimum(named, 1.0)[where]

    def _because(self, cues: Bools, code: int) -> tuple[str, ...]:
        gain = cues * self._weights.cues[:, code]
        best = np.argsort(-gain, kind="stable")[:2]
        return tuple(CUE_FEATURES[i] for i in best.tolist() if gain[i] > 0)

    def _stance(self, features: Floats, pairs: Floats) -> Floats:
        """Logits (sentences, ``FORMS``, ``STANCES``)."""
        common = features @ self._model.stance + self._model.stance_bias
        return np.asarray(common[:, None, :] + pairs @ self._model.pair)


def decide(model: TaxonomyModel, logits: Floats, spoken: Bools) -> Bools:
    """Which rows are present, from second-pass logits and whether a rule that carries the row hits."""
    return np.where(spoken, logits > model.threshold, logits > model.threshold_alone)


def second_pass(model: TaxonomyModel, logits: Floats, paragraph: Ints, text: Floats) -> Floats:
    """First-pass logits of whole paragraphs → second-pass logits, same shape; ``text`` is of ``text_features``."""
    context = context_features(logits, paragraph, text)
    both = context @ model.context + model.context_bias
    return np.concatenate([both[:, : len(FORMS), 0], both[:, len(FORMS) :, 1]], axis=1)


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
