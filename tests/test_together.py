"""Documents scored together give, to the last bit, what each gives alone; a report makes its parts when asked and only once."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError, fields, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import formalism_nlp as fn
from formalism_nlp import store
from formalism_nlp.analysis import scorer as scorer_module
from formalism_nlp.analysis.characters import fold
from formalism_nlp.analysis.cues import CueFinder
from formalism_nlp.analysis.page import pages
from formalism_nlp.analysis.scorer import Scorer
from formalism_nlp.values.document import Block, Document
from formalism_nlp.values.report import Failure, Finding, Report, Sentence
from formalism_nlp.values.rows import make_rows
from tests.test_reference import MATCHER, PIECES, RULES, found
from tests.test_reference import plain_hits as reference

DOCUMENTS = sorted((store.data_folder("corpora") / "documents").glob("*.txt"))
TEXTS = st.lists(st.lists(st.sampled_from(PIECES), max_size=30).map("".join), max_size=5)


def jsons(results: Iterator[Report | Failure]) -> list[str]:
    return [result.to_json() if isinstance(result, Report) else result.code for result in results]


def alone(scorer: Scorer, texts: list[str]) -> list[str]:
    out = []
    for text in texts:
        try:
            out.append(scorer.score(text).to_json())
        except fn.FormalismError as error:
            out.append(error.code)
    return out


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(TEXTS)
def test_pieces_together_and_alone(scorer: Scorer, texts: list[str]) -> None:
    assert jsons(scorer.score_many(texts)) == alone(scorer, texts)


def test_documents_together_and_alone(scorer: Scorer, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [path.read_text(encoding="utf-8") for path in DOCUMENTS[::4]]
    once = alone(scorer, texts)
    for together in (1, 3_000, 10**9):
        monkeypatch.setattr(scorer_module, "_TOGETHER", together)
        assert jsons(scorer.score_many(texts)) == once


def test_failures_keep_their_places(scorer: Scorer) -> None:
    mixed = ["好。", "", Document.from_text("各位代表。", genre="小说"), 7, "会议召开。"]
    assert [type(r).__name__ for r in scorer.score_many(mixed)] == ["Report", "Failure", "Failure", "Failure", "Report"]  # type: ignore[list-item]


def test_what_came_before_a_broken_source_is_not_lost(scorer: Scorer) -> None:
    def source() -> Iterator[str]:
        yield "召开会议。"
        raise OSError("the disk is gone")

    results = scorer.score_many(source())
    assert isinstance(next(results), Report)
    with pytest.raises(OSError, match="the disk is gone"):
        next(results)


def test_an_endless_source_gives_reports(scorer: Scorer) -> None:
    def source() -> Iterator[str]:
        while True:
            yield "召开会议十二次，印发文件三十六份。\n" * 40

    results = scorer.score_many(source())
    assert isinstance(next(results), Report)


def test_parts_are_made_once(sample_text: str) -> None:
    report = fn.score(sample_text)
    assert "sentences" not in vars(report)
    assert report.sentences is report.sentences and report.findings is report.findings
    assert report.official_rules is report.official_rules
    assert report == fn.score(sample_text) and hash(report) == hash(fn.score(sample_text))


def test_a_report_travels_without_its_arrays(sample_text: str) -> None:
    report = fn.score(sample_text)
    for twin in (pickle.loads(pickle.dumps(report)), copy.copy(report), replace(report)):  # noqa: S301 - our own bytes
        assert "_evidence" not in vars(twin)
        assert twin.to_json() == report.to_json()


def test_a_report_made_by_hand_needs_no_evidence(sample_text: str) -> None:
    report = replace(fn.score(sample_text), findings=())
    assert report.findings == () and report.profile["F1.1"]["exhibits"] == 0
    with pytest.raises(TypeError):
        Report(report.document, report.genre, report.status)  # type: ignore[call-arg]


def test_fingerprints_wait_and_stay(sample_text: str) -> None:
    first, second = fn.score(sample_text).findings[:2], fn.score(sample_text).findings[:2]
    assert second == first and len(first[0].fingerprint) == 16
    with pytest.raises(AttributeError, match="no attribute 'fingerprints'"):
        _ = first[0].fingerprints  # type: ignore[attr-defined]


class _Table:
    """Columns that remember what they were asked for."""

    def __init__(self, columns: dict[str, list[object]]) -> None:
        self._columns = columns
        self.asked: list[str] = []

    def columns(self, name: str) -> dict[str, list[object]]:
        self.asked.append(name)
        return self._columns


def test_rows_made_at_once_are_those_made_one_by_one(sample_text: str) -> None:
    for kind, rows in ((Sentence, fn.score(sample_text).sentences), (Finding, fn.score(sample_text).findings)):
        columns = {field.name: [getattr(row, field.name) for row in rows] for field in fields(kind)}
        table = _Table(columns)
        made = make_rows(kind, table, len(rows))
        assert table.asked == []
        plain = tuple(kind(**{n: c[i] for n, c in columns.items()}) for i in range(len(rows)))
        assert made == plain and table.asked == ["start"]
        assert [*map(hash, made)] == [*map(hash, plain)] and [*map(repr, made)] == [*map(repr, plain)]
    wrong = make_rows(Sentence, _Table({"start": [1, 2], "end": [3]}), 2)
    with pytest.raises(ValueError, match="column 'end' has 1 values, not 2"):
        _ = wrong[0].start


def test_rows_not_yet_read_are_as_frozen_as_others(sample_text: str) -> None:
    for make in (lambda: fn.score(sample_text).findings[3], lambda: fn.score(sample_text).sentences[3]):
        for twin in (pickle.loads(pickle.dumps(make())), copy.copy(make()), copy.deepcopy(make()), replace(make())):  # noqa: S301
            assert twin == make() and hash(twin) == hash(make()) and repr(twin) == repr(make())
            assert not hasattr(twin, "_table")
        assert make() != replace(make(), start=10**6)
        with pytest.raises(FrozenInstanceError):
            make().start = 1
        with pytest.raises(FrozenInstanceError):
            del make().start
        with pytest.raises(AttributeError, match="no attribute 'begin'"):
            _ = make().begin


def test_threads_read_the_same_rows(sample_text: str) -> None:
    expected = [repr(finding) for finding in fn.score(sample_text).findings]
    report = fn.score(sample_text)
    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(lambda _: [repr(finding) for finding in report.findings], range(8)))
    assert all(rows == expected for rows in told)


@settings(max_examples=100, suppress_health_check=list(HealthCheck))
@given(st.lists(st.sampled_from([*PIECES, "。", "。", "\n"]), min_size=60, max_size=400).map("".join))
def test_pages_of_any_size_give_the_same_hits(text: str) -> None:
    from formalism_nlp.analysis import page

    size, text = page.PAGE, fold(text).text
    try:
        page.PAGE = 300
        cut = found(MATCHER, text)
        cues = MATCHER.find_with_cues(fold(text))[1]
        assert [p.text for _, p in pages(fold(text), MATCHER._words)]
    finally:
        page.PAGE = size
    assert cut == reference.match(RULES, text)
    plain = CueFinder().find(text)
    expected = sorted(zip(plain.start.tolist(), plain.group.tolist(), strict=True))
    assert list(zip(cues.start.tolist(), cues.group.tolist(), strict=True)) == expected


def test_headings_of_documents_scored_together_stay_their_own(scorer: Scorer) -> None:
    told = Document("工作回顾\n召开会议。", (Block("heading", 0, 4, 1),))
    reports = [r for r in scorer.score_many([told, "召开会议。\n", told]) if isinstance(r, Report)]
    assert [report.sentences[-1].heading for report in reports] == ["工作回顾", "", "工作回顾"]
