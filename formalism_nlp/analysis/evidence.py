"""Findings: lexicon hits and judged sentences, each with its reason."""

from __future__ import annotations

import hashlib
from collections import Counter

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.analysis.cues import CUES_ZH
from formalism_nlp.analysis.features import Prepared
from formalism_nlp.analysis.stance import stance_of
from formalism_nlp.analysis.taxonomy import Verdicts
from formalism_nlp.values.lexicon import Lexicon
from formalism_nlp.values.report import FUNCTIONS_ZH, STANCES, Finding, Sentence
from formalism_nlp.values.taxonomy import CODES, FORMS, REMEDIES, ROW_NAMES

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
ROW_RULES: dict[str, str] = {
    **{form: f"MDL{101 + i}" for i, form in enumerate(FORMS)},
    **{remedy: f"MDL{201 + i}" for i, remedy in enumerate(REMEDIES)},
}


def collect_findings(
    prepared: Prepared, sentences: tuple[Sentence, ...], lexicon: Lexicon, verdicts: Verdicts
) -> tuple[Finding, ...]:
    """Make the findings of one document, sorted by start, end and rule.

    A finding carries a row of the taxonomy only when ``verdicts`` say that its sentence speaks of that row; its stance is then
    the verdict's, else that of ``stance_of``.

    Returns:
        One finding for each lexicon hit of a shown signal, for each hit of a form or remedy rule whose row the sentence speaks
        of, for each row of a sentence that no hit speaks for, and for each sentence that is not OTHER.
    """
    text = prepared.document.text
    rows: list[tuple[int, int, str, str, str, str, str, int]] = []
    spoken: set[tuple[int, int]] = set()
    for hit, number in zip(prepared.hits, prepared.hit_sentence.tolist(), strict=True):
        rule = lexicon.rules[hit.rule]
        code = CODES.index(rule.form) if rule.form else -1
        carries = code >= 0 and bool(verdicts.present[number, code])
        if carries:
            spoken.add((number, code))
        if rule.signal in SHOWN_SIGNALS or (rule.signal in ROW_SIGNALS and carries):
            term = text[hit.start : hit.end]
            rows.append(
                (hit.start, hit.end, rule.id, rule.signal, rule.form if carries else "", rule.message.replace("{term}", term),
                 (rule.message_en or rule.name).replace("{term}", term), number)
            )  # fmt: skip
    rows += _sentence_rows(sentences, verdicts, spoken)
    for number, sentence in enumerate(sentences):
        for rule_id, (function, specific, zh, en) in MODEL_RULES.items():
            if sentence.function == function and specific in (None, sentence.specific):
                p = sentence.probabilities[function]
                end = sentence.start + len(sentence.text.rstrip())
                why = f"{FUNCTIONS_ZH[function]}：{zh}（p={p:.2f}）"
                rows.append((sentence.start, end, rule_id, "model", "", why, f"{function}: {en} (p={p:.2f})", number))
    rows.sort()
    stances = [stance_of(s.function, body, s.heading) for s, body in zip(sentences, prepared.bodies, strict=True)]
    seen: Counter[tuple[str, str, str]] = Counter()
    out = []
    for start, end, rule_id, signal, form, zh, en, number in rows:
        key = (rule_id, text[start:end], prepared.bodies[number])
        fingerprint = hashlib.sha256("\x1f".join((*key, str(seen[key]))).encode("utf-8", "surrogatepass")).hexdigest()[:16]
        seen[key] += 1
        stance = STANCES[verdicts.stance[number, FORMS.index(form)]] if form in FORMS else stances[number]
        out.append(Finding(start, end, text[start:end], rule_id, signal, form, stance, zh, en, number, fingerprint))
    return tuple(out)


def _sentence_rows(
    sentences: tuple[Sentence, ...], verdicts: Verdicts, spoken: set[tuple[int, int]]
) -> list[tuple[int, int, str, str, str, str, str, int]]:
    """Findings of whole sentences for rows that no hit carries, with the cues that decided."""
    rows = []
    for number, code in np.argwhere(verdicts.present).tolist():
        if (number, code) in spoken:
            continue
        sentence, row = sentences[number], CODES[code]
        p, cues = verdicts.p[number, code], verdicts.because.get((number, code), ())
        zh, en = ROW_NAMES[row]
        because = "；".join("＋".join(CUES_ZH[part] for part in cue.split("+")) for cue in cues)
        why = f"整句说的是{zh}（{row}）{f'：{because}' if because else ''}（p={p:.2f}）"
        why_en = f"the sentence speaks of {en} ({row}){f': {chr(44).join(cues)}' if cues else ''} (p={p:.2f})"
        end = sentence.start + len(sentence.text.rstrip())
        rows.append((sentence.start, end, ROW_RULES[row], "model", row, why, why_en, number))
    return rows


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
