"""What findings are made of: rules with their reasons, and one analysed document as arrays. ``findings`` makes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.analysis.classifier import N_FUNCTIONS, Floats
from formalism_nlp.analysis.features import Prepared
from formalism_nlp.analysis.page import Hits
from formalism_nlp.analysis.spans import Bools, Ints, part_of
from formalism_nlp.values.document import Document
from formalism_nlp.values.lexicon import Lexicon
from formalism_nlp.values.report import FUNCTIONS, FUNCTIONS_ZH
from formalism_nlp.values.taxonomy import CODES

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
ROW_RULES: dict[str, str] = {code: f"MDL{101 + i}" for i, code in enumerate(CODES)}


def named(names: Sequence[str]) -> NDArray[np.object_]:
    """Names as an array: taking many of it costs half of what a list does."""
    return np.array(names, dtype=object)


class FindingRules:
    """What findings need to know of the rules: of those of a lexicon, then of ``MODEL_RULES``, then of ``ROW_RULES``.

    Args:
        lexicon: the rules of the hits.
    """

    def __init__(self, lexicon: Lexicon) -> None:
        rules = lexicon.rules
        self.ids = named([*(rule.id for rule in rules), *MODEL_RULES, *ROW_RULES.values()])
        self.signals = named([*(rule.signal for rule in rules), *["model"] * (len(MODEL_RULES) + len(ROW_RULES))])
        self.heads = [f"{id}\x1f".encode("utf-8", "surrogatepass") for id in self.ids.tolist()]
        """What the key of a fingerprint begins with."""
        self.first_model, self.first_row = len(rules), len(rules) + len(MODEL_RULES)
        self.row = np.array([CODES.index(rule.form) if rule.form else -1 for rule in rules], dtype=np.int64)
        self.shown = np.array([rule.signal in SHOWN_SIGNALS for rule in rules], dtype=bool)
        self.carried = np.array([rule.signal in ROW_SIGNALS for rule in rules], dtype=bool)
        self.order = np.argsort(np.argsort(self.ids))  # place of each id among the sorted ones
        # What a rule says, cut where the words it found stand; of ``MODEL_RULES`` where their probability stands.
        self.messages = [rule.message.split("{term}") for rule in rules]
        self.messages += [[f"{FUNCTIONS_ZH[function]}：{zh}（p=", "）"] for function, _, zh, _ in MODEL_RULES.values()]
        self.messages_en = [(rule.message_en or rule.name).split("{term}") for rule in rules]
        self.messages_en += [[f"{function}: {en} (p=", ")"] for function, _, _, en in MODEL_RULES.values()]
        self.function = np.array([FUNCTIONS.index(function) for function, *_ in MODEL_RULES.values()], dtype=np.int64)
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
    specific: Bools
    hits: Hits
    hit_sentence: Ints

    @property
    def function(self) -> Ints:
        """Most probable function of each sentence, an index of ``FUNCTIONS``."""
        return np.asarray(self.probabilities[:, :N_FUNCTIONS].argmax(axis=1))

    @cached_property
    def bodies(self) -> list[str]:
        """Normalised sentences without outer white space."""
        return [self.normal[a:b] for a, b in zip(self.body_start.tolist(), self.body_end.tolist(), strict=True)]


def columns_of(prepared: Prepared, probabilities: Floats, specific_threshold: float) -> list[Columns]:
    """Take prepared documents apart; the parts share no array with each other, so that one may outlive the others.

    Args:
        prepared: the documents.
        probabilities: (sentences, 8) of ``classifier.OUTPUTS``.
        specific_threshold: sentences whose probability of ``specific`` is higher are called specific.
    """
    specific = probabilities[:, N_FUNCTIONS] > specific_threshold
    above = prepared.place.heading
    hit_edges = prepared.hit_sentence.searchsorted(prepared.sentences.first).tolist()
    edges = prepared.sentences.first.tolist()
    out = []
    for d, (document, offset) in enumerate(zip(prepared.documents, prepared.offsets.tolist(), strict=True)):
        first, last = edges[d], edges[d + 1]
        low, high = hit_edges[d], hit_edges[d + 1]

        def own(values: NDArray[Any], first: int = first, last: int = last, less: int = 0) -> NDArray[Any]:
            return values[first:last] - less if less else part_of(values, first, last)

        out.append(
            Columns(
                document=document,
                normal=prepared.folded.text[offset : offset + len(document.text)],
                start=own(prepared.sentences.start, less=offset),
                end=own(prepared.sentences.end, less=offset),
                body_start=own(prepared.body.start, less=offset),
                body_end=own(prepared.body.end, less=offset),
                weights=own(prepared.weights),
                paragraph=own(prepared.place.paragraph),
                above=np.where(above[first:last] >= 0, above[first:last] - first, -1),
                level=own(prepared.place.own_level),
                whole_line=own(prepared.place.whole_line),
                probabilities=own(probabilities),
                specific=own(specific),
                hits=Hits(
                    own(prepared.found.start, low, high, offset),
                    own(prepared.found.end, low, high, offset),
                    own(prepared.found.rule, low, high),
                ),
                hit_sentence=own(prepared.hit_sentence, low, high, first),
            )
        )
    return out
