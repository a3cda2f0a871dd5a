"""What tells which rows of the taxonomy a sentence speaks of: lexicon hits, pairs of cues, and the functions it may have.

Every feature has a name a person can read, such as ``meeting+excess`` (a word for meetings and a word for too many in one
clause), ``rule:FRM001`` or ``p:PROBLEM``. Character n-grams stand beside them (``taxonomy_model.TaxonomyModel``).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.analysis.classifier import OUTPUTS
from formalism_nlp.analysis.clauses import COLUMN, ClauseTable
from formalism_nlp.analysis.spans import firsts, lengths, where, with_last
from formalism_nlp.values.lexicon import Lexicon
from formalism_nlp.values.taxonomy import CODES, FORMS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

# Row → (its topics, what is said of them). All pairs of a topic with a partner or another topic become features.
ROWS: dict[str, tuple[str, str]] = {
    "F1.1": ("meeting document", "excess reduce forbid lack count hold rhetoric others"),
    "F1.2": ("trace show", "excess reduce forbid lack count hold rhetoric merit inspection lawful"),
    "F1.3": ("paperwork inspection reception busy", "excess reduce forbid lack count hold rhetoric again change"),
    "F2.1": ("leader dominate pomp", "forbid lack rhetoric reduce others own hold higher"),
    "F2.2": ("masses cold near", "lack forbid rhetoric others own demand change lawful"),
    "F2.3": ("duty push sign avoid", "forbid lack count reduce others own masses merit lawful"),
    "F3.1": ("party weak rebuild", "lack forbid empty demand done trace own"),
    "F3.2": ("brand empty", "count forbid reduce hold rhetoric lack merit"),
    "F3.3": ("member faint train dispose", "lack others own demand avoid count forbid"),
    "F4.1": ("personal gather leak protect", "count forbid lack rhetoric others"),
    "F4.2": ("system double unused merge", "count hold excess forbid lack rhetoric"),
    "F4.3": ("checkin entry again rank", "count forbid reduce excess merit demand rhetoric"),
    "R1.1": ("risk rescue", "count demand done"),
    "R1.2": ("policy local", "count demand done"),
    "R1.3": ("execute incharge deadline", "count demand"),
    "R2.1": ("selfrule masses", "count demand done"),
    "R2.2": ("law", "count demand done lawful"),
    "R2.3": ("virtue", "count demand change reduce"),
    "R3.1": ("partyonline party", "count demand change"),
    "R3.2": ("service", "count demand change reduce masses"),
    "R3.3": ("govern system", "count demand change reduce"),
}
P_FEATURES = tuple(f"p:{name}" for name in OUTPUTS)


def _pairs(code: str) -> list[tuple[str, str]]:
    topics, partners = (part.split() for part in ROWS[code])
    return [*combinations(topics, 2), *((t, p) for t in topics for p in partners if p not in topics)]


ROW_FEATURES: dict[str, tuple[str, ...]] = {
    code: (*ROWS[code][0].split(), *(f"{a}+{b}" for a, b in _pairs(code))) for code in CODES
}
RELATIVES = [[i for i, other in enumerate(CODES) if other[:2] == code[:2] and other != code] for code in CODES]
CUE_FEATURES = tuple(sorted({name for names in ROW_FEATURES.values() for name in names}))
_FIRST = np.array([COLUMN[name.partition("+")[0]] for name in CUE_FEATURES])
_SECOND = np.array([COLUMN[name.partition("+")[2] or name] for name in CUE_FEATURES])


@dataclass(frozen=True)
class RuleHits:
    """Hits of rules that carry a row, per sentence.

    ``named`` (sentences, ``CODES``): of the folders form and remedy; ``counted``: of trace rules with a pattern;
    ``trace``: of other rules with a row; ``rules`` (sentences, rules with a row): by rule, in the order of ``rule_features``.
    """

    named: Floats
    counted: Floats
    trace: Floats
    rules: Floats


class RowRules:
    """Which rules of a lexicon carry a row, of what kind, and the name of each feature.

    ``column`` numbers the rules of the lexicon that carry a row, -1 for the others; of those that do, ``code`` is the row and
    ``kind`` is 0 for the folders form and remedy, 1 for other patterns, 2 for other words.

    Args:
        lexicon: the rules.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        carrying = [i for i, rule in enumerate(lexicon.rules) if rule.form]
        rules = [lexicon.rules[i] for i in carrying]
        self.column = np.full(len(lexicon.rules), -1, dtype=np.int64)
        self.column[carrying] = np.arange(len(carrying))
        self.code = np.array([CODES.index(rule.form) for rule in rules], dtype=np.int64)
        kinds = [0 if rule.signal in ("form", "remedy") else 1 if rule.pattern else 2 for rule in rules]
        self.kind = np.array(kinds, dtype=np.int64)
        self.row_of = {f"rule:{rule.id}": rule.form for rule in rules}
        self.names: tuple[str, ...] = (*self.row_of, *CUE_FEATURES, *P_FEATURES)

    def spoken(self, rule: Ints, sentence: Ints, sentences: int) -> Bools:
        """Tell in which sentences a rule that carries a form hits; arguments as for ``count``."""
        at = self.column.take(rule)
        out = np.zeros(sentences, dtype=bool)
        own = where(at >= 0)
        out[sentence.take(own[self.code.take(at.take(own)) < len(FORMS)])] = True
        return out

    def count(self, rule: Ints, sentence: Ints, sentences: int) -> RuleHits:
        """Count hits by sentence and row.

        Args:
            rule: rule number (position in the lexicon) of each hit.
            sentence: sentence number of each hit, below ``sentences``.
            sentences: number of sentences.
        """
        at = self.column[rule]
        kept = at >= 0
        at, sentence = at[kept], sentence[kept]
        tables = np.zeros((3, sentences, len(CODES)))
        rules = np.zeros((sentences, len(self.code)))
        np.add.at(rules, (sentence, at), 1.0)
        np.add.at(tables, (self.kind[at], sentence, self.code[at]), 1.0)
        return RuleHits(tables[0], tables[1], tables[2], rules)


def detection_features(clauses: ClauseTable, hits: RuleHits, probabilities: Floats) -> Floats:
    """Measure sentences.

    Args:
        clauses: cues by clause.
        hits: of ``RowRules.count``.
        probabilities: (sentences, 8) of ``classifier.OUTPUTS``.

    Returns:
        (sentences, features), in the order of ``RowRules.names``.
    """
    cues = clauses.by_sentence(clauses.present[:, _FIRST] & clauses.present[:, _SECOND])
    return np.hstack([np.log1p(hits.rules), cues, probabilities])


# Second pass: what a (sentence, row) knows of its neighbours and rivals after the first; probabilities except ``own``.
CONTEXT_FEATURES = ("own", "previous", "next", "paragraph", "family", "rivals", "spoken", "length")
_FEW, _MANY = 4, 200  # sentences; the length of a text says no more outside


def text_features(spoken: Bools, document: Ints) -> Floats:
    """Tell how much a text speaks of forms at all: the same words mean less in a long report that hardly does.

    Args:
        spoken: whether a rule that carries a form hits in each sentence.
        document: document number of each sentence, ascending.

    Returns:
        (sentences, 2): share of the other sentences of the text that are spoken; log of its number of sentences, bounded.
    """
    if not len(document):
        return np.zeros((0, 2))
    begin = firsts(document)
    size = lengths(with_last(begin, len(document)))
    whole = np.add.reduceat(spoken.astype(np.float64), begin).repeat(size)
    size = size.repeat(size)
    out = np.empty((len(document), 2))
    out[:, 0] = (whole - spoken) / np.maximum(size - 1, 1)
    out[:, 1] = np.log(np.minimum(np.maximum(size, _FEW), _MANY))
    return out


def context_features(logits: Floats, paragraph: Ints, text: Floats) -> Floats:
    """Describe each (sentence, row) by first-pass values.

    Args:
        logits: (sentences, ``CODES``) of whole paragraphs.
        paragraph: paragraph number of each sentence, ascending.
        text: of ``text_features``.

    Returns:
        (sentences, ``CODES``, ``CONTEXT_FEATURES``): own logit; P of the same row in the sentence before and after it in the
        paragraph, and mean over the paragraph's other sentences; highest P of the family's other rows; sum of P of all others;
        the two of ``text``.
    """
    p = 0.5 * (1.0 + np.tanh(0.5 * logits))
    n = len(p)
    before, after, mean = np.zeros_like(p), np.zeros_like(p), np.zeros_like(p)
    if n:
        same = (paragraph[1:] == paragraph[:-1])[:, None]
        before[1:], after[:-1] = p[:-1] * same, p[1:] * same
        _, first, where, size = np.unique(paragraph, return_index=True, return_inverse=True, return_counts=True)
        mean = (np.add.reduceat(p, first, axis=0)[where] - p) / np.maximum(size[where] - 1, 1)[:, None]
    family = np.zeros_like(p)
    for code in range(len(CODES)):
        family[:, code] = p[:, RELATIVES[code]].max(axis=1, initial=0.0)
    rivals = p.sum(axis=1, keepdims=True) - p
    share, length = (np.repeat(column[:, None], logits.shape[1], axis=1) for column in text.T)
    return np.stack([logits, before, after, mean, family, rivals, share, length], axis=2)
