"""The taxonomy over whole documents at once: what ``taxonomy.TaxonomyJudge`` says sentence by sentence, from arrays.

Only what stands in a text costs time: cues found in one pass, rule hits added up one by one, and stances
judged in the paragraphs that speak of a form at all. The tests hold both judges to each other.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import cast

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.analysis.characters import STOP
from formalism_nlp.analysis.classifier import sigmoid
from formalism_nlp.analysis.clauses import COLUMNS, COUNT, ClauseTable
from formalism_nlp.analysis.detection import (
    CUE_FEATURES,
    RowRules,
    RuleHits,
    text_features,
)
from formalism_nlp.analysis.features import Prepared
from formalism_nlp.analysis.linear import RowTable, logs
from formalism_nlp.analysis.ngrams import NgramSums, means
from formalism_nlp.analysis.page import Owners
from formalism_nlp.analysis.rule_layer import counts_by_sentence
from formalism_nlp.analysis.sentences import blocks
from formalism_nlp.analysis.spans import (
    Bools,
    Ints,
    edges_of,
    firsts,
    groups,
    having,
    lengths,
    part_of,
    steps,
    where,
    with_last,
)
from formalism_nlp.analysis.stance import heading_kinds, mean_of_others, stance_features, sums_by_text, title_kinds
from formalism_nlp.analysis.taxonomy import Verdicts, pair_features
from formalism_nlp.analysis.taxonomy_context import SecondPass, row_hits
from formalism_nlp.analysis.taxonomy_model import Asked, Because, Reasons, TaxonomyModel
from formalism_nlp.values.lexicon import Lexicon
from formalism_nlp.values.report import FUNCTIONS, STANCES
from formalism_nlp.values.taxonomy import CODES, FORMS

Floats = NDArray[np.float64]

_BLOCK = 1 << 16  # characters looked at together
_SENTENCES = 4096  # sentences judged at once: bounds memory on long documents, and the tables stay in the cache


@dataclass(frozen=True)
class _Cues:
    """Cue words of some sentences.

    ``clause`` and ``group`` are the cues (and numbers, as group ``COUNT``) by clause, each pair once, in order; ``opens`` tells
    whether one begins its clause; ``first`` is the first clause of each sentence and the number of all.
    """

    clause: Ints
    group: Ints
    opens: Bools
    first: Ints

    @property
    def sentence(self) -> Ints:
        """Sentence of each clause."""
        return np.arange(len(self.first) - 1).repeat(lengths(self.first))


class Judge:
    """A TaxonomyModel bound to a lexicon; immutable, thread-safe.

    Args:
        model: fitted weights.
        lexicon: has the rules the model looks at.

    Raises:
        ModelError: the model looks at a rule the lexicon does not have, or at a cue this library does not have.
    """

    def __init__(self, model: TaxonomyModel, lexicon: Lexicon) -> None:
        rules = RowRules(lexicon)
        self._model = model
        self._rules = rules
        named = model.inputs_of(rules)
        edges = [len(rules.row_of), len(rules.row_of) + len(CUE_FEATURES)]
        self._by_rule, self._by_cue, self._by_p = map(RowTable, np.split(named, edges))
        self._forms = RowTable(model.forms)
        self._around = SecondPass(model.context, model.context_bias)
        self._reasons = Reasons(model)
        # Pairs of groups in one clause (first × COLUMNS + second, the lower one first) → features; a group with itself: alone.
        column = {name: i for i, name in enumerate(COLUMNS)}
        pairs = []
        for number, name in enumerate(CUE_FEATURES):
            one, _, other = name.partition("+")
            low, high = sorted((column[one], column[other or one]))
            pairs.append((low * len(COLUMNS) + high, number))
        self._features = Owners(pairs, len(COLUMNS) ** 2)

    def judge(self, prepared: Prepared, probabilities: Floats, ngrams: NgramSums) -> list[Verdicts]:
        """Judge some documents; the verdicts on one do not depend on the others.

        Args:
            prepared: the documents.
            probabilities: (sentences, 8) of ``classifier.OUTPUTS``.
            ngrams: sums for ``TaxonomyModel.ngram_table``: (sentences, units, ``REMEDIES``, ``STANCES`` and one).
        """
        count = len(prepared.weights)
        last = prepared.sentences.first[1:][lengths(prepared.sentences.first) > 0] - 1
        paragraph = prepared.place.paragraph + _bases(prepared.place.paragraph[last] + 1, prepared.sentences.document)
        present, p = np.zeros((count, len(CODES)), dtype=bool), np.zeros((count, len(CODES)), dtype=np.float32)
        stance = np.zeros((count, len(FORMS)), dtype=np.int8)
        asked: list[Asked] = []
        spoken = self._rules.spoken(prepared.found.rule, prepared.hit_sentence, count)
        text = text_features(spoken, prepared.sentences.document)
        total = sums_by_text(probabilities[:, : len(FUNCTIONS)], prepared.sentences.first)
        for part in _parts(paragraph):
            given = means(ngrams[part])
            said = self._judge_part(prepared, part, paragraph[part], probabilities[part], given, text[part], total, asked)
            present[part], p[part], stance[part] = said.present, said.p, said.stance
        out, done = [], 0
        for a, b in pairwise(prepared.sentences.first.tolist()):
            behind = bisect_left(asked, b, done, key=lambda one: one.sentence)
            own = [replace(one, sentence=one.sentence - a) for one in asked[done:behind]]
            done = behind
            out.append(Verdicts(part_of(present, a, b), part_of(p, a, b), part_of(stance, a, b), Because(self._reasons, own)))
        return out

    def _judge_part(
        self,
        prepared: Prepared,
        part: slice,
        paragraph: Ints,
        probabilities: Floats,
        ngrams: Floats,
        text: Floats,
        total: Floats,
        asked: list[Asked],
    ) -> Verdicts:
        """Judge sentences of whole paragraphs; sentence numbers count from the first of them, but those in ``asked`` (added to)."""
        count = len(paragraph)
        holds, sentence, column = row_hits(prepared, part, self._rules)
        cues = self._cues(prepared, part)
        row, feature = self._cue_features(cues)
        width = len(self._model.input_bias)
        inputs = ngrams[:, :width] + self._model.input_bias
        at, rule, number = counts_by_sentence(sentence, column)
        self._by_rule.add(inputs, rule, edges_of(at, count), logs(number))
        self._by_cue.add(inputs, feature, edges_of(row, count))
        self._by_p.add_product(inputs, probabilities)
        logits = self._around.logits(self._first_pass(inputs), paragraph, text)
        spoken = np.logical_or.reduce(holds)
        present = self._model.decide(logits, spoken, prepared.body.end[part] - prepared.body.start[part])
        alone = present & ~spoken
        for i in where(alone.any(axis=1)).tolist():
            own = feature[slice(*row.searchsorted((i, i + 1)))]
            body = prepared.body[part.start + i]
            asked.append(Asked(part.start + i, body, inputs[i].copy(), own, tuple(alone[i].nonzero()[0].tolist())))
        stance = self._stances(prepared, part, holds, cues, present, paragraph, probabilities, ngrams[:, width:], total)
        return Verdicts(present, sigmoid(logits.astype(np.float32)), stance)

    def _first_pass(self, inputs: Floats) -> Floats:
        """(sentences, ``CODES``) logits."""
        units = self._model.units
        forms = np.empty((len(inputs), len(FORMS)))
        forms[:] = self._model.forms_bias
        self._forms.add_product(forms, np.maximum(inputs[:, :units], 0.0))
        return np.hstack([forms, inputs[:, units:]])

    def _cues(self, prepared: Prepared, part: slice) -> _Cues:
        """Find cue words and numbers in some sentences, numbered from the first of them."""
        parts, passed = [], 0
        sizes = prepared.sentences.end[part] - prepared.sentences.start[part]
        for first, last in blocks(sizes, _BLOCK):
            found = self._block_cues(prepared, part.start + first, part.start + last)
            parts.append((found.clause + passed, found.group, found.opens, found.first[:-1] + passed))
            passed += int(found.first[-1])
        clause, group, opens, begin = (np.concatenate(column) for column in zip(*parts, strict=True))
        return _Cues(clause, group, opens, with_last(begin, passed))

    def _block_cues(self, prepared: Prepared, first: int, last: int) -> _Cues:
        """The same for the sentences ``first`` to ``last``, clauses and sentences counted from the first."""
        begin = int(prepared.sentences.start[first])
        starts, end = prepared.sentences.start[first:last] - begin, int(prepared.sentences.end[last - 1]) - begin
        codes = prepared.folded.codes[begin : begin + end]
        begins = np.zeros(end + 1, dtype=bool)
        begins[having(prepared.folded.kinds[begin : begin + end], STOP) + 1] = True
        begins[starts] = True
        clause_at = where(begins[:end])
        clause_of = np.arange(len(clause_at)).repeat(lengths(with_last(clause_at, end)))
        low, high = prepared.cues.start.searchsorted((begin, begin + end)).tolist()
        at = prepared.cues.start[low:high].astype(np.int64) - begin
        group = prepared.cues.group[low:high].astype(np.int64)
        stands, opens = np.zeros((2, len(clause_at) * len(COLUMNS)), dtype=bool)
        clause = clause_of.take(at)
        cell = clause * len(COLUMNS) + group
        stands[cell] = True
        opens[cell.take(where(clause_at.take(clause) == at))] = True
        stands[clause_of.take(where((codes >= ord("0")) & (codes <= ord("9")))) * len(COLUMNS) + COUNT] = True
        flat = where(stands)
        clause, kind = flat // len(COLUMNS), flat % len(COLUMNS)
        return _Cues(clause, kind, opens.take(flat), with_last(clause_of[starts], len(clause_at)))

    def _cue_features(self, cues: _Cues) -> tuple[Ints, Ints]:
        """Sentence and number of each cue feature that holds in a clause of it, each pair once, by sentence."""
        begin = with_last(firsts(cues.clause), len(cues.clause))
        behind = begin[1:].repeat(lengths(begin))  # where the clause of each cue ends
        one, step = groups(behind - np.arange(len(cues.clause)))
        pair = cues.group.take(one) * len(COLUMNS) + cues.group.take(one + step)
        which, feature = self._features.of(pair)
        sentence = cues.sentence.take(cues.clause.take(one.take(which)))
        sentence, feature, _ = counts_by_sentence(sentence, feature)
        return sentence, feature

    def _stances(
        self,
        prepared: Prepared,
        part: slice,
        holds: Bools,
        cues: _Cues,
        present: Bools,
        paragraph: Ints,
        probabilities: Floats,
        ngrams: Floats,
        total: Floats,
    ) -> Ints:
        """Stance of each form in the sentences that speak of one; elsewhere 0. ``total`` is of ``sums_by_text``."""
        out = np.zeros((len(paragraph), len(FORMS)), dtype=np.int64)
        base = int(paragraph[0])
        speaks = np.zeros(int(paragraph[-1]) - base + 1, dtype=bool)
        speaks[paragraph[present[:, : len(FORMS)].any(axis=1)] - base] = True
        rows = where(speaks.take(paragraph - base))
        if not len(rows):
            return out
        clauses = _clauses_of(cues, rows)
        speaking = where(
            np.logical_or.reduce(present[rows, : len(FORMS)], axis=1)
        )  # the others are only what these have around them
        bodies = cast(Sequence[str], prepared.body)  # only asked for single ones
        place = prepared.place
        kinds = heading_kinds(place.heading[part][rows[speaking]], bodies)
        headings = np.zeros((len(rows), kinds.shape[1]))
        headings[speaking] = kinds
        document = prepared.sentences.document[part][rows]
        size = lengths(prepared.sentences.first)[document]
        mean = mean_of_others(probabilities[rows, : len(FUNCTIONS)], total[document], size)
        titles = np.zeros_like(headings)
        titles[speaking] = title_kinds(prepared.sentences.first[document[speaking]], bodies)
        features = stance_features(clauses, probabilities[rows], paragraph[rows], headings, mean, titles).take(speaking, axis=0)
        rows = rows.take(speaking)
        named, counted, trace = holds.take(rows, axis=1).astype(np.float64)
        own = RuleHits(named, counted, trace, np.zeros((len(rows), 0)))
        common = features @ self._model.stance + self._model.stance_bias + ngrams.take(rows, axis=0)
        told = common[:, None, :] + pair_features(own) @ self._model.pair
        # Quiet before loud: a heading announces, it does not claim an achievement.
        told[(place.own_level[part][rows] > 0) & place.whole_line[part][rows], :, STANCES.index("exhibits")] = -np.inf
        out[rows] = told.argmax(axis=2)
        return out


def _clauses_of(cues: _Cues, rows: Ints) -> ClauseTable:
    """The clauses of some sentences as ``clauses.find_clauses`` gives them, without their places."""
    size = lengths(cues.first)[rows]
    sentence, step = groups(size)
    clause = cues.first[rows][sentence] + step
    new = np.full(int(cues.first[-1]), -1, dtype=np.int64)
    new[clause] = np.arange(len(clause))
    own = where(new.take(cues.clause) >= 0)
    at, group = new.take(cues.clause.take(own)), cues.group.take(own)
    present = np.zeros((len(clause), len(COLUMNS)), dtype=bool)
    present[at, group] = True
    opening = np.zeros_like(present)
    opening[at, group] = cues.opens.take(own)
    return ClauseTable(clause, size.cumsum() - size, present, opening)


def _parts(paragraph: Ints) -> list[slice]:
    """Ranges of about ``_SENTENCES`` sentences that cut no paragraph."""
    begins = firsts(paragraph)
    edges = [*begins[firsts(begins // _SENTENCES)].tolist(), len(paragraph)]
    return [slice(a, b) for a, b in pairwise(edges)]


def _bases(sizes: Ints, document: Ints) -> Ints:
    """How many paragraphs stand before the document of each sentence; ``sizes`` are those of the documents that have any."""
    order = (steps(document, int(document[0]) if len(document) else 0) != 0).cumsum()
    return np.asarray((sizes.cumsum() - sizes).take(order))
