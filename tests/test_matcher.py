"""One pass equals brute force; overlaps and guards follow the rule's policy."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from formalism_nlp.analysis.matcher import Matcher
from formalism_nlp.analysis.spans import without_overlaps
from formalism_nlp.values.lexicon import Lexicon, Pattern
from tests.rules import rule


def spans(matcher: Matcher, text: str) -> list[tuple[str, str]]:
    return [(matcher.lexicon.rules[hit.rule].id, text[hit.start : hit.end]) for hit in matcher.match(text)]


def test_longest_wins_within_a_signal_and_signals_do_not_compete() -> None:
    lexicon = Lexicon(
        (
            rule("SLG001", "slogan", terms=("落实", "抓落实见成效")),
            rule("SLG002", "slogan", terms=("狠抓落实",)),
            rule("TRC001", "trace", terms=("抓落实",)),
        )
    )
    assert spans(Matcher(lexicon), "狠抓落实") == [("SLG002", "狠抓落实"), ("TRC001", "抓落实")]
    assert spans(Matcher(lexicon), "要落实") == [("SLG001", "落实")]


def test_overlap_all_keeps_every_hit() -> None:
    lexicon = Lexicon((rule("SLG001", "slogan", terms=("高质量", "高质量发展"), overlap="all"),))
    assert spans(Matcher(lexicon), "高质量发展") == [("SLG001", "高质量"), ("SLG001", "高质量发展")]


def test_guard_silences_what_lies_inside_it() -> None:
    lexicon = Lexicon(
        (rule("SLG001", "slogan", terms=("高度重视",), unless=("GRD001",)), rule("GRD001", "guard", pattern=Pattern("title")))
    )
    assert spans(Matcher(lexicon), "《关于高度重视防汛的通知》要求高度重视") == [
        ("GRD001", "《关于高度重视防汛的通知》"),
        ("SLG001", "高度重视"),
    ]


def test_gapped_terms_stop_at_clause_punctuation_and_at_ten_characters() -> None:
    matcher = Matcher(Lexicon((rule("SLG001", "slogan", terms=("以…为抓手",)),)))
    assert spans(matcher, "以项目建设为抓手") == [("SLG001", "以项目建设为抓手")]
    assert spans(matcher, "以此，为抓手") == []
    assert spans(matcher, "以为抓手") == []
    assert spans(matcher, "以一二三四五六七八九十一为抓手") == []


WORDS = st.text(alphabet="甲乙丙", min_size=2, max_size=4)


@given(st.sets(WORDS, min_size=1, max_size=8), st.text(alphabet="甲乙丙丁", max_size=40))
def test_all_hits_equal_brute_force(words: set[str], text: str) -> None:
    matcher = Matcher(Lexicon((rule("SLG001", "slogan", terms=tuple(sorted(words)), overlap="all"),)))
    truth = {(i, i + len(w)) for w in words for i in range(len(text)) if text.startswith(w, i)}
    assert {(h.start, h.end) for h in matcher.match(text)} == truth


@given(st.lists(st.text(alphabet="高度重视 以为抓手《》\n一、，", max_size=12), max_size=6))
def test_many_texts_give_what_each_gives_alone(texts: list[str]) -> None:
    lexicon = Lexicon(
        (
            rule("SLG001", "slogan", terms=("高度重视", "以…为抓手", "重视")),
            rule("GRD001", "guard", pattern=Pattern("title")),
            rule("STR001", "structure", pattern=Pattern("enumerator")),
            rule("STR002", "structure", pattern=Pattern("line", contains=("抓手",), longest=9)),
        )
    )
    matcher = Matcher(lexicon)
    assert matcher.match_each(texts) == [matcher.match(text) for text in texts]


SPANS = st.sets(st.tuples(st.integers(0, 30), st.integers(1, 6), st.integers(0, 2)), max_size=20)


@given(SPANS)
def test_resolved_hits_do_not_overlap_and_nothing_free_is_lost(spans: set[tuple[int, int, int]]) -> None:
    start, size, rank = np.array(sorted(spans), dtype=np.int64).reshape(-1, 3).T
    hits = list(zip(start.tolist(), (start + size).tolist(), strict=True))
    kept = [hit for hit, stays in zip(hits, without_overlaps(start, start + size, 0 * rank), strict=True) if stays]
    assert all(a[1] <= b[0] for a, b in pairwise(sorted(kept)))
    for hit in hits:
        rivals = [k for k in kept if k[0] < hit[1] and hit[0] < k[1]]
        assert rivals, "a hit that overlaps nothing kept must itself be kept"
        assert max(k[1] - k[0] for k in rivals) >= hit[1] - hit[0]


def test_a_gapped_term_at_the_start_of_a_text_needs_its_head_before_its_tail() -> None:
    assert spans(Matcher(Lexicon((rule("SLG001", "slogan", terms=("记…笔",)),))), "笔记本电脑已记录") == []


def test_a_long_chain_of_overlaps_is_resolved_from_the_left() -> None:
    """Of 甲乙 and 乙甲 in 甲乙甲乙… every second one stays; thousands of them are no matter of minutes."""
    matcher = Matcher(Lexicon((rule("SLG001", "slogan", terms=("甲乙", "乙甲")),)))
    assert [hit.start for hit in matcher.match("甲乙" * 20_000)] == list(range(0, 40_000, 2))
