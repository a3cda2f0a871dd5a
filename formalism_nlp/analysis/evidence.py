"""Findings: lexicon hits and judged sentences, each with its reason; made of arrays when a report is asked for them."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from formalism_nlp.analysis.classifier import N_FUNCTIONS, Floats
from formalism_nlp.analysis.cues import CUES_ZH
from formalism_nlp.analysis.features import Prepared
from formalism_nlp.analysis.official_rules import Subject, advise, first_line
from formalism_nlp.analysis.page import Hits
from formalism_nlp.analysis.spans import Bools, Ints, where
from formalism_nlp.analysis.stance import stance_of
from formalism_nlp.analysis.taxonomy import Verdicts
from formalism_nlp.values.document import Document
from formalism_nlp.values.lexicon import Lexicon
from formalism_nlp.values.report import FUNCTIONS, FUNCTIONS_ZH, STANCES, Advice, Finding, Sentence, make_rows
from formalism_nlp.values.taxonomy import CODES, FORMS, ROW_NAMES

SHOWN_SIGNALS = ("slogan", "doctrine", "hedge", "trace", "substance")
# Their words are only candidates: a hit is shown when the sentence as a whole speaks of the row.
ROW_SIGNALS = ("form", "remedy")

# Sentence-level findings: (rule id, function, specific or None) with reason templates; ids are promises like those of rules.
MODEL_RULES: dict[str, tuple[str, bool | None, str, str]] = {
    "MDL001": (
        "SLOGAN",
        None,
        "整句为口号提法：删去后不影响读者了解做了什么、成了什么",
        "the whole sentence is slogan: without it a reader knows as much",
    ),
    "MDL002": ("ACTIVITY", None, "只说自身动作，未说服务对象或事情变成什么样", "tells own activity, not what changed for anyone"),
    "MDL003": ("RESULT", False, "自称成效而无可核查细节", "claims a result without a checkable detail"),
    "MDL004": ("RESULT", True, "结果带可核查细节", "a result with a checkable detail"),
    "MDL005": ("PLAN", False, "计划无对象数量、时限或责任方", "a plan without quantity, deadline or responsible party"),
    "MDL006": ("PLAN", True, "计划可核查", "a checkable plan"),
    "MDL007": ("PROBLEM", None, "承认或指出问题", "names a problem"),
}

# Sentence-level findings of rows that no single word speaks for, only the company of several: row → rule id.
ROW_RULES: dict[str, str] = {form: f"MDL{101 + i}" for i, form in enumerate(FORMS)}


class FindingRules:
    """What findings need to know of the rules: of those of a lexicon, then of ``MODEL_RULES``, then of ``ROW_RULES``.

    Args:
        lexicon: the rules of the hits.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        rules = lexicon.rules
        self.ids = [*(rule.id for rule in rules), *MODEL_RULES, *ROW_RULES.values()]
        self.signals = [*(rule.signal for rule in rules), *["model"] * (len(MODEL_RULES) + len(ROW_RULES))]
        self.first_model, self.first_row = len(rules), len(rules) + len(MODEL_RULES)
        self.row = np.array([CODES.index(rule.form) if rule.form else -1 for rule in rules], dtype=np.int64)
        self.shown = np.array([rule.signal in SHOWN_SIGNALS for rule in rules], dtype=bool)
        self.carried = np.array([rule.signal in ROW_SIGNALS for rule in rules], dtype=bool)
        self.order = np.argsort(np.argsort(np.array(self.ids)))  # place of each id among the sorted ones
        self.messages = [rule.message.split("{term}") for rule in rules]
        self.messages_en = [(rule.message_en or rule.name).split("{term}") for rule in rules]
        # Function and specific → number of the rule that says so, -1 for none.
        self.judged = np.full((len(FUNCTIONS), 2), -1, dtype=np.int64)
        for number, (function, specific, _, _) in enumerate(MODEL_RULES.values()):
            for value in (False, True):
                if specific in (None, value):
                    self.judged[FUNCTIONS.index(function), int(value)] = self.first_model + number


@dataclass(frozen=True)
class Columns:
    """One analysed document as arrays; positions and sentence numbers are its own.

    ``above`` is the nearest heading over each sentence (may be itself), -1 for none; ``level`` its own heading level;
    ``whole_line`` tells whether it fills its line.
    """

    document: Document
    normal: str
    start: Ints
    end: Ints
    body_start: Ints
    body_end: Ints
    weights: Ints
    paragraph: Ints
    above: Ints
    level: Ints
    whole_line: Bools
    probabilities: Floats
    hits: Hits
    hit_sentence: Ints

    @property
    def function(self) -> Ints:
        """Most probable function of each sentence, an index of ``FUNCTIONS``."""
        return np.asarray(self.probabilities[:, :N_FUNCTIONS].argmax(axis=1))

    @property
    def specific(self) -> Bools:
        """Whether each sentence is more probably specific than not."""
        return np.asarray(self.probabilities[:, N_FUNCTIONS] > 0.5)

    @cached_property
    def bodies(self) -> list[str]:
        """Normalised sentences without outer white space."""
        return [self.normal[a:b] for a, b in zip(self.body_start.tolist(), self.body_end.tolist(), strict=True)]


def columns_of(prepared: Prepared, probabilities: Floats) -> list[Columns]:
    """Take prepared documents apart; the parts share no array with each other, so that one may outlive the others."""
    above = prepared.place.heading
    hit_edges = prepared.hit_sentence.searchsorted(prepared.sentences.first).tolist()
    edges = prepared.sentences.first.tolist()
    out = []
    for d, (document, offset) in enumerate(zip(prepared.documents, prepared.offsets.tolist(), strict=True)):
        part, hits = slice(edges[d], edges[d + 1]), slice(hit_edges[d], hit_edges[d + 1])
        out.append(
            Columns(
                document=document,
                normal=prepared.folded.text[offset : offset + len(document.text)],
                start=prepared.sentences.start[part] - offset,
                end=prepared.sentences.end[part] - offset,
                body_start=prepared.body.start[part] - offset,
                body_end=prepared.body.end[part] - offset,
                weights=prepared.weights[part].copy(),
                paragraph=prepared.place.paragraph[part].copy(),
                above=np.where(above[part] >= 0, above[part] - edges[d], -1),
                level=prepared.place.own_level[part].copy(),
                whole_line=prepared.place.whole_line[part].copy(),
                probabilities=probabilities[part].copy(),
                hits=Hits(
                    prepared.found.start[hits] - offset, prepared.found.end[hits] - offset, prepared.found.rule[hits].copy()
                ),
                hit_sentence=prepared.hit_sentence[hits] - edges[d],
            )
        )
    return out


@dataclass(frozen=True)
class Evidence:
    """What the sentences, findings and advice of one report are made of; makes equal ones however often it is asked.

    ``genre`` is the genre its norms are of, ``parent`` the text of the document it carries out.
    """

    columns: Columns
    verdicts: Verdicts
    rules: FindingRules
    genre: str
    parent: str

    def sentences(self) -> tuple[Sentence, ...]:
        """Make the sentences."""
        c = self.columns
        text, bodies = c.document.text, c.bodies
        start, end = c.start.tolist(), c.end.tolist()
        rows = c.probabilities.tolist()
        columns = {
            "start": start,
            "end": end,
            "text": [text[a:b] for a, b in zip(start, end, strict=True)],
            "function": [FUNCTIONS[i] for i in c.function.tolist()],
            "specific": c.specific.tolist(),
            "weight": c.weights.tolist(),
            "heading": [bodies[above] if 0 <= above != i else "" for i, above in enumerate(c.above.tolist())],
            "paragraph": c.paragraph.tolist(),
            "p_function": [tuple(row[:N_FUNCTIONS]) for row in rows],
            "p_specific": [row[N_FUNCTIONS] for row in rows],
            "p_substantive": [row[N_FUNCTIONS + 1] for row in rows],
        }
        return make_rows(Sentence, columns)

    def findings(self, sentences: tuple[Sentence, ...]) -> tuple[Finding, ...]:
        """Make the findings, sorted by start, end and rule.

        A finding carries a row of the taxonomy only when the verdicts say that its sentence speaks of that row; its stance is
        then the verdict's, else that of ``stance_of``.

        Returns:
            One finding for each lexicon hit of a shown signal, for each hit of a form or remedy rule whose row the sentence
            speaks of, for each row of a sentence that no hit speaks for, and for each sentence that is not OTHER.
        """
        start, end, rule, row, sentence = self._places()
        numbers, text, bodies = sentence.tolist(), self.columns.document.text, self.columns.bodies
        starts, ends = start.tolist(), end.tolist()
        texts = [text[a:b] for a, b in zip(starts, ends, strict=True)]
        ids = [self.rules.ids[i] for i in rule.tolist()]
        reasons = [self._reason(*each) for each in zip(rule.tolist(), numbers, texts, strict=True)]
        marks = Fingerprints(ids, texts, [bodies[i] for i in numbers])
        columns = {
            "start": starts,
            "end": ends,
            "text": texts,
            "rule": ids,
            "signal": [self.rules.signals[i] for i in rule.tolist()],
            "form": [CODES[i] if i >= 0 else "" for i in row.tolist()],
            "stance": self._stances(row, sentence, sentences),
            "reason": [zh for zh, _ in reasons],
            "reason_en": [en for _, en in reasons],
            "sentence": numbers,
            "_marks": [(marks, i) for i in range(len(ids))],
        }
        return make_rows(Finding, columns)

    def official_rules(self, sentences: tuple[Sentence, ...], findings: tuple[Finding, ...]) -> tuple[Advice, ...]:
        """Make the advice of official rules."""
        document = self.columns.document
        title = document.title or first_line(document.text)
        return advise(Subject(document.text, sentences, self.columns.level, findings, self.genre, title, self.parent))

    def _places(self) -> tuple[Ints, Ints, Ints, Ints, Ints]:
        """Start, end, rule (a number of ``FindingRules``), row (-1 for none) and sentence of each finding, in their order."""
        c, rules = self.columns, self.rules
        row = rules.row[c.hits.rule]
        carries = (row >= 0) & self.verdicts.present[c.hit_sentence, row]
        shown = where(rules.shown[c.hits.rule] | (rules.carried[c.hits.rule] & carries))
        silent = self.verdicts.present.copy()
        silent[c.hit_sentence[carries], row[carries]] = False
        said, code = np.nonzero(silent)
        judged = rules.judged[c.function, c.specific.astype(np.int64)]
        whole = where(judged >= 0)
        of = np.concatenate([said, whole])
        none = np.full(len(whole), -1, dtype=np.int64)
        start = np.concatenate([c.hits.start[shown], c.start[of]])
        end = np.concatenate([c.hits.end[shown], c.body_end[of]])
        rule = np.concatenate([c.hits.rule[shown], rules.first_row + code, judged[whole]])
        row = np.concatenate([np.where(carries, row, -1)[shown], code, none])
        sentence = np.concatenate([c.hit_sentence[shown], of])
        order = np.lexsort((rules.order[rule], end, start))
        return start[order], end[order], rule[order], row[order], sentence[order]

    def _stances(self, row: Ints, sentence: Ints, sentences: tuple[Sentence, ...]) -> list[str]:
        """Stance of each finding; that of a form is the verdict's."""
        form = (row >= 0) & (row < len(FORMS))
        bodies = self.columns.bodies
        plain = {
            i: stance_of(sentences[i].function, bodies[i], sentences[i].heading) for i in np.unique(sentence[~form]).tolist()
        }
        told = self.verdicts.stance[sentence, np.where(form, row, 0)].tolist()
        return [
            STANCES[stance] if is_form else plain[i]
            for stance, is_form, i in zip(told, form.tolist(), sentence.tolist(), strict=True)
        ]

    def _reason(self, rule: int, sentence: int, term: str) -> tuple[str, str]:
        """Why a finding is one, in Chinese and in English."""
        if rule < self.rules.first_model:
            return term.join(self.rules.messages[rule]), term.join(self.rules.messages_en[rule])
        if rule < self.rules.first_row:
            function, _, zh, en = MODEL_RULES[self.rules.ids[rule]]
            p = self.columns.probabilities[sentence, FUNCTIONS.index(function)]
            return f"{FUNCTIONS_ZH[function]}：{zh}（p={p:.2f}）", f"{function}: {en} (p={p:.2f})"
        code = rule - self.rules.first_row
        row = CODES[code]
        p, cues = self.verdicts.p[sentence, code], self.verdicts.because.get((sentence, code), ())
        zh, en = ROW_NAMES[row]
        because = "；".join("＋".join(CUES_ZH[part] for part in cue.split("+")) for cue in cues)
        return (
            f"整句说的是{zh}（{row}）{f'：{because}' if because else ''}（p={p:.2f}）",
            f"the sentence speaks of {en} ({row}){f': {chr(44).join(cues)}' if cues else ''} (p={p:.2f})",
        )


class Fingerprints:
    """Fingerprints of the findings of one document, made when asked for.

    Args:
        rules, texts, bodies: rule id, matched text and normalised sentence of each finding, in order.
    """

    def __init__(self, rules: Sequence[str], texts: Sequence[str], bodies: Sequence[str]) -> None:
        self._keys = (rules, texts, bodies)

    def of(self, number: int) -> str:
        """Sixteen hex digits over rule, text, sentence and the number of the same finding before it."""
        key = (*(column[number] for column in self._keys), self._before[number])
        return hashlib.sha256("\x1f".join(key).encode("utf-8", "surrogatepass")).hexdigest()[:16]

    @cached_property
    def _before(self) -> list[str]:
        seen: Counter[tuple[str, ...]] = Counter()
        out = []
        for key in zip(*self._keys, strict=True):
            out.append(str(seen[key]))
            seen[key] += 1
        return out
