"""Matched sets and known-group documents are judged by models that never saw them."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from formalism_nlp import store
from formalism_nlp.analysis.matcher import Matcher
from formalism_nlp.apps.cli import main
from formalism_nlp.training import matched_sets
from formalism_nlp.training.data import Passage, load_passages
from formalism_nlp.training.evidence import known_members
from formalism_nlp.training.fit import Settings, Training, fit
from formalism_nlp.training.second_pass import SecondSettings
from formalism_nlp.training.texts import own_texts
from formalism_nlp.values.report import INDEX_NAMES

SMALL = Settings(most=500, folds=2, second=SecondSettings(hidden=4, schedule=((0.002, 2),)))


def test_what_is_left_out_was_never_trained_on(matcher: Matcher, monkeypatch: pytest.MonkeyPatch) -> None:
    passages = [p for p in load_passages(("train",), public=False) if p.group in ("A1", "B1", "C1", "stat-01", "speech-01")]
    seen: list[set[str]] = []

    def watched(rest: list[Passage], rules: Matcher, settings: Settings) -> Training:
        seen.append({p.group for p in rest})
        return fit(rest, rules, settings)

    monkeypatch.setattr(matched_sets, "fit", watched)
    lines: list[str] = []
    others = frozenset({"stat-01", "speech-01"})
    norms = store.load_norms(store.model_folder())
    out = matched_sets.leave_sets_out(passages, matcher, norms, SMALL, progress=lines.append, others=others)
    assert [result.name for result in out.sets] == ["A1", "B1", "C1"] and set(out.others) == others
    for line, groups in zip(lines, seen, strict=True):
        held = set(line.split(": ")[1].split(", "))
        assert held and not held & groups, "a held-out document stood in training"
        assert held | groups == {p.group for p in passages}
    for result in out.sets:
        assert set(result.right) == {index for index, _, _ in matched_sets.ORDERINGS}
        assert set(result.values) == set(matched_sets.LEVELS)
    assert all(set(values) == set(INDEX_NAMES) for values in out.others.values())


def test_known_groups_hold_core_members_on_both_sides() -> None:
    members = known_members(own_texts())
    for side in ("mobilisation", "facts"):
        assert sum(m.core for m in members if m.side == side) >= 4
        assert any(not m.core for m in members if m.side == side), "the wider rows must be wider"


@pytest.mark.slow
def test_evaluate_prints_and_writes_the_card(tmp_path: Path) -> None:
    card = tmp_path / "card.md"
    result = CliRunner().invoke(main, ["evaluate", "--split", "dev", "--no-sets", "--no-suites", "--card", str(card)])
    assert result.exit_code == 0, result.output
    written = card.read_text(encoding="utf-8")
    for line in result.output.splitlines():
        if line.startswith("| dev "):
            assert line in written
    assert "## Against the floors" in result.output and "### dev, sentences seen in the passage" in written
