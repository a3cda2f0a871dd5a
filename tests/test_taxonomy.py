"""Forms, remedies and stances: real articles and reports, laws of the judge, its files, its corpus, its page."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import formalism_nlp as fn
from formalism_nlp import store
from formalism_nlp.analysis.clauses import COLUMN, COUNT, find_clauses
from formalism_nlp.analysis.cues import CUES, CUES_ZH, CueFinder
from formalism_nlp.analysis.detection import CUE_FEATURES, ROWS, RowRules, detection_features
from formalism_nlp.analysis.evidence import ROW_RULES
from formalism_nlp.analysis.ngrams import make_alphabet
from formalism_nlp.analysis.normal import normalise
from formalism_nlp.analysis.scorer import Scorer
from formalism_nlp.analysis.sentences import split_sentences
from formalism_nlp.analysis.stance import STANCE_FEATURES
from formalism_nlp.analysis.taxonomy import TaxonomyJudge, quieted
from formalism_nlp.analysis.taxonomy_model import WORD, Asked, Reasons
from formalism_nlp.training.stance_corpus import load_documents, load_figurative, load_fresh, load_paragraphs, load_public
from formalism_nlp.training.taxonomy_agreement import agreement_table
from formalism_nlp.training.taxonomy_evaluate import judge_paragraphs
from formalism_nlp.training.taxonomy_fit import TaxonomySettings, fit_taxonomy, measure
from formalism_nlp.values.errors import ModelError
from formalism_nlp.values.lexicon import Lexicon
from formalism_nlp.values.report import FUNCTIONS, REMEDY_STATES, STANCES
from formalism_nlp.values.taxonomy import CODES, FORMS, REMEDIES
from formalism_nlp.views.taxonomy_page import taxonomy_markdown

ROOT = Path(__file__).parent.parent
ARTICLES = sorted((ROOT / "tests" / "documents").glob("critic-*.txt"))
TRACE_FORMS = ("F1.1", "F1.2", "F4.1", "F4.2", "F4.3")
SETS = sorted(path.stem[:-6] for path in (store.data_folder("corpora") / "documents").glob("[ABC]?-trace.txt"))


def stances(text: str) -> Counter[tuple[str, str]]:
    return Counter((f.form, f.stance) for f in fn.score(text).findings if f.form in FORMS)


@pytest.mark.parametrize("path", ARTICLES, ids=lambda p: p.stem)
def test_an_article_against_formalism_attacks_and_does_not_exhibit(path: Path) -> None:
    attacks(path.read_text(encoding="utf-8"))


def test_the_source_article_attacks_and_does_not_exhibit(shared: Path) -> None:
    attacks((shared / "articles" / "source-article.txt").read_text(encoding="utf-8"))


def attacks(text: str) -> None:
    found = stances(text)
    named = {form for form, stance in found if stance in ("criticises", "pledges")}
    assert len(named) >= 10, sorted(set(FORMS) - named)
    assert sum(n for (_, stance), n in found.items() if stance == "exhibits") <= 2


@pytest.mark.parametrize("name", SETS)
def test_trace_versions_exhibit_and_substance_versions_do_not(name: str) -> None:
    folder = store.data_folder("corpora") / "documents"
    shown = {}
    for level in ("trace", "substance"):
        found = stances((folder / f"{name}-{level}.txt").read_text(encoding="utf-8"))
        shown[level] = sum(found[form, "exhibits"] for form in TRACE_FORMS)
    assert shown["trace"] >= 5, shown
    assert shown["substance"] <= 2, shown


EXAMPLES = [
    ("全年召开专题会议42次，下发文件86份，编发简报31期。", "F1.1", "exhibits"),
    ("一些地方热衷于拍照留痕，把台账当政绩，群众并不买账。", "F1.2", "criticises"),
    ("坚决整治“指尖上的形式主义”，不得强制打卡、不得以积分排名。", "F4.3", "pledges"),
    ("村级台账由43本减到9本，考核不再查阅照片。", "F1.2", "remedied"),
]


@pytest.mark.parametrize(("text", "form", "stance"), EXAMPLES)
def test_plain_cases(text: str, form: str, stance: str) -> None:
    assert stances(text)[form, stance] >= 1, stances(text)


def test_the_writers_own_fault_is_admitted() -> None:
    assert stances("二、存在的问题\n我们在精简会议上做得不够，陪会现象仍有发生。")["F1.1", "admits"] >= 1


@pytest.mark.parametrize(
    ("function", "specific", "state"),
    [
        ("RESULT", True, "substantiated"),
        ("PLAN", True, "substantiated"),
        ("RESULT", False, "mentioned"),
        ("SLOGAN", True, "mentioned"),
    ],
)
def test_remedies_are_mentioned_or_substantiated(function: str, specific: bool, state: str) -> None:
    report = fn.score("全年调解邻里纠纷68起，达成协议65起，其中62起已履行。")
    assert any(f.form == "R2.2" for f in report.findings)
    judged = tuple(replace(s, function=function, specific=specific) for s in report.sentences)
    profile = replace(report, sentences=judged).profile["R2.2"]
    assert profile[state] == sum(profile.values()) >= 1


def test_every_row_of_the_profile_is_there_and_counts_its_findings(sample_text: str) -> None:
    report = fn.score(sample_text)
    assert tuple(report.profile) == CODES
    for form in FORMS:
        for stance in STANCES:
            assert report.profile[form][stance] == sum((f.form, f.stance) == (form, stance) for f in report.findings)
    for remedy in REMEDIES:
        assert sum(report.profile[remedy].values()) == sum(f.form == remedy for f in report.findings)


def test_a_candidate_word_alone_is_no_finding() -> None:
    report = fn.score("会议文件按档案管理规定立卷归档。")
    assert not [f for f in report.findings if f.signal in ("form", "remedy") and not f.form]


def test_sentence_findings_say_which_cues_decided() -> None:
    reports = [fn.score(path.read_text(encoding="utf-8")) for path in ARTICLES]
    found = [(r, f) for r in reports for f in r.findings if f.rule in ROW_RULES.values()]
    assert found
    for report, finding in found:
        assert finding.form in finding.reason and "p=" in finding.reason
        assert report.text[finding.start : finding.end] == finding.text


LINES = st.lists(st.sampled_from(sorted({w for words in CUES.values() for w in words}) + list("，。\n12一的！")), max_size=60)


@settings(max_examples=60)
@given(LINES)
def test_clauses_tile_sentences_and_hold_their_cues(pieces: list[str]) -> None:
    text = normalise("".join(pieces))
    spans = split_sentences(text)
    table = find_clauses(text, spans, CueFinder())
    starts = [*table.starts.tolist(), len(text)]
    assert {span.start for span in spans} <= set(starts)
    for i, (a, b) in enumerate(pairwise(starts)):
        clause = text[a:b]
        assert bool(table.present[i, COUNT]) == any("0" <= c <= "9" for c in clause)
        for name in ("meeting", "forbid", "system"):
            assert bool(table.present[i, COLUMN[name]]) == any(word in clause for word in CUES[name])
            assert bool(table.opening[i, COLUMN[name]]) == clause.startswith(CUES[name])


def test_a_chunk_of_a_document_is_judged_as_the_whole(scorer: Scorer, monkeypatch: pytest.MonkeyPatch) -> None:
    text = ARTICLES[0].read_text(encoding="utf-8") * 2
    whole = scorer.score(text)
    monkeypatch.setattr("formalism_nlp.analysis.taxonomy._CHUNK", 7)
    assert scorer.score(text).findings == whole.findings


@settings(max_examples=30)
@given(st.text(max_size=200))
def test_any_text_can_be_judged(text: str) -> None:
    if text.strip():
        for finding in fn.score(text).findings:
            assert finding.stance in STANCES and (not finding.form or finding.form in CODES)


def test_only_exhibits_feeds_the_indices(scorer: Scorer) -> None:
    sentences = scorer.sentences_of(ARTICLES[0].read_text(encoding="utf-8"))
    verdicts = TaxonomyJudge(store.load_taxonomy(store.model_folder()), scorer.lexicon).judge(sentences)
    before, after = sentences.probabilities, quieted(sentences.probabilities, verdicts)
    assert np.allclose(after[:, : len(FUNCTIONS)].sum(axis=1), before[:, : len(FUNCTIONS)].sum(axis=1))
    forms = verdicts.present[:, : len(FORMS)]
    exhibits = (forms & (verdicts.stance == STANCES.index("exhibits"))).any(axis=1)
    quiet = forms.any(axis=1) & ~exhibits
    assert quiet.sum() > 20
    for name in ("SLOGAN", "ACTIVITY"):
        assert (after[quiet, FUNCTIONS.index(name)] == 0).all()
    assert (after[~quiet] == before[~quiet]).all()


def test_reasons_are_shares_of_the_logit(scorer: Scorer) -> None:
    """What the inputs of a sentence give a row adds up to its first-pass logit, but for what no input gives."""
    model = store.load_taxonomy(store.model_folder())
    reasons = Reasons(model)
    rules = RowRules(scorer.lexicon)
    named = model.inputs_of(rules)
    body = "微信群天天打卡签到，截图接龙，基层苦不堪言。"
    sentences = scorer.sentences_of(body)
    hits = rules.count(sentences.hit_rule, sentences.hit_sentence, 1)
    features = detection_features(find_clauses(body, sentences.spans, CueFinder()), hits, sentences.probabilities)
    assert features.shape == (1, len(rules.names))
    _, at, value = model.ngrams.rows([body], make_alphabet(model.characters))
    inputs = features[0] @ named + value @ model.ngram_inputs[at] + model.input_bias
    row = CODES.index("F4.3")
    toward = reasons._toward(inputs, row)
    logit = np.maximum(inputs[: model.units], 0.0) @ model.forms[:, row] + model.forms_bias[row]
    shares = [*(features[0] * (named @ toward)), *(value * (model.ngram_inputs[at] @ toward)), model.input_bias @ toward]
    assert np.isclose(sum(shares) + model.forms_bias[row], logit)
    cues = np.flatnonzero(features[0, len(rules.row_of) : len(rules.row_of) + len(CUE_FEATURES)])
    (names,) = reasons.of([Asked(0, body, inputs, cues, (row,))]).values()
    words = [name.removeprefix(WORD) for name in names if name.startswith(WORD)]
    assert words and all(word in body for word in words)
    assert model.strongest(row, 5) == sorted(model.strongest(row, 5), reverse=True)


def test_names_are_complete() -> None:
    assert set(ROWS) == set(CODES)
    assert set(CUES_ZH) == {*CUES, "count"}
    for topics, turns in ROWS.values():
        assert set(topics.split()) | set(turns.split()) <= set(COLUMN)
    assert len(set(STANCE_FEATURES)) == len(STANCE_FEATURES)


def test_the_model_file_is_checked_when_it_is_read(tmp_path: Path, lexicon: Lexicon) -> None:
    model = store.load_taxonomy(store.model_folder())
    store.save_taxonomy(model, tmp_path, provenance={"test": True})
    again = store.load_taxonomy(tmp_path)
    assert again.names == model.names
    assert np.array_equal(again.ngram_inputs, model.ngram_inputs) and np.array_equal(again.stance, model.stance)
    strange = replace(model, names=(*model.names[:-1], "rule:FRM999"))
    with pytest.raises(ModelError, match="FRM999"):
        TaxonomyJudge(strange, lexicon)
    body = json.loads((tmp_path / "stance.json").read_text(encoding="utf-8"))
    body["stance_names"][0] = "turn:nothing"
    (tmp_path / "stance.json").write_text(json.dumps(body), encoding="utf-8")
    with pytest.raises(ModelError, match="F301"):
        store.load_taxonomy(tmp_path)
    store.save_taxonomy(model, tmp_path, provenance={"test": True})
    (tmp_path / "stance.npz").write_bytes(b"not the arrays")
    with pytest.raises(ModelError, match=r"F301.*stance\.npz"):
        store.load_taxonomy(tmp_path)
    (tmp_path / "stance.json").write_text('{"schema": 1}', encoding="utf-8")
    with pytest.raises(ModelError, match="F301"):
        store.load_taxonomy(tmp_path)


def test_without_a_fitted_model_the_rules_alone_judge() -> None:
    folder = store.model_folder()
    lexicon = store.default_lexicon()
    scorer = Scorer(lexicon, store.load_model(folder), store.load_norms(folder), library="test")
    report = scorer.score("坚决整治文山会海。")
    assert report.versions.taxonomy == "rules"
    assert [f.stance for f in report.findings if f.form == "F1.1"] == ["pledges"]


def test_the_corpus_keeps_its_promises() -> None:
    by_split = {split: load_paragraphs((split,)) for split in ("train", "dev", "test")}
    by_split["test"] += load_figurative(("test",)) + load_fresh(("test",))
    everything = [p for members in by_split.values() for p in members]
    assert sum(len(p.starts) for p in everything) >= 600
    present = np.vstack([p.present for p in everything])
    stance = np.vstack([p.stance for p in everything])
    assert (present[:, : len(FORMS)].sum(axis=0) >= 20).all()
    for family in range(4):
        part = stance[:, 3 * family : 3 * family + 3]
        assert all((part == i).sum() >= 8 for i in range(len(STANCES)))
    texts = [p.document.text for p in everything]
    assert len(set(texts)) == len(texts)
    for p in everything:
        assert p.starts.tolist() == [s.start for s in split_sentences(p.document.text)][-len(p.starts) :]
    sentences = {
        s: {p.document.text[x.start : x.end] for p in m for x in split_sentences(p.document.text)} for s, m in by_split.items()
    }
    long = {split: {t for t in members if len(t) > 12} for split, members in sentences.items()}
    assert not long["test"] & (long["train"] | long["dev"])


def test_labelled_documents_keep_their_promises() -> None:
    train, test = load_documents(("train", "dev")), load_documents(("test",))
    assert len(train) >= 150 and len(test) >= 15
    assert not {p.id for p in train} & {p.id for p in test}
    rows = (store.data_folder("corpora") / "labels" / "own.jsonl").read_text(encoding="utf-8").splitlines()
    split_of = {row["doc_id"]: row["split"] for row in map(json.loads, rows)}
    for p in train + test:
        assert p.split == split_of[p.id]
        spans = {s.start for s in split_sentences(p.document.text)}
        assert set(p.starts.tolist()) <= spans and not p.remedies
        assert ((p.stance >= 0) == p.present[:, : len(FORMS)]).all()


def test_fitting_gives_the_same_weights_and_beats_the_rules(scorer: Scorer) -> None:
    """On dev only: the test part is for `formalism evaluate --taxonomy`."""
    train = load_paragraphs(("train",))
    measured = measure(train[::5], scorer)
    rules = RowRules(scorer.lexicon)
    settings_ = TaxonomySettings(folds=3)
    characters = store.load_model(store.model_folder()).characters
    first, second = (fit_taxonomy(measured, rules.names, characters, settings_) for _ in range(2))
    assert np.array_equal(first.ngram_inputs, second.ngram_inputs) and np.array_equal(first.stance, second.stance)
    assert 1_000 < len(first.ngrams.keys) <= settings_.ngrams
    result = judge_paragraphs("dev", load_paragraphs(("dev",)), scorer, TaxonomyJudge(first, scorer.lexicon))
    assert result.stance_macro("fitted") > result.stance_macro("rules") + 0.1
    assert result.forms["fitted"].f1 > 0.5


def test_annotators_of_the_test_texts_agree() -> None:
    """The others labelled every sentence of the test texts with rows and stances that exist; the table tells how well they agree."""
    path = store.data_folder("corpora") / "stance" / "annotators.jsonl"
    rows = {row["id"]: row for row in map(json.loads, path.read_text(encoding="utf-8").splitlines())}
    texts = {"documents": load_documents(("test",)), "fresh": load_fresh(("test",)), "figurative": load_figurative(("test",))}
    for text in (text for members in texts.values() for text in members):
        for other in ("second", "third"):
            assert len(rows[text.id][other]) == len(text.starts)
            for label in (label for sentence in rows[text.id][other] for label in sentence):
                row, _, said = label.partition(":")
                assert (row in FORMS and said in STANCES) or (row in REMEDIES and said in REMEDY_STATES)
    lines = agreement_table(texts).splitlines()
    assert len(lines) == 4 + 3 * len(texts)
    assert all(0.5 < float(line.split("|")[3]) <= 1 for line in lines[4:])


def test_passages_of_public_documents_are_whole_sentences(shared: Path) -> None:
    train, test = load_public(("train",)), load_public(("test",))
    assert sum(len(p.starts) for p in train) > 2_000 and sum(len(p.starts) for p in test) > 400
    assert not {p.id for p in train} & {p.id for p in test}
    for p in train[::10] + test[::10]:
        assert set(p.starts.tolist()) <= {s.start for s in split_sentences(p.document.text)} and p.remedies


def test_the_page_of_the_taxonomy_is_current() -> None:
    written = (ROOT / "docs" / "taxonomy.md").read_text(encoding="utf-8")
    assert written == taxonomy_markdown(store.default_lexicon()), "run `formalism lexicon docs -o docs/taxonomy.md`"
    for code in CODES:
        assert f"### {code} " in written
