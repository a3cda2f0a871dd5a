"""What a reviewer is told beside a text: the few findings worth a remark, the same in Word, editors and CI.

A report holds every hit of every rule, several a sentence; a reviewer shown all of them reads none. Remarks are:

- sentences that as a whole are slogan, tell only own activity, claim a result without a checkable detail, or plan without
  quantity, deadline or responsible party (rules MDL001, MDL002, MDL003, MDL005);
- forms of formalism the text itself exhibits, one remark a form and sentence (not those it admits, criticises or ends).

A remark on a place that official rules speak of names their clauses. Single words (slogans, hedges, traces) are named as evidence in the remark on their sentence and make none of their own;
findings that speak for the text (checkable results, problems named) make none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from formalism_nlp.analysis.evidence import MODEL_RULES
from formalism_nlp.values.lexicon import Lexicon
from formalism_nlp.values.report import STANCES_ZH, Advice, Finding, Report
from formalism_nlp.values.taxonomy import FORMS
from formalism_nlp.views.kinds import FORM_NAMES, KINDS, kind_of

Level = Literal["warning", "note"]

# Sentence rules that make a remark, and the signals whose words are their evidence.
SENTENCE_RULES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"MDL001": ("slogan", "doctrine"), "MDL002": ("trace",), "MDL003": ("slogan", "hedge"), "MDL005": ("slogan", "hedge")}
)
_MOST_TERMS = 6


@dataclass(frozen=True, slots=True)
class Remark:
    """One remark: the finding it is about, the words that are its evidence, how grave it is, and the official advice on its place.

    ``level`` is ``"warning"`` for what the text claims without showing (slogan sentences, unproven results, forms it exhibits)
    and ``"note"`` for what may be in order (activity, plans, style).
    """

    finding: Finding
    evidence: tuple[str, ...]
    level: Level
    advice: tuple[Advice, ...] = ()

    @property
    def kind(self) -> str:
        """Key of ``views.kinds.KINDS``."""
        return "form" if self.finding.form in FORMS else kind_of(self.finding)


def remarks(report: Report, *, dismissed: Collection[str] = ()) -> tuple[Remark, ...]:
    """Choose the remarks of a report.

    Args:
        report: of one document.
        dismissed: fingerprints of findings a reviewer has dismissed.

    Returns:
        Remarks by start, end and rule. A dismissed remark is left out; dismissing one form in a sentence leaves its others.
    """
    by_sentence: defaultdict[int, list[Finding]] = defaultdict(list)
    for finding in report.findings:
        by_sentence[finding.sentence].append(finding)
    found = [remark for number in sorted(by_sentence) for remark in _of_sentence(by_sentence[number])]
    kept = [
        replace(remark, advice=_advice_on(remark.finding, report))
        for remark in found
        if remark.finding.fingerprint not in dismissed
    ]
    return tuple(sorted(kept, key=lambda r: (r.finding.start, r.finding.end, r.finding.rule)))


def _advice_on(finding: Finding, report: Report) -> tuple[Advice, ...]:
    """Advice that speaks of characters of a finding."""
    return tuple(
        advice
        for advice in report.official_rules
        if any(start < finding.end and finding.start < end for start, end in advice.spans)
    )


def _of_sentence(findings: list[Finding]) -> Iterator[Remark]:
    forms: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.start == finding.end:
            continue
        if finding.rule in SENTENCE_RULES:
            words = [f for f in findings if f.signal in SENTENCE_RULES[finding.rule]]
            grave = finding.rule in ("MDL001", "MDL003")
            yield Remark(finding, _first_terms(words), "warning" if grave else "note")
        elif finding.form in FORMS and finding.stance == "exhibits":
            forms.setdefault(finding.form, []).append(finding)
    for same in forms.values():
        yield Remark(same[0], _first_terms(same), "warning")


def _first_terms(words: list[Finding]) -> tuple[str, ...]:
    """The first different words, those inside a longer one left out."""
    whole = [w for w in words if not any(o.start <= w.start and w.end <= o.end and len(o.text) > len(w.text) for o in words)]
    return tuple(dict.fromkeys(word.text for word in whole))[:_MOST_TERMS]


def remark_lines(remark: Remark, lexicon: Lexicon, *, english: bool = False) -> tuple[str, ...]:
    """Return the remark in words, a line each: what and why; form and stance; evidence; clauses of official rules; rule and source.

    Args:
        remark: from ``remarks``.
        lexicon: names the rule and its source.
        english: in English instead of Chinese; quoted words stay Chinese.
    """
    finding = remark.finding
    which = 1 if english else 0
    reason = finding.reason_en if english else finding.reason
    name = KINDS[remark.kind][which]
    lines = [f"[{name}] {reason}" if english else f"【{name}】{reason.removeprefix(f'{name}：')}"]
    if finding.form:
        form = f"{finding.form} {FORM_NAMES[finding.form][which]}"
        stance = finding.stance if english else STANCES_ZH[finding.stance]
        lines.append(f"Form: {form}; stance: {stance}" if english else f"形式：{form}；立场：{stance}")
    if remark.evidence and remark.evidence != (finding.text,):
        lines.append(("Evidence: " if english else "依据：") + "、".join(remark.evidence))
    lines += [f"{'Clause: ' if english else '条款：'}{clause(advice)}" for advice in remark.advice]
    lines.append(("Rule: " if english else "规则：") + rule_and_clause(finding.rule, lexicon, english=english))
    return tuple(lines)


def clause(advice: Advice) -> str:
    """Return id, source and clause of an official rule in one line."""
    return f"{advice.id}《{advice.source}》{advice.clause}"


def rule_title(finding: Finding, lexicon: Lexicon) -> tuple[str, str]:
    """Return what a rule is about in Chinese and English: of the lexicon, of a judgement of whole sentences, or of a form."""
    if rule := lexicon.by_id.get(finding.rule):
        return rule.title, rule.title_en or rule.name
    if finding.rule in MODEL_RULES:
        return MODEL_RULES[finding.rule][2:]
    return FORM_NAMES.get(finding.form, (finding.reason, finding.reason_en))


def rule_and_clause(rule_id: str, lexicon: Lexicon, *, english: bool = False) -> str:
    """Return a rule with its title and the source and clause it goes back to, in one line; the id alone for model rules."""
    rule = lexicon.by_id.get(rule_id)
    if rule is None:
        return rule_id
    source = rule.source[0]
    title = rule.title_en if english and rule.title_en else rule.title
    named = " ".join(part for part in (source.title, source.clause) if part)
    return f"{rule_id} {title} ({named})" if english else f"{rule_id} {title}（{named}）"
