"""The page of one rule: what it looks for, why, where it errs, where it comes from, its proof."""

from __future__ import annotations

import re

from formalism_nlp.analysis.evidence import MODEL_RULES, ROW_RULES
from formalism_nlp.analysis.official_table import CHECKS, Check
from formalism_nlp.analysis.taxonomy_model import TaxonomyModel
from formalism_nlp.values.lexicon import Example, Lexicon, Rule
from formalism_nlp.values.report import FUNCTIONS_ZH
from formalism_nlp.values.taxonomy import CODES, ROW_NAMES

_STRONGEST = 12


def any_rule_text(rule_id: str, lexicon: Lexicon, taxonomy: TaxonomyModel | None, *, english: bool = False) -> str:
    """Return the page of a lexicon rule, of a judged sentence (``MDL…``) or of an official rule (``OFF…``); ``""`` if unknown."""
    if rule_id in lexicon.by_id:
        return rule_text(lexicon[rule_id], english=english)
    rows = {rule: row for row, rule in ROW_RULES.items()}
    if rule_id in rows:
        return _row_text(rule_id, rows[rule_id], taxonomy, english)
    if rule_id in MODEL_RULES:
        function, specific, zh, en = MODEL_RULES[rule_id]
        kind = function if english else FUNCTIONS_ZH[function]
        how = {None: "", True: " · specific", False: " · not specific"}[specific]
        return f"{rule_id} {kind}{how}\n\n{en if english else zh}"
    return next((_check_text(check, english) for check in CHECKS if check.id == rule_id), "")


def _row_text(rule_id: str, row: str, taxonomy: TaxonomyModel | None, english: bool) -> str:
    """The page of a row judged over the whole sentence, with the features that weigh most."""
    zh, en = ROW_NAMES[row]
    lines = [f"{rule_id} {en if english else zh} ({row})", ""]
    lines.append(
        "The sentence speaks of this row though no single word of a rule does: several cues together decide."
        if english
        else "整句说的是这一种，但没有哪一个词单独说明：由几个线索合在一起判断。"
    )
    if taxonomy is not None:
        strongest = taxonomy.strongest(CODES.index(row), _STRONGEST)
        lines += ["", "What says most for it when it stands alone:" if english else "单独出现时最说明问题的线索："]
        lines += [f"  {gain:+.2f} {name}" for gain, name in strongest if gain > 0]
    return "\n".join(lines)


def _check_text(check: Check, english: bool) -> str:
    title = check.title_en if english else check.title
    words = re.sub(r"\{\w+\}", "…", check.message_en if english else check.message)
    heads = ("Source", "Severity", "Scope", "Says") if english else ("依据", "级别", "范围", "提示语")
    scope = {"sent-down": ("下行文", "documents sent down"), "any": ("各种文稿", "any document")}[check.scope][
        1 if english else 0
    ]
    return "\n".join(
        [f"{check.id} {title}", "", f"{heads[0]}: 《{check.source}》{check.clause}", f"{heads[1]}: {check.severity}",
         f"{heads[2]}: {scope}", f"{heads[3]}: {words}"]
    )  # fmt: skip


def rule_text(rule: Rule, *, english: bool = False) -> str:
    """Return the page as text, Chinese by default; examples are Chinese in both."""
    why = rule.why_en if english and rule.why_en else rule.why
    heads = (
        ("Why", "Known problems", "Source", "Looks for", "Hit examples", "Pass examples")
        if english
        else ("为什么", "已知问题", "来源", "查找", "命中例", "不命中例")
    )
    title = rule.title_en if english and rule.title_en else rule.title
    lines = [f"{rule.id} {title} ({rule.name})", f"{rule.signal} · {rule.status}{f' · {rule.form}' if rule.form else ''}", ""]
    lines += [f"{heads[0]}: {why}", f"{heads[1]}: {rule.known_problems}", f"{heads[2]}:"]
    lines += [f"  - {' '.join(part for part in (s.title, s.clause, s.url) if part)}" for s in rule.source]
    lines.append(f"{heads[3]}: {_what(rule)}")
    lines += [f"{heads[4]}:", *(f"  + {_marked(e)}" for e in rule.hit), f"{heads[5]}:", *(f"  - {e.text}" for e in rule.avoid)]
    return "\n".join(lines)


def _what(rule: Rule) -> str:
    if rule.pattern is None:
        return "、".join(rule.terms)
    p = rule.pattern
    lists = {
        "units": p.units,
        "measures": p.measures,
        "objects": p.objects,
        "verbs": p.verbs,
        "contains": p.contains,
        "ends": p.ends,
    }
    return f"{p.kind} " + "; ".join(f"{name}: {'、'.join(words)}" for name, words in lists.items() if words)


def _marked(example: Example) -> str:
    out, at = [], 0
    for start, end in example.spans:
        out += [example.text[at:start], "⟦", example.text[start:end], "⟧"]
        at = end
    return "".join([*out, example.text[at:]])
