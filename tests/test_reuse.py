"""Reuse: offsets, exactness, order, shares, near matches, and that bad input is named."""

from __future__ import annotations

import re
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from formalism_nlp.apps.cli import main
from formalism_nlp.corpora.grams import gram_hashes, make_stream, where_standing
from formalism_nlp.corpora.near import near_pairs
from formalism_nlp.corpora.reuse import LEAST, find_reuse, share_matrix
from formalism_nlp.values.errors import FormalismError
from formalism_nlp.views.reuse_page import reuse_page, reuse_table, side_by_side

COPIED = "全镇修通入户路八十六公里，惠及四百一十二户，验收单贴在村委会门口。"
OTHER = "今年雨水多，河堤加高了半米；卫生院添了两台设备，夜里也有人值班。"


def counted(text: str) -> str:
    stream = make_stream({"x": text})
    return stream.codes.tobytes().decode("utf-32-le")


small_text = st.text(alphabet="甲乙丙丁，。\n 1", max_size=120)


@settings(max_examples=150)
@given(st.lists(small_text, min_size=2, max_size=4), st.integers(4, 9))
def test_against_the_definition(texts: list[str], least: int) -> None:
    """Shares and matches equal what a reader who compares every pair of stretches would count."""
    named = {str(i): text for i, text in enumerate(texts)}
    plain = {name: counted(text) for name, text in named.items()}
    report = find_reuse(named, least=least, similarity=1)
    for document in report.documents:
        mine = plain[document.name]
        others = [body for name, body in plain.items() if name != document.name]
        shared = repeated = 0
        for at in range(len(mine)):
            windows = [k for k in range(max(0, at - least + 1), at + 1) if k + least <= len(mine)]
            shared += any(mine[k : k + least] in other for k in windows for other in others)
            repeated += any(mine.find(mine[k : k + least]) < k for k in windows)
        assert document.characters == len(mine)
        if mine:
            assert document.shared == pytest.approx(shared / len(mine))
            assert document.repeated == pytest.approx(repeated / len(mine))
    for match in report.matches:
        left = counted(named[match.target][match.start : match.end])
        right = counted(named[match.source][match.source_start : match.source_end])
        assert left == right and len(left) == match.characters >= least
        assert int(match.source) < int(match.target)
    keys = [(m.target, m.start, m.end) for m in report.matches]
    assert keys == sorted(keys)


@settings(max_examples=60)
@given(st.lists(small_text, min_size=2, max_size=4))
def test_matrix_agrees_with_the_report(texts: list[str]) -> None:
    names, matrix = share_matrix(texts, least=5)
    assert names == tuple(str(i) for i in range(len(texts)))
    whole = find_reuse(texts, least=5, similarity=1)
    for i, row in enumerate(matrix):
        off = np.delete(row, i)
        if not np.isnan(row[i]):
            assert row[i] == 1 and (off <= whole.documents[i].shared + 1e-12).all()
    if len(texts) == 2:
        assert np.allclose([matrix[0, 1], matrix[1, 0]], [d.shared for d in whole.documents], equal_nan=True)


@given(st.text(alphabet="ab", max_size=40), st.integers(1, 12))
def test_hashes_are_equal_exactly_when_the_grams_are(text: str, length: int) -> None:
    codes = np.array([ord(c) for c in text], dtype=np.uint32)
    hashes = gram_hashes(codes, length)
    grams = [text[i : i + length] for i in range(len(text) - length + 1)]
    assert len(hashes) == len(grams)
    assert len(set(hashes.tolist())) == len(set(grams))


def test_a_copied_passage_has_offsets_on_both_sides() -> None:
    texts = {"2023": f"{OTHER}{COPIED}", "2024": f"开头不同的一段话。\n{COPIED.replace('，', ', ')}结尾也不同。"}
    report = find_reuse(texts, earlier={"2024": "2023"}, similarity=1)
    peer, sticky = report.matches
    assert (peer.relation, sticky.relation) == ("earlier", "peer") or (peer.relation, sticky.relation) == ("peer", "earlier")
    for match in report.matches:
        assert counted(texts["2024"][match.start : match.end]) == counted(COPIED)
        assert texts["2023"][match.source_start : match.source_end] == COPIED.rstrip("。")
    later = report.documents[1]
    assert later.stickiness == pytest.approx(later.shared) and 0 < later.shared < 1
    assert np.isnan(report.documents[0].stickiness)
    assert report.passages[0].documents == 2 and report.of("2023") == ()


def test_parent_outside_the_folder_is_no_peer() -> None:
    report = find_reuse(
        {"a": COPIED, "b": OTHER}, parents={"a": "上级"}, references={"上级": f"通知如下。{COPIED}"}, similarity=1
    )
    assert report.documents[0].containment == 1 and report.documents[0].shared == 0
    assert [m.relation for m in report.matches] == ["parent"]


def test_repetition_inside_and_boilerplate_across() -> None:
    texts = [COPIED + OTHER + COPIED, COPIED, COPIED + "尾", OTHER]
    first = find_reuse(texts).documents[0]
    assert first.repeated == pytest.approx(len(counted(COPIED)) / first.characters)
    assert first.common == pytest.approx(2 * len(counted(COPIED)) / first.characters)  # OTHER stands in two only


def test_near_sentences_are_found_and_not_counted_twice() -> None:
    changed = "全镇共修通入户道路八十六公里，惠及四百一十二户群众，验收单贴在了村委会门口。"
    report = find_reuse({"a": COPIED + OTHER, "b": changed, "c": COPIED})
    by_name = {d.name: d for d in report.documents}
    assert by_name["c"].near == 0 and by_name["c"].shared == 1
    only = find_reuse({"a": COPIED, "b": changed}, least=30)
    assert only.documents[1].near == 1 and only.matches[0].similarity > 0.5


def test_near_pairs_are_exact_jaccard_indices() -> None:
    sentences = [
        np.array([ord(c) for c in s], dtype=np.uint32) for s in (counted(COPIED), counted(COPIED) + "了", counted(OTHER))
    ]
    pairs, values = near_pairs(sentences, 0.5)
    grams = [{tuple(s[i : i + 2].tolist()) for i in range(len(s) - 1)} for s in sentences]
    assert pairs.tolist() == [[0, 1]]
    assert values[0] == pytest.approx(len(grams[0] & grams[1]) / len(grams[0] | grams[1]))
    assert near_pairs([], 0.5)[0].shape == (0, 2)


def test_frames_and_empty_input() -> None:
    assert find_reuse([]).to_frame().empty
    report = find_reuse({"空": "", "a": COPIED, "b": COPIED})
    frame = report.to_frame()
    assert frame["name"].tolist() == ["空", "a", "b"] and np.isnan(frame.loc[0, "shared"])
    assert list(report.matches_frame()["target"]) == ["b"]
    assert where_standing(make_stream({"空": ""}), LEAST).first.size == 0


@pytest.mark.parametrize(
    ("keywords", "code"),
    [
        ({"earlier": {"a": "无"}}, "F406"),
        ({"parents": {"无": "a"}}, "F406"),
        ({"earlier": {"a": "a"}}, "F406"),
        ({"least": 3}, "F406"),
        ({"similarity": 0}, "F406"),
        ({"common": 0}, "F406"),
    ],
)
def test_bad_parameters_are_named(keywords: dict[str, object], code: str) -> None:
    with pytest.raises(FormalismError) as error:
        find_reuse({"a": COPIED, "b": OTHER}, **keywords)  # type: ignore[arg-type]
    assert error.value.code == code


def test_what_is_no_text_is_named() -> None:
    with pytest.raises(FormalismError, match="F110"):
        find_reuse({"a": COPIED, "b": None})  # type: ignore[dict-item]


def test_side_by_side_page_shows_both_and_escapes() -> None:
    changed = "全镇共修通入户道路八十六公里，惠及四百一十二户群众，验收单贴在了村委会门口。"
    texts = {"<甲>": f"<b>前文</b>。{COPIED}", "乙": f"{COPIED}后文&。", "丙": changed}
    report = find_reuse(texts, parents={"乙": "<甲>"})
    page = reuse_page(report, texts, "<雷同>")
    assert "<b>前文" not in page and "&lt;b&gt;" in page and "<script" not in page
    assert page.count("<div class='pair'>") == len(report.matches) == 3
    near = next(m for m in report.matches if m.similarity < 1)
    marked = "".join(re.findall("<mark>(.*?)</mark>", side_by_side(near, texts, context=0).split("source:")[0]))
    assert "八十六公里" in marked and "共" not in marked  # the word that was added is not marked as shared
    table = reuse_table(report)
    assert all(name in table for name in texts)


def test_the_command(tmp_path: Path) -> None:
    folder = tmp_path / "各镇"
    folder.mkdir()
    for name in ("a", "b"):
        (folder / f"{name}.txt").write_text(f"{name}镇总结。{COPIED}{OTHER}", encoding="utf-8")
    (tmp_path / "去年.txt").write_text(OTHER, encoding="utf-8")
    page, table = tmp_path / "out.html", tmp_path / "out.csv"
    for output in (page, table):
        done = CliRunner().invoke(main, ["reuse", str(folder), "--earlier", str(tmp_path / "去年.txt"), "-o", str(output)])
        assert done.exit_code == 0, done.output
    assert "左右对照" in page.read_text(encoding="utf-8")
    rows = pd.read_csv(table)
    assert len(rows) == 2 and (rows["stickiness"] > 0.3).all() and (rows["shared"] > 0.8).all()
    assert set(pd.read_csv(tmp_path / "out-matches.csv")["relation"]) == {"peer", "earlier"}
    assert CliRunner().invoke(main, ["reuse", str(folder), "-o", "x.pdf"]).exit_code == 3


def test_hostile_texts_cost_no_more_than_others() -> None:
    size = 100_000
    texts = {
        "a": "甲" * size,
        "b": "甲" * (2 * size),
        "c": "甲乙" * size,
        "d": "\ud800" * 50 + "\U00020000" * 50,
        "e": "\U00020000" * 60,
    }
    began = time.process_time()
    report = find_reuse(texts, earlier={"b": "a"})
    assert time.process_time() - began < 20
    by_name = {document.name: document for document in report.documents}
    assert by_name["b"].shared == by_name["b"].stickiness == 1 and by_name["c"].shared == 0
    assert by_name["b"].repeated > 0.99 and by_name["e"].shared == 1
    assert len(report.of("b")) < 10
