"""Suites of evidence: laws of the edits and statistics, and claims that the shipped model bears out."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score

from formalism_nlp import store
from formalism_nlp.analysis.indices import Sums
from formalism_nlp.analysis.scorer import Scorer
from formalism_nlp.analysis.sentences import split_sentences
from formalism_nlp.training import gaming, invariance
from formalism_nlp.training.agreement import agreement, double_labels, kappa
from formalism_nlp.training.changes import measure, score_all
from formalism_nlp.training.checks import Check
from formalism_nlp.training.costs import costly_confusions, sentence_costs
from formalism_nlp.training.intervals import CUTS, abstention, beginning, coverage, simulate, widths
from formalism_nlp.training.known_groups import auc, discriminant, known_groups, member, same_genre, spearman
from formalism_nlp.training.metrics import Judged
from formalism_nlp.training.reliability import halves, spearman_brown, split_half
from formalism_nlp.training.texts import own_texts
from formalism_nlp.values.document import Document
from formalism_nlp.values.report import FUNCTIONS, INDEX_NAMES, Report

texts = st.text(alphabet="会议召开重视，。；\n一二、", max_size=200)


def read(text: str) -> Document:
    return Document.from_text(text, name="t")


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    """Twelve own documents of dev, of which no sentence was trained on."""
    return [t.document for t in own_texts() if t.split == "dev"][:12]


@pytest.fixture(scope="module")
def before(scorer: Scorer, documents: list[Document]) -> dict[str, Report]:
    return score_all(scorer.score, documents)


# --- edits


@given(texts)
def test_punctuation_edits_change_nothing_but_one_mark(text: str) -> None:
    for edit in gaming.SPLITS.values():
        made = edit(read(text))
        assert len(made) == len(text)
        assert all(a == b or {a, b} <= set("。；，") for a, b in zip(text, made, strict=True))
        assert edit(read(text)) == made


@given(texts)
def test_merging_never_adds_and_splitting_never_removes_sentences(text: str) -> None:
    count = len(split_sentences(text))
    assert len(split_sentences(gaming.merge_pairs(read(text)))) <= count
    assert len(split_sentences(gaming.split_at_commas(read(text)))) >= count
    assert len(split_sentences(gaming.stops_to_semicolons(read(text)))) == count


@given(texts)
def test_numerals_are_added_and_nothing_is_taken_away(text: str) -> None:
    for edit in gaming.NUMERALS.values():
        made = edit(read(text))
        for added in (*gaming.NUMERAL_SENTENCES, *gaming.KNOWN_CLAUSES, *gaming.INVENTED_CLAUSES):
            made = made.replace(added, "")
        assert made == text


def test_padding_goes_where_the_text_claims(scorer: Scorer, sample_text: str) -> None:
    made = gaming.pad_with_records(scorer.score(sample_text))
    assert 1 <= sum(sentence in made for sentence in gaming.TRACE_SENTENCES) <= 4
    for sentence in gaming.TRACE_SENTENCES:
        made = made.replace(sentence, "")
    assert made == sample_text
    plan = "下一步，要推进县医院二期建设。\n" * 3
    report = scorer.score(plan)
    assert isinstance(gaming.pad_with_records(report), str)


@given(texts)
def test_reordering_keeps_every_paragraph(text: str) -> None:
    kept = Counter(line.strip() for line in text.split("\n") if line.strip())
    for edit in (invariance.shuffle_paragraphs, invariance.reverse_sections):
        made = edit(read(text))
        assert Counter(line.strip() for line in made.split("\n") if line.strip()) == kept


def test_headings_keep_their_paragraphs(sample_text: str) -> None:
    text = "某县工作总结\n一、主要工作\n甲一。\n甲二。\n甲三。\n二、下一步打算\n乙一。\n乙二。"
    made = invariance.shuffle_paragraphs(read(text)).split("\n")
    assert made.index("一、主要工作") < min(made.index(x) for x in ("甲一。", "甲二。", "甲三。"))
    assert max(made.index(x) for x in ("甲一。", "甲二。", "甲三。")) < made.index("二、下一步打算")
    swapped = invariance.reverse_sections(read(text)).split("\n")
    assert swapped[0] == "某县工作总结" and swapped.index("二、下一步打算") < swapped.index("一、主要工作")
    assert swapped[swapped.index("一、主要工作") + 1 :] == ["甲一。", "甲二。", "甲三。"]
    assert invariance.reverse_sections(read("\n".join(swapped))).split("\n") == text.split("\n")


def test_places_are_renamed_all_and_consistently() -> None:
    text = "山东省青岛市的临坝县建成公路86公里。临坝县通车。全县受益，各乡镇、行政村满意。"
    made = invariance.swap_places(read(text))
    assert not any(name in made for name in ("山东", "青岛", "临坝"))
    assert made.count("云泊县") == 2 and "全县受益，各乡镇、行政村满意" in made


def test_width_and_script_edits_differ_from_the_text_and_keep_its_length(sample_text: str) -> None:
    for edit in (invariance.full_width, invariance.half_width, invariance.half_width_ends, invariance.half_width_stops):
        made = edit(read(sample_text))
        assert made != sample_text and len(made) == len(sample_text)
    for name, edit in (invariance.traditional(c) for c in ("s2t", "s2tw")):
        made = edit(read(sample_text))
        assert made != sample_text and len(made) == len(sample_text), name


# --- what the shipped model bears out


def test_numerals_do_not_buy_substance(scorer: Scorer, documents: list[Document], before: dict[str, Report]) -> None:
    rise = measure(scorer.score, documents, before, "n", gaming.add_numeral_sentences).of("substance")
    assert len(rise) >= 8 and np.median(rise) <= 0


def test_padding_raises_trace_padding(scorer: Scorer, documents: list[Document], before: dict[str, Report]) -> None:
    changes = measure(scorer.score, documents, before, "p", lambda d: gaming.pad_with_records(before[d.name]))
    rise = changes.of("trace_padding")[np.flatnonzero(changes.before[~np.isnan(changes.before[:, 1]), 1] < 0.9)]
    assert len(rise) >= 5 and np.median(rise) > 0.03


@pytest.mark.parametrize("name", ["full width", "half width", "traditional (OpenCC s2t)", "place names"])
def test_formalism_index_is_invariant(name: str, scorer: Scorer, documents: list[Document], before: dict[str, Report]) -> None:
    edits = invariance.edits()
    if name not in edits:
        pytest.skip("opencc is not installed")
    changes = measure(scorer.score, documents, before, name, edits[name])
    assert np.median(np.abs(changes.of("formalism_index"))) <= 2


def test_suites_cover_every_edit(scorer: Scorer, documents: list[Document], before: dict[str, Report]) -> None:
    few = {"few": documents[:2]}
    played = gaming.gaming(scorer.score, few, before)
    assert [len(table.rows) for table in played.tables] == [len(gaming.NUMERALS), 1, len(gaming.SPLITS)]
    stayed = invariance.invariance(scorer.score, few, before)
    assert 1 <= len(stayed.checks) == len(stayed.tables[0].rows) <= len(invariance.edits())
    for table in (*played.tables, *stayed.tables):
        assert all(len(row) == len(table.header) for row in table.rows)
    assert sum(int(row[1]) for row in widths(list(before.values())).tables[0].rows) == len(before)


def test_short_beginnings_are_not_scored(scorer: Scorer, before: dict[str, Report]) -> None:
    reports = list(before.values())[:4]
    assert all(report.text.startswith(beginning(report, 5)) for report in reports)
    suite = abstention(scorer.score, reports)
    assert [row[0] for row in suite.tables[0].rows] == list(CUTS)
    assert suite.checks[0].holds, "five sentences are never enough"


# --- statistics


floats = st.lists(st.integers(0, 6).map(float), min_size=1, max_size=8)


@given(floats, floats)
def test_auc_is_the_share_of_ordered_pairs(high: list[float], low: list[float]) -> None:
    pairs = [(a > b) + 0.5 * (a == b) for a in high for b in low]
    assert math.isclose(auc(high, low), sum(pairs) / len(pairs))
    assert math.isclose(auc(high, low) + auc(low, high), 1.0)


def test_auc_and_spearman_leave_the_undefined_out() -> None:
    assert auc([2.0, math.nan], [1.0]) == 1.0 and math.isnan(auc([math.nan], [1.0]))
    assert spearman([1, 2, 3, math.nan], [10, 20, 40, 0]) == pytest.approx(1.0)
    assert math.isnan(spearman([1, 2], [1, 2])) and math.isnan(spearman([1, 1, 1], [1, 2, 3]))


def test_known_groups_are_chosen_by_genre_and_title() -> None:
    caller = member("a", "speech", "动员讲话", own=True, outcomes=False)
    speaker = member("b", "speech", "现场会讲话", own=True, outcomes=False)
    facts = member("c", "statistical-communique", "统计公报", own=True, outcomes=False)
    bare = member("d", "rectification-report", "整改报告", own=True, outcomes=False)
    assert (
        caller and speaker and facts and bare and (caller.core, speaker.core, facts.core, bare.core) == (True, False, True, False)
    )
    assert member("e", "notice", "通知", own=True, outcomes=True) is None
    values = {name: dict.fromkeys(INDEX_NAMES, value) for name, value in (("a", 0.9), ("b", 0.5), ("c", 0.1))}
    suite = known_groups([caller, speaker, facts], values, left_out=True)
    assert suite.checks[0].value == 1.0 and suite.tables[0].rows[0][1:3] == (1, 1)


def test_set_versions_and_length_tables() -> None:
    sets = [
        {
            level: dict.fromkeys(INDEX_NAMES, value)
            for level, value in (("substance", 0.1), ("slogan", 0.8), ("trace", 0.6), ("mixed", 0.4))
        }
    ]
    assert all(check.value == 1.0 for check in same_genre(sets).checks)
    suite = discriminant({"g": [(n, dict.fromkeys(INDEX_NAMES, float(n))) for n in range(5)]})
    assert suite.checks[0].value == pytest.approx(1.0) and not suite.checks[0].holds


@given(texts)
def test_halves_share_the_headings_and_part_the_rest(text: str) -> None:
    first, second = (Counter(half.split("\n") if half else []) for half in halves(read(text)))
    lines = invariance.lines_with_levels(read(text))
    heads, body = (Counter(line for line, level in lines if bool(level) == told) for told in (True, False))
    assert first + second == heads + heads + body


def test_split_half_of_twins_is_one(scorer: Scorer) -> None:
    assert spearman_brown(1.0) == 1.0 and spearman_brown(0.5) == pytest.approx(2 / 3)
    twins = []
    for text in [t for t in own_texts() if t.doc_id.startswith("A1")]:
        body = "\n".join(line for line in text.document.text.split("\n") for _ in range(2))
        twins.append(Document.from_text(body, name=text.doc_id))
    suite = split_half(scorer.score, {"twins": twins})
    assert suite.checks[0].claim.startswith("twins") and suite.checks[0].value > 0.95


def test_coverage_of_independent_paragraphs_is_near_nominal() -> None:
    rng = np.random.default_rng(7)
    norm = store.load_norms(store.model_folder()).find("")
    trials = []
    for number in range(12):
        table = rng.uniform(20, 80, size=(200, 12))
        table[:, 1:] *= rng.uniform(0, 0.4, size=(200, 11))
        trials += simulate(f"report {number}", Sums(table), norm, sizes=(20, 60))
    suite = coverage(trials)
    values = {check.claim.split(" ")[2].rstrip(","): check.value for check in suite.checks}
    assert 0.85 <= values["slogan_density"] <= 1.0
    narrow, wide = (np.median([t.width["slogan_density"] for t in trials if t.size == size]) for size in (60, 20))
    assert narrow < wide
    assert simulate("report 0", Sums(table), norm, sizes=(20,)) == simulate("report 0", Sums(table), norm, sizes=(20,))


def test_check_of_nan_never_holds() -> None:
    assert not Check("x", math.nan, "≤", 1).holds and not Check("x", math.nan, "≥", 1).holds
    assert Check("x", 1.0, "≤", 1).holds and Check("x", 1.0, "≥", 1).holds


labels = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=2, max_size=40)


@given(labels)
def test_kappa_is_scikit_learns(pairs: list[tuple[int, int]]) -> None:
    first, second = np.array(pairs, dtype=np.int64).T
    ours = kappa(first, second)
    if len(set(first.tolist()) | set(second.tolist())) > 1:
        assert ours == pytest.approx(cohen_kappa_score(first, second))
    else:
        assert math.isnan(ours)


def test_double_labels_of_the_corpus() -> None:
    found = agreement(double_labels())
    assert found is not None and found.sentences >= 300 and set(found.labels) == set(FUNCTIONS)
    assert 0 < found.function_kappa <= found.function <= 1
    assert agreement([]) is None


def _judged(own: bool) -> Judged:
    p = np.eye(6)[[0, 1, 2, 2]]
    return Judged(
        function=np.array([0, 1, 2, 3]),
        specific=np.array([0, 1, 1, 0]),
        p_function=p,
        p_specific=np.array([0.0, 1.0, 1.0, 0.0]),
        p_substantive=np.array([0.0, 1.0, 1.0, 0.0]),
        says_specific=np.array([False, True, True, False]),
        document=np.array(["d"] * 4),
        own=np.full(4, own),
        weight=np.array([10.0, 10.0, 10.0, 10.0]),
    )


def test_costs_are_misplaced_characters_and_quote_own_texts_only() -> None:
    judged = _judged(own=True)
    assert sentence_costs(judged).tolist() == [0, 0, 0, 0], "PLAN taken for RESULT misplaces nothing in the three numerators"
    worse = Judged(**{**{n: getattr(judged, n) for n in judged.__dataclass_fields__}, "p_substantive": np.array([0, 1, 0.1, 0])})
    assert sentence_costs(worse)[2] == pytest.approx(3.0)
    (confusion,) = costly_confusions(judged, ["a", "b", "c", "d"])
    assert (confusion.label, confusion.prediction, confusion.example) == ("PLAN·0", "RESULT·0", "d")
    (hidden,) = costly_confusions(_judged(own=False), ["a", "b", "c", "d"])
    assert hidden.example == ""
