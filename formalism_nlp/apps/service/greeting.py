"""What a worker tells the front when it is ready: versions, genres, rules. The front itself loads no model."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from formalism_nlp import store
from formalism_nlp.analysis.evidence import MODEL_RULES, ROW_RULES
from formalism_nlp.analysis.norms import ALL
from formalism_nlp.analysis.official_table import CHECKS
from formalism_nlp.analysis.scorer import Scorer
from formalism_nlp.values.report import FUNCTIONS_ZH
from formalism_nlp.values.taxonomy import ROW_NAMES
from formalism_nlp.views.rule_page import any_rule_text


def greeting(scorer: Scorer, model: str | None) -> dict[str, Any]:
    """Return ``versions``, ``rules`` (in id order) and ``genres`` (name → Chinese name) as JSON types.

    Args:
        scorer: of the worker.
        model: folder whose norms it uses, None for the shipped ones.
    """
    folder = Path(model) if model else store.model_folder()
    taxonomy = store.find_taxonomy(folder)
    rules = [*_lexicon_rules(scorer), *_judged_rules(), *_official_rules()]
    return {
        "genres": _genres(folder),
        "versions": asdict(scorer.versions),
        "rules": [
            {**rule, "page": any_rule_text(rule["id"], scorer.lexicon, taxonomy)} for rule in sorted(rules, key=lambda r: r["id"])
        ],
    }


def _genres(model: Path) -> dict[str, str]:
    names = json.loads((store.data_folder("corpora") / "genres.json").read_text(encoding="utf-8"))
    return {genre: names.get(genre, {}).get("zh", genre) for genre in sorted(store.load_norms(model).genres) if genre != ALL}


def _lexicon_rules(scorer: Scorer) -> list[dict[str, Any]]:
    names = ("id", "name", "title", "title_en", "signal", "status", "form", "why", "why_en", "known_problems")
    return [
        {**{name: getattr(rule, name) for name in names}, "source": [asdict(source) for source in rule.source]}
        for rule in scorer.lexicon.rules
    ]


def _judged_rules() -> list[dict[str, Any]]:
    """The rules of judged sentences: their function, and rows of the taxonomy."""
    judged = [
        _rule(rule_id, f"model-{function.lower()}", FUNCTIONS_ZH[function], function.lower(), "model", "", zh, en)
        for rule_id, (function, _specific, zh, en) in MODEL_RULES.items()
    ]
    why = ("整句说的是这一种，由几个线索合在一起判断", "the sentence speaks of this row: several cues together decide")
    return judged + [_rule(rule_id, f"model-{row}", *ROW_NAMES[row], "model", row, *why) for row, rule_id in ROW_RULES.items()]


def _official_rules() -> list[dict[str, Any]]:
    return [
        {
            **_rule(
                check.id, f"official-{check.id}", check.title, check.title_en, "official", "", check.message, check.message_en
            ),
            "source": [{"title": check.source, "clause": check.clause, "url": ""}],
        }
        for check in CHECKS
    ]


def _rule(rule_id: str, name: str, title: str, title_en: str, signal: str, form: str, why: str, why_en: str) -> dict[str, Any]:
    """A rule that is no file, in the shape of those that are."""
    row = {"id": rule_id, "name": name, "title": title, "title_en": title_en, "signal": signal, "status": "stable", "form": form}
    return {**row, "why": why, "why_en": why_en, "known_problems": "", "source": []}
