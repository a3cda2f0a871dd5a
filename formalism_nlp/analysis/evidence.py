"""Findings: lexicon hits and judged sentences, each with its reason."""

from __future__ import annotations

import hashlib
from collections import Counter

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.analysis.features import Prepared
from formalism_nlp.analysis.stance import stance_of
from formalism_nlp.values.lexicon import Lexicon
from formalism_nlp.values.report import FUNCTIONS_ZH, Finding, Sentence

SHOWN_SIGNALS = ("slogan", "doctrine", "hedge", "trace", "substance")

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


def collect_findings(prepared: Prepared, sentences: tuple[Sentence, ...], lexicon: Lexicon) -> tuple[Finding, ...]:
    """Make the findings of one document, sorted by start, end and rule.

    Returns:
        One finding for each lexicon hit of a shown signal and one for each sentence that is not OTHER.
    """
    text = prepared.document.text
    stances = [stance_of(s.function, body, s.heading) for s, body in zip(sentences, prepared.bodies, strict=True)]
    rows: list[tuple[int, int, str, str, str, str, str, int]] = []
    for hit, number in zip(prepared.hits, prepared.hit_sentence.tolist(), strict=True):
        rule = lexicon.rules[hit.rule]
        if rule.signal in SHOWN_SIGNALS:
            term = text[hit.start : hit.end]
            rows.append(
                (hit.start, hit.end, rule.id, rule.signal, rule.form, rule.message.replace("{term}", term),
                 (rule.message_en or rule.name).replace("{term}", term), number)
            )  # fmt: skip
    for number, sentence in enumerate(sentences):
        for rule_id, (function, specific, zh, en) in MODEL_RULES.items():
            if sentence.function == function and specific in (None, sentence.specific):
                p = sentence.probabilities[function]
                end = sentence.start + len(sentence.text.rstrip())
                why = f"{FUNCTIONS_ZH[function]}：{zh}（p={p:.2f}）"
                rows.append((sentence.start, end, rule_id, "model", "", why, f"{function}: {en} (p={p:.2f})", number))
    rows.sort()
    seen: Counter[tuple[str, str, str]] = Counter()
    out = []
    for start, end, rule_id, signal, form, zh, en, number in rows:
        key = (rule_id, text[start:end], prepared.bodies[number])
        fingerprint = hashlib.sha256("\x1f".join((*key, str(seen[key]))).encode("utf-8", "surrogatepass")).hexdigest()[:16]
        seen[key] += 1
        out.append(Finding(start, end, text[start:end], rule_id, signal, form, stances[number], zh, en, number, fingerprint))
    return tuple(out)


def covered_characters(prepared: Prepared, lexicon: Lexicon, signals: tuple[str, ...]) -> NDArray[np.float64]:
    """Characters of each sentence inside hits of the given signals, each character once; sentence of the hit's start."""
    out = np.zeros(len(prepared.spans))
    reached = 0
    for hit, number in zip(prepared.hits, prepared.hit_sentence.tolist(), strict=True):
        if lexicon.rules[hit.rule].signal in signals:
            out[number] += max(0, hit.end - max(hit.start, reached))
            reached = max(reached, hit.end)
    return out


def repeats(prepared: Prepared) -> NDArray[np.bool_]:
    """Whether each sentence (of at least 8 counted characters) stood in the document before, letter for letter."""
    seen: set[str] = set()
    out = np.zeros(len(prepared.bodies), dtype=bool)
    for i, body in enumerate(prepared.bodies):
        if prepared.weights[i] >= 8:
            out[i] = body in seen
            seen.add(body)
    return out
