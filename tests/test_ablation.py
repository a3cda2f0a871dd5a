"""Ablations: each variant is one entry, is fitted without what it names, and is judged on the same rows."""

from __future__ import annotations

import numpy as np
import pytest

from formalism_nlp import store
from formalism_nlp.analysis.matcher import Matcher
from formalism_nlp.training.ablation import VARIANTS, Variant, ablate, table
from formalism_nlp.training.data import load_passages
from formalism_nlp.training.fit import Settings, compiled_difference, fit
from formalism_nlp.training.matrix import make_examples
from formalism_nlp.training.second_pass import SecondSettings
from formalism_nlp.training.texts import row_parts

SMALL = Settings(most=500, folds=2, second=SecondSettings(hidden=4, schedule=((0.002, 2),)))


def test_variants_have_names_of_their_own_and_the_first_is_full() -> None:
    assert len({variant.name for variant in VARIANTS}) == len(VARIANTS)
    first = VARIANTS[0]
    lexicon = store.default_lexicon()
    assert first.parts("anything") and first.lexicon(lexicon) == lexicon and first.settings(SMALL) == SMALL


def test_every_variant_fits_and_is_compared_with_the_first() -> None:
    passages = [p for p in load_passages(("train",), public=False) if p.group in ("A1", "B1", "C1") or p.doc_id == "stat-01"]
    dev = [p for p in load_passages(("dev",), public=False) if p.group in ("A5", "C7")]
    lines: list[str] = []
    results = ablate(VARIANTS, passages, dev, store.default_lexicon(), SMALL, progress=lines.append)
    assert [r.name for r in results] == [v.name for v in VARIANTS] and len(lines) == 2 * len(VARIANTS)
    assert all(np.array_equal(r.judged.function, results[0].judged.function) for r in results)
    trained = {r.name: r.trained_on for r in results}
    assert trained["without own documents (sets A, B stay)"] < trained["full"]
    assert all(r.gain[1] <= r.gain[0] <= r.gain[2] for r in results)
    assert len({r.judged.p_function.tobytes() for r in results}) >= 5, "variants must differ"
    made = table(results, row_parts(make_examples(dev, Matcher(store.default_lexicon()), alone=False), dev))
    assert len(made.rows) == len(VARIANTS) and {len(row) for row in made.rows} == {len(made.header)}


def test_a_linear_second_pass_compiles_to_the_same_probabilities(matcher: Matcher) -> None:
    passages = [p for p in load_passages(("train",), public=False) if p.group in ("A1", "B1")]
    training = fit(passages, matcher, Settings(most=500, folds=2, second=SecondSettings(hidden=4, linear=True)))
    examples = make_examples(load_passages(("dev",), public=False)[:6], matcher, alone=False)
    assert max(compiled_difference(training, example) for example in examples) < 1e-9


@pytest.mark.parametrize("name", ["full", "without lexicon rules (but those of structure)"])
def test_a_variant_uses_the_rules_it_says(name: str) -> None:
    variant: Variant = next(v for v in VARIANTS if v.name == name)
    rules = {rule.id[:3] for rule in variant.lexicon(store.default_lexicon()).rules}
    assert ("TRC" in rules) == (name == "full") and "STR" in rules
