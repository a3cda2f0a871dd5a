"""One pass equals brute force; overlaps and guards follow the rule's policy."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from formalism_nlp.analysis.matcher import Hit, Matcher, _gap_start, resolve_overlaps
from formalism_nlp.values.lexicon import Example, Lexicon, Pattern, Rule, Source

HIT = (Example("x", ((0, 1),)), Example("y", ((0, 1),)))
AVOID = (Example("x"), Example("y"))


def rule(rule_id: str, signal: str, **fields: object) -> Rule:
    base = {"name": rule_id.lower(), "title": "t", "status": "stable", "message": "m", "why": "w", "known_problems": "k"}
    return Rule(id=rule_id, signal=signal, source=(Source("s"),), hit=HIT, avoid=AVOID, **{**base, **fields})  # type: ignore[arg-type]


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


HITS = st.lists(
    st.builds(
        lambda start, size, number: Hit(start, start + size, number), st.integers(0, 30), st.integers(1, 6), st.integers(0, 2)
    ),
    max_size=20,
)


@given(HITS)
def test_resolved_hits_do_not_overlap_and_nothing_free_is_lost(hits: list[Hit]) -> None:
    kept = resolve_overlaps(hits, [0, 0, 0], [False] * 3)
    assert kept == sorted(kept)
    assert all(a.end <= b.start for a, b in pairwise(kept))
    for hit in hits:
        rivals = [k for k in kept if k.start < hit.end and hit.start < k.end]
        assert rivals, "a hit that overlaps nothing kept must itself be kept"
        assert max(k.end - k.start for k in rivals) >= hit.end - hit.start


def test_a_gapped_term_at_the_start_of_a_text_needs_its_head_before_its_tail() -> None:
    assert _gap_start("笔记本电脑已记录", "记", 0) == -1
