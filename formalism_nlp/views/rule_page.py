"""The page of one rule: what it looks for, why, where it errs, where it comes from, its proof."""

from __future__ import annotations

from formalism_nlp.values.lexicon import Example, Rule


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
