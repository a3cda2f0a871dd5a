"""The model card and the headline table: rendered from a real (small) evaluation; README and card tell the same."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from formalism_nlp import store
from formalism_nlp.analysis.matcher import Matcher
from formalism_nlp.apps.cli import main
from formalism_nlp.training import baselines
from formalism_nlp.training.agreement import agreement, double_labels
from formalism_nlp.training.checks import Check, Suite, Table
from formalism_nlp.training.data import Passage, load_passages
from formalism_nlp.training.evaluate import EVERYTHING, Evaluation, judge_split, training_parts
from formalism_nlp.training.headline import headline_markdown, replace_headline
from formalism_nlp.training.matched_sets import ORDERINGS, SetResult
from formalism_nlp.training.matrix import make_examples
from formalism_nlp.training.model_card import card_markdown, suite_markdown
from formalism_nlp.training.texts import OWN, PARTS, SHARED_AUTHORED, part_of, row_parts, row_parts_alone, shared_starts
from formalism_nlp.values.errors import FormalismError

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def passages() -> list[Passage]:
    return [p for p in load_passages(("dev",), public=False) if p.group in ("A5", "C7")]


@pytest.fixture(scope="module")
def evaluation(passages: list[Passage], matcher: Matcher) -> Evaluation:
    model = store.load_model(store.model_folder())
    examples = make_examples(passages, matcher, alone=False)
    train = make_examples([p for p in load_passages(("train",), public=False) if p.group == "A1"], matcher, alone=False)
    rivals = {
        "char n-gram LR (sentence)": baselines.sentence_ngrams(train),
        "phrase list": baselines.phrase_list(matcher.lexicon),
    }
    result = judge_split("dev", "document", examples, row_parts(examples, passages), model, rivals)
    right = {index: True for index, _, _ in ORDERINGS}
    sets = (SetResult("A5", {}, right), SetResult("C7", {}, right | {"substance": False}))
    suite = Suite("Gaming", (Table("t", ("a|b", "n"), (("x", 0.12345),)),), (Check("claim", 0.5, "≤", 0.3),))
    versions = {"model": "0" * 12, "lexicon": "1" * 12}
    return Evaluation((result,), sets, (suite,), agreement(double_labels()), training_parts(passages), versions)


def test_parts_cover_every_row_once(passages: list[Passage], evaluation: Evaluation, matcher: Matcher) -> None:
    (result,) = evaluation.splits
    sizes = {part.part: part.sentences for part in result.parts}
    assert set(sizes) == {EVERYTHING, SHARED_AUTHORED, OWN}
    assert sizes[EVERYTHING] == sizes[SHARED_AUTHORED] + sizes[OWN] == sum(len(p.labels) for p in passages)
    alone = make_examples(passages, matcher, alone=True)
    parts = row_parts_alone(alone, passages)
    assert {name: int((parts == name).sum()) for name in np.unique(parts)} == {n: sizes[n] for n in (SHARED_AUTHORED, OWN)}


def test_shared_labels_are_told_from_added_ones(shared: Path) -> None:
    del shared
    starts = shared_starts()
    passages = load_passages(("train", "dev", "test"))
    found = {part_of(p, starts) for p in passages}
    assert found == set(PARTS)
    told = sum(len(p.labels) for p in passages if part_of(p, starts) == PARTS[0])
    assert told == len(starts)


def test_intervals_hold_their_value(evaluation: Evaluation) -> None:
    for part in evaluation.splits[0].parts:
        for value, low, high in part.figures.values():
            assert 0 <= low <= high <= 1 and 0 <= value <= 1
        assert set(part.baselines) == set(part.gains) == {"char n-gram LR (sentence)", "phrase list"}
    assert len(evaluation.splits[0].confusions) <= 10


def test_card_holds_every_section_and_the_headline(evaluation: Evaluation) -> None:
    manifest = json.loads((store.model_folder() / "model.json").read_text(encoding="utf-8"))
    card = card_markdown(evaluation, manifest, ablation="| variant |\n|---|\n| full |")
    sections = ["Headline", "Training data", "Labels", "Against the floors", "Figures by split and part", "Matched sets, left out of training",
                "Evidence that it measures what it says", "Error analysis", "Ablations", "Limits"]  # fmt: skip
    assert re.findall(r"^## (.*)$", card, re.M) == sections
    assert headline_markdown(evaluation) in card and "| full |" in card
    assert manifest["sha256"][:12] in card and "silver" in card and "1 of 1" in card and "0 of 1" in card
    tables = re.findall(r"(?:^\|.*\n?)+", card, re.M)
    for table in tables:
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(widths) == 1, table


def test_a_failed_claim_is_told(evaluation: Evaluation) -> None:
    text = suite_markdown(evaluation.suites[0])
    assert "| claim | 0.500 | ≤ 0.3 | **no** |" in text and "a\\|b" in text and "0.123" in text


def test_headline_takes_its_place_and_nothing_else(evaluation: Evaluation) -> None:
    table = headline_markdown(evaluation)
    readme = "# Title\n\n<!-- headline: made by x -->\nold\n<!-- /headline -->\n\nrest\n"
    made = replace_headline(readme, table)
    assert made == f"# Title\n\n<!-- headline: made by x -->\n{table}\n<!-- /headline -->\n\nrest\n"
    assert replace_headline(made, table) == made
    assert len([line for line in table.splitlines() if line.startswith("| dev ")]) == 3
    for broken in ("no marks", readme + readme, "<!-- headline -->\nno end"):
        with pytest.raises(FormalismError, match="F406"):
            replace_headline(broken, table)


def test_readme_has_a_place_for_the_headline() -> None:
    assert "| test x |" in replace_headline((ROOT / "README.md").read_text(encoding="utf-8"), "| test x |")


def test_evaluate_refuses_a_wrong_readme_before_the_long_run(tmp_path: Path) -> None:
    missing = CliRunner().invoke(main, ["evaluate", "--readme", str(tmp_path / "none.md")])
    assert missing.exit_code != 0 and "none.md" in missing.output
    bare = tmp_path / "bare.md"
    bare.write_text("no marks", encoding="utf-8")
    refused = CliRunner().invoke(main, ["evaluate", "--readme", str(bare)])
    assert refused.exit_code != 0 and bare.read_text(encoding="utf-8") == "no marks"
