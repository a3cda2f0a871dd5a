"""Rules made up for tests."""

from __future__ import annotations

from formalism_nlp.values.lexicon import Example, Rule, Source

HIT = (Example("x", ((0, 1),)), Example("y", ((0, 1),)))
AVOID = (Example("x"), Example("y"))


def rule(rule_id: str, signal: str, **fields: object) -> Rule:
    base = {"name": rule_id.lower(), "title": "t", "status": "stable", "message": "m", "why": "w", "known_problems": "k"}
    return Rule(id=rule_id, signal=signal, source=(Source("s"),), hit=HIT, avoid=AVOID, **{**base, **fields})  # type: ignore[arg-type]
