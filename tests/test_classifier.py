"""The compiled model equals the scikit-learn estimators it was compiled from; training is deterministic."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from formalism_nlp import store
from formalism_nlp.analysis.classifier import OUTPUTS, Model
from formalism_nlp.analysis.features import prepare
from formalism_nlp.analysis.matcher import Matcher
from formalism_nlp.analysis.ngrams import BEGIN, END, clean, key_of, make_alphabet, ngram_rows, text_of
from formalism_nlp.store.model_files import MODEL_SCHEMA
from formalism_nlp.training.data import load_passages
from formalism_nlp.training.fit import Settings, Training, _decision, _Targets, compiled_difference, fit
from formalism_nlp.training.matrix import Example, make_examples, model_columns, model_names
from formalism_nlp.training.metrics import best_threshold
from formalism_nlp.values.document import Document
from formalism_nlp.values.errors import ModelError

SMALL = Settings(most=800, folds=2)


@pytest.fixture(scope="module")
def training(matcher: Matcher) -> Training:
    passages = [p for p in load_passages(("train",), public=False) if p.doc_id.startswith(("A1", "A2", "B1"))]
    return fit(passages, matcher, SMALL)


def test_compiled_equals_fitted_on_dev_documents(training: Training, matcher: Matcher) -> None:
    examples = make_examples(load_passages(("dev",)), matcher, alone=False)
    assert max(compiled_difference(training, example) for example in examples) < 1e-9


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(st.text(alphabet=st.characters(codec=None), min_size=1, max_size=300))
def test_compiled_equals_fitted_on_any_text(training: Training, matcher: Matcher, text: str) -> None:
    prepared = prepare(Document.from_text(text), matcher, model_columns(matcher.lexicon))
    nothing = np.zeros(0, dtype=np.int64)
    assert compiled_difference(training, Example(prepared, nothing, nothing, nothing, "g", "own", "d")) < 1e-9


def test_same_data_same_bytes(training: Training, matcher: Matcher, tmp_path: Path) -> None:
    passages = [p for p in load_passages(("train",), public=False) if p.doc_id.startswith(("A1", "A2", "B1"))]
    again = fit(passages, matcher, SMALL)
    for name, one in (("a", training), ("b", again)):
        store.save_model(one.model, tmp_path / name, provenance={})
    for file in ("weights.npz", "model.json"):
        first, second = ((tmp_path / name / file).read_bytes() for name in ("a", "b"))
        assert hashlib.sha256(first).hexdigest() == hashlib.sha256(second).hexdigest()


def test_model_survives_the_disk(training: Training, matcher: Matcher, tmp_path: Path) -> None:
    store.save_model(training.model, tmp_path, provenance={})
    loaded = store.load_model(tmp_path)
    prepared = prepare(Document.from_text("召开会议12次。\n建成公路86公里。"), matcher)
    assert np.array_equal(loaded.predict(prepared), training.model.predict(prepared))
    with pytest.raises(ValueError, match="read-only"):
        loaded.unit_bias[0] = 1.0


@pytest.mark.parametrize("damage", ["missing", "bytes", "schema"])
def test_a_damaged_model_is_refused(training: Training, tmp_path: Path, damage: str) -> None:
    store.save_model(training.model, tmp_path, provenance={})
    if damage == "missing":
        (tmp_path / "weights.npz").unlink()
    elif damage == "bytes":
        body = bytearray((tmp_path / "weights.npz").read_bytes())
        body[100] ^= 1
        (tmp_path / "weights.npz").write_bytes(bytes(body))
    else:
        text = (tmp_path / "model.json").read_text(encoding="utf-8")
        (tmp_path / "model.json").write_text(text.replace(f'"schema": {MODEL_SCHEMA}', '"schema": 99'), encoding="utf-8")
    with pytest.raises(ModelError, match="F301"):
        store.load_model(tmp_path)


def test_threshold_of_specific_is_the_best_on_folds_and_decides(training: Training) -> None:
    from dataclasses import replace

    from formalism_nlp.analysis.scorer import Scorer

    assert 0 < training.model.specific_threshold < 1
    folder = store.model_folder()
    model, norms = store.load_model(folder), store.load_norms(folder)
    text = (store.data_folder("corpora") / "documents" / "A1-mixed.txt").read_text(encoding="utf-8")
    said = {}
    for threshold in (0.001, model.specific_threshold, 0.999):
        scorer = Scorer(store.default_lexicon(), replace(model, specific_threshold=threshold), norms, library="test")
        sentences = scorer.score(text).sentences
        assert all(s.specific == (s.p_specific > threshold) for s in sentences)
        said[threshold] = sum(s.specific for s in sentences)
    assert said[0.001] > said[model.specific_threshold] > said[0.999]


@given(st.lists(st.tuples(st.integers(0, 8), st.booleans(), st.integers(1, 3)), min_size=1, max_size=12))
def test_best_threshold_has_the_highest_f1(rows: list[tuple[int, bool, int]]) -> None:
    scores, truth, share = (np.array(column) for column in zip(*rows, strict=True))
    if not truth.any():
        return

    def f1(threshold: float) -> float:
        said = scores > threshold
        return float(2 * share[said & truth].sum() / (share[said].sum() + share[truth].sum()))

    best = best_threshold(scores.astype(float), truth, share.astype(float))
    assert f1(best) == pytest.approx(max(f1(place) for place in np.arange(-1, 9) + 0.5))


def test_a_model_for_other_rules_is_refused(training: Training) -> None:
    from dataclasses import replace

    from formalism_nlp.analysis.scorer import Scorer

    other: Model = replace(training.model, dense_names=(*training.model.dense_names[:-1], "rule:XXX999"))
    with pytest.raises(ModelError, match="rule:XXX999"):
        Scorer(store.default_lexicon(), other, store.load_norms(store.model_folder()), library="test")


def test_shipped_model_fits_the_shipped_lexicon() -> None:
    model, lexicon = store.load_model(store.model_folder()), store.default_lexicon()
    assert model.lexicon_version == lexicon.version, "the lexicon changed: run `formalism train`"
    assert model.dense_names == model_names(lexicon)


@given(st.text(alphabet="会议召开重视", min_size=1, max_size=4))
def test_ngram_keys_are_reversible(ngram: str) -> None:
    characters = BEGIN + END + "".join(sorted("会议召开重视"))
    assert text_of(key_of(ngram, make_alphabet(characters)), characters) == ngram


@given(st.lists(st.text(alphabet="会议召开1２ \n", max_size=12), max_size=6))
def test_ngrams_equal_brute_force(sentences: list[str]) -> None:
    characters = BEGIN + END + "".join(sorted("会议召开0"))
    alphabet = make_alphabet(characters)
    rows, keys = ngram_rows(sentences, alphabet, 3)
    got = sorted(zip(rows.tolist(), (text_of(k, characters) for k in keys.tolist()), strict=True))
    want = []
    for number, sentence in enumerate(sentences):
        marked = BEGIN + clean(sentence) + END
        want += [(number, marked[i : i + n]) for n in (1, 2, 3) for i in range(len(marked) - n + 1)]
    assert got == sorted((n, g) for n, g in want if all(c in characters for c in g))


def test_outputs_are_promises() -> None:
    assert OUTPUTS == ("SLOGAN", "ACTIVITY", "RESULT", "PLAN", "PROBLEM", "OTHER", "specific", "substantive")


def test_temperature_and_threshold_rest_on_public_documents_where_there_are_any() -> None:
    """Own sentences are all told apart, half of the public ones are wrong: with these alone the logits must be cooled far more."""
    rng = np.random.default_rng(0)
    pairs = np.tile([4, 5], 200)  # RESULT, not specific and specific
    public = np.arange(400) >= 200
    said = np.where(public & (rng.random(400) < 0.5), 9 - pairs, pairs)
    logits = np.zeros((400, 12))
    logits[np.arange(400), said] = 8.0
    groups = np.arange(400).astype(object)
    of_public = _Targets(pairs // 2, pairs % 2, np.ones(400), groups, public)
    of_none = _Targets(pairs // 2, pairs % 2, np.ones(400), groups, np.zeros(400, dtype=bool))
    alone = of_public.only(np.flatnonzero(public))
    assert _decision(logits, of_public) == _decision(logits[public], alone)
    assert _decision(logits, of_public)[0] > 1.2 * _decision(logits, of_none)[0]
