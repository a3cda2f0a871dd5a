"""Figures of the taxonomy → Markdown."""

from __future__ import annotations

from collections.abc import Mapping

from formalism_nlp.training.taxonomy_evaluate import JUDGES, Score, TaxonomyResult
from formalism_nlp.values.report import STANCES_ZH
from formalism_nlp.values.taxonomy import ROW_NAMES


def taxonomy_markdown(result: TaxonomyResult) -> str:
    """Return the tables of one split: headline, 21 rows, five stances; rules and fitted model side by side."""
    lines = [
        f"### Taxonomy, {result.split} ({result.sentences} sentences, {result.paragraphs} paragraphs)",
        "",
        "| figure | rules alone | fitted | 95 % interval (paragraphs) |",
        "|---|---|---|---|",
    ]
    headline = {
        "form micro-F1": {n: result.forms[n].f1 for n in JUDGES},
        **({"remedy micro-F1": {n: result.remedies[n].f1 for n in JUDGES}} if result.remedies else {}),
        "false alarms of forms, a thousand sentences": result.false_alarms,
        "stance macro-F1": {n: result.stance_macro(n) for n in JUDGES},
        "form and stance macro-F1": {n: result.stance_macro(n, together=True) for n in JUDGES},
    }
    for name, values in headline.items():
        low, high = result.intervals.get(name, (None, None))
        interval = f"{low:.3f} – {high:.3f}" if low is not None else ""
        lines.append(f"| {name} | {values['rules']:.3f} | {values['fitted']:.3f} | {interval} |")
    lines += ["", "Stance macro-F1 asks for the stance of every labelled form; together, form and stance must both be right."]
    rows: dict[str, Mapping[str, Score]] = {
        f"{code} {ROW_NAMES[code][0]}": {n: result.rows[n][code] for n in JUDGES} for code in result.rows["rules"]
    }
    rows |= {"all forms (micro)": result.forms} | ({"all remedies (micro)": result.remedies} if result.remedies else {})
    lines += ["", *_table("row", rows)]
    stances = {f"{key} {zh}": {n: result.stances[n][key] for n in JUDGES} for key, zh in STANCES_ZH.items()}
    together = {f"{key} {zh}": {n: result.together[n][key] for n in JUDGES} for key, zh in STANCES_ZH.items()}
    lines += ["", *_table("stance of a labelled form", stances), "", *_table("form and stance together", together), ""]
    return "\n".join(lines)


def _table(name: str, rows: Mapping[str, Mapping[str, Score]]) -> list[str]:
    head = f"| {name} | cases | " + " | ".join(f"P {n} | R {n} | F1 {n}" for n in JUDGES) + " |"
    lines = [head, "|---" * (2 + 3 * len(JUDGES)) + "|"]
    for label, scores in rows.items():
        cells = " | ".join(f"{s.precision:.2f} | {s.recall:.2f} | {s.f1:.2f}" for s in (scores[n] for n in JUDGES))
        lines.append(f"| {label} | {scores['rules'].cases} | {cells} |")
    return lines
