"""Tests made from the rule files: every example comes true, and the loader teaches when a file is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from formalism_nlp import store
from formalism_nlp.analysis.matcher import Matcher
from formalism_nlp.analysis.normal import normalise
from formalism_nlp.analysis.proof import broken_promises
from formalism_nlp.training.matrix import model_names
from formalism_nlp.values.errors import LexiconError
from formalism_nlp.values.lexicon import SIGNALS, Example, Lexicon, Rule

RULES = store.default_lexicon().rules


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_examples_come_true(rule: Rule, matcher: Matcher) -> None:
    number = matcher.lexicon.rules.index(rule)
    for example in (*rule.hit, *rule.avoid):
        hits = matcher.match(normalise(example.text))
        assert [(h.start, h.end) for h in hits if h.rule == number] == list(example.spans), example.text


def test_no_term_is_unreachable_and_no_promise_broken(lexicon: Lexicon) -> None:
    assert list(broken_promises(lexicon)) == []


def test_the_lexicon_is_as_large_as_promised() -> None:
    assert len(RULES) >= 60
    assert sum(len(rule.terms) for rule in RULES) >= 2000
    assert {rule.signal for rule in RULES} == set(SIGNALS)


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.signal == "entity"], ids=lambda rule: rule.id)
def test_named_entities_are_features_and_no_findings(rule: Rule, matcher: Matcher) -> None:
    import formalism_nlp as fn

    names = [example.text[start:end] for example in rule.hit for start, end in example.spans]
    text = "".join(example.text for example in rule.hit)
    hits = [hit for hit in matcher.match(normalise(text)) if matcher.lexicon.rules[hit.rule].id == rule.id]
    assert sorted(text[hit.start : hit.end] for hit in hits) == sorted(names)
    assert f"rule:{rule.id}" in model_names(matcher.lexicon)
    report = fn.score(text)
    assert not [finding for finding in report.findings if finding.rule == rule.id or finding.signal == "entity"]


GOOD = """\
id: SLG900
name: test-rule
title: 测试
status: stable
message: "“{term}”"
why: 因为
known_problems: 无
source:
  - title: 自编
terms: [高度重视, 狠抓落实]
examples:
  hit:
    - 要⟦高度重视⟧。
    - 要⟦狠抓落实⟧。
  pass:
    - 重视。
    - 落实。
"""


def write(folder: Path, text: str, name: str = "SLG900.yaml", signal: str = "slogan") -> Path:
    path = folder / signal / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_file_loads(tmp_path: Path) -> None:
    rule = store.read_rule(write(tmp_path, GOOD))
    assert rule.terms == ("高度重视", "狠抓落实")
    assert rule.hit[0] == Example("要高度重视。", ((1, 5),))


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("status: stable", "status: 好", 1, "status '好'"),
        ("why: 因为", "wy: 因为", 6, "unknown key 'wy'"),
        ("id: SLG900", "id: TRC900", 1, "must be SLG"),
        ("[高度重视, 狠抓落实]", "[高度重视, 高度重视]", 10, "stands twice"),
        ("[高度重视, 狠抓落实]", "[高度重视, 好]", 10, "shorter than two"),
        ("[高度重视, 狠抓落实]", "\n  - 高度重视\n  - 狠抓，落实", 12, "can never match"),
        ("terms: [高度重视, 狠抓落实]", "pattern: {kind: counted}", 1, "lacks measures, objects"),
        ("terms: [高度重视, 狠抓落实]", "pattern: {kind: magic}", 1, "unknown pattern kind"),
        ("    - 要⟦狠抓落实⟧。\n", "", 1, "at least two hit"),
        ("要⟦狠抓落实⟧。", "要⟦狠抓落实。", 14, "⟦ without ⟧"),
        ("source:\n  - title: 自编", "source: 自编", 8, "source is a list"),
        ("terms: [高度重视, 狠抓落实]", "terms: [高度重视", 12, "not valid YAML"),
    ],
)
def test_a_bad_file_is_reported_with_its_line(tmp_path: Path, old: str, new: str, line: int, says: str) -> None:
    path = write(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(LexiconError) as caught:
        store.read_rule(path)
    assert says in str(caught.value)
    file, _, number = caught.value.where.rpartition(":")
    assert file == str(path)
    assert abs(int(number) - line) <= 1


def test_a_term_in_two_rules_of_a_folder_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    write(tmp_path, GOOD.replace("SLG900", "SLG901").replace("test-rule", "other"), "SLG901.yaml")
    with pytest.raises(LexiconError, match="stands already in"):
        store.load_lexicon(tmp_path)


def test_an_example_that_does_not_come_true_is_reported(tmp_path: Path) -> None:
    write(tmp_path, GOOD.replace("- 重视。", "- 高度重视。"))
    (problem,) = broken_promises(store.load_lexicon(tmp_path))
    assert "SLG900.yaml" in problem and "expected []" in problem


def test_a_traditional_term_could_never_match(tmp_path: Path) -> None:
    write(tmp_path, GOOD.replace("狠抓落实", "狠抓落實"))
    with pytest.raises(LexiconError, match="must be written"):
        Matcher(store.load_lexicon(tmp_path))


def test_scalars_stay_text(tmp_path: Path) -> None:
    rule = store.read_rule(write(tmp_path, GOOD.replace("title: 测试", "title: NO").replace("why: 因为", "why: 12:30")))
    assert (rule.title, rule.why) == ("NO", "12:30")


def test_own_lexicon_folder_extends_the_shipped_one(tmp_path: Path) -> None:
    import formalism_nlp as fn

    write(tmp_path, GOOD.replace("高度重视", "云溪特色打法").replace("狠抓落实", "云溪样板间"))
    report = fn.load(lexicons=[tmp_path]).score("大家学习云溪特色打法。")
    assert [f.text for f in report.findings if f.rule == "SLG900"] == ["云溪特色打法"]
    assert report.versions.lexicon != fn.score("无。").versions.lexicon
