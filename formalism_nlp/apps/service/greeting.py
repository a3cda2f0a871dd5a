"""What a worker tells the front when it is ready: versions, genres, rules. The front itself loads no model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from formalism_nlp import store
from formalism_nlp.analysis.evidence import MODEL_RULES
from formalism_nlp.analysis.norms import ALL
from formalism_nlp.analysis.scorer import Scorer
from formalism_nlp.values.lexicon import Rule
from formalism_nlp.values.report import FUNCTIONS_ZH
from formalism_nlp.views.rule_page import rule_text


def greeting(scorer: Scorer, model: str | None) -> dict[str, Any]:
    """Return ``versions``, ``rules`` (in id order) and ``genres`` (name → Chinese name) as JSON types.

    Args:
        scorer: of the worker.
        model: folder whose norms it uses, None for the shipped ones.
    """
    versions = scorer.versions
    return {
        "genres": _genres(model),
        "versions": {name: getattr(versions, name) for name in ("library", "lexicon", "model", "norms")},
        "rules": [*_model_rules(), *(_rule(rule) for rule in scorer.lexicon.rules)],
    }


def _genres(model: str | None) -> dict[str, str]:
    names = json.loads((store.data_folder("corpora") / "genres.json").read_text(encoding="utf-8"))
    norms = store.load_norms(Path(model) if model else store.model_folder())
    return {genre: names.get(genre, {}).get("zh", genre) for genre in sorted(norms.genres) if genre != ALL}


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "name": rule.name,
        "title": rule.title,
        "title_en": rule.title_en,
        "signal": rule.signal,
        "status": rule.status,
        "form": rule.form,
        "why": rule.why,
        "why_en": rule.why_en,
        "known_problems": rule.known_problems,
        "source": [{"title": s.title, "clause": s.clause, "url": s.url} for s in rule.source],
        "page": rule_text(rule),
    }


def _model_rules() -> list[dict[str, Any]]:
    """The rules of judged sentences, in the same shape as those of the lexicon."""
    out = []
    for rule_id, (function, _specific, zh, en) in MODEL_RULES.items():
        row = {"id": rule_id, "name": f"model-{function.lower()}", "title": FUNCTIONS_ZH[function], "title_en": function.lower()}
        row |= {"signal": "model", "status": "stable", "form": "", "why": zh, "why_en": en, "known_problems": "", "page": zh}
        out.append({**row, "source": []})
    return out
