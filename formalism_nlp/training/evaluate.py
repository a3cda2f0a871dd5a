"""``formalism evaluate``: every figure the model card prints, in one run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formalism_nlp import store
from formalism_nlp.analysis.matcher import Matcher
from formalism_nlp.api import load
from formalism_nlp.training import baselines, metrics
from formalism_nlp.training.agreement import Agreement, agreement, double_labels
from formalism_nlp.training.checks import Suite
from formalism_nlp.training.costs import Confusion, costly_confusions
from formalism_nlp.training.data import Passage, Split, load_passages
from formalism_nlp.training.evidence import evidence, known_members
from formalism_nlp.training.fit import Settings
from formalism_nlp.training.judge import judge_baseline, judge_model
from formalism_nlp.training.known_groups import same_genre
from formalism_nlp.training.matched_sets import LeftOut, SetResult, leave_sets_out
from formalism_nlp.training.matrix import Example, make_examples
from formalism_nlp.training.metrics import Judged
from formalism_nlp.training.texts import PARTS, own_texts, part_of, row_parts, row_parts_alone, shared_starts

Say = Callable[[str], None]
Interval = tuple[float, float, float]
MEASURES: dict[str, Callable[[Judged], float]] = {
    "macro_f1": metrics.macro_f1,
    "accuracy": metrics.accuracy,
    "specific_f1": metrics.specific_f1,
    "function_ece": metrics.function_ece,
    "specific_ece": metrics.specific_ece,
}
EVERYTHING = "all"


@dataclass(frozen=True)
class PartResult:
    """Figures of the sentences of one part of a split: (value, low, high), label F1s, document errors, baselines, gains."""

    part: str
    sentences: int
    documents: int
    figures: Mapping[str, Interval]
    labels: Mapping[str, float]
    shares: Mapping[str, float]
    baselines: Mapping[str, Mapping[str, float]]
    gains: Mapping[str, Interval]


@dataclass(frozen=True)
class SplitResult:
    """One split in one view (sentences seen in their document, or in the passage alone); the first part is everything."""

    split: str
    view: str
    parts: tuple[PartResult, ...]
    confusions: tuple[Confusion, ...]


@dataclass(frozen=True)
class Evaluation:
    """All of it; ``sets`` and ``suites`` are empty when they were not asked for.

    ``training`` counts the (passages, sentences) of each part of the train split.
    """

    splits: tuple[SplitResult, ...]
    sets: tuple[SetResult, ...]
    suites: tuple[Suite, ...]
    agreement: Agreement | None
    training: Mapping[str, tuple[int, int]]
    versions: Mapping[str, str]


def evaluate(
    *,
    splits: Sequence[Split] = ("dev", "test"),
    sets: bool = True,
    suites: bool = True,
    model: str | None = None,
    progress: Say,
) -> Evaluation:
    """Judge the shipped model (or the one in ``model``) on labelled splits beside three baselines fitted in the same run.

    Public passages take part when ``../shared`` is there; without it the figures rest on own documents, and say so.

    Args:
        splits: labelled splits.
        sets: also the matched sets and known groups left out of training (refits five times).
        suites: also gaming, invariance, known groups, reliability and intervals.
        model: folder; default the shipped one.
        progress: called with one line a step.
    """
    folder = model or store.model_folder()
    lexicon = store.default_lexicon()
    matcher = Matcher(lexicon)
    compiled, norms = store.load_model(folder), store.load_norms(folder)
    train = load_passages(("train",))
    results = _judge_splits(splits, train, matcher, compiled, progress)
    out = LeftOut((), {})
    if sets:
        others = frozenset(m.doc_id for m in known_members(own_texts()))
        everything = load_passages(("train", "dev", "test"))
        out = leave_sets_out(everything, matcher, norms, Settings(), progress=progress, others=others)
    found: list[Suite] = []
    if suites:
        found = evidence(load(model=folder), norms, progress=progress, left_out=out.others)
    if out.sets:
        found.append(same_genre([result.values for result in out.sets]))
    versions = {"lexicon": lexicon.version, "model": compiled.version}
    return Evaluation(tuple(results), out.sets, tuple(found), agreement(double_labels()), training_parts(train), versions)


def _judge_splits(
    splits: Sequence[Split], labelled: Sequence[Passage], matcher: Matcher, compiled: Any, progress: Say
) -> list[SplitResult]:
    train = make_examples(labelled, matcher, alone=False)
    progress("baselines")
    rivals = {
        "majority": baselines.majority(train),
        "char n-gram LR (sentence)": baselines.sentence_ngrams(train),
        "phrase list": baselines.phrase_list(matcher.lexicon),
    }
    results = []
    for split in splits:
        passages = load_passages((split,))
        for view, alone in (("document", False), ("passage", True)):
            progress(f"{split}, seen in the {view}")
            examples = make_examples(passages, matcher, alone=alone)
            parts = (row_parts_alone if alone else row_parts)(examples, passages)
            results.append(judge_split(split, view, examples, parts, compiled, {} if alone else rivals))
    return results


def judge_split(
    split: str,
    view: str,
    examples: Sequence[Example],
    parts: NDArray[np.str_],
    model: Any,
    rivals: Mapping[str, baselines.Baseline],
) -> SplitResult:
    """Judge the model on all rows and on each part of them.

    Args:
        split, view: names for the result.
        examples: labelled documents.
        parts: name of the part of each labelled row.
        model: compiled.
        rivals: baselines by name.
    """
    judged = judge_model(model, examples)
    others = {name: judge_baseline(baseline, examples) for name, baseline in rivals.items()}
    everything = np.ones(len(parts), dtype=np.bool_)
    masks = {EVERYTHING: everything} | {part: parts == part for part in PARTS}
    results = [
        _judge_part(part, judged.only(rows), {name: other.only(rows) for name, other in others.items()})
        for part, rows in masks.items()
        if rows.any()
    ]
    texts = [e.prepared.bodies[row] for e in examples for row in e.rows]
    return SplitResult(split, view, tuple(results), tuple(costly_confusions(judged, texts)))


def _judge_part(part: str, judged: Judged, others: Mapping[str, Judged]) -> PartResult:
    draws = metrics.document_draws(judged.document)
    return PartResult(
        part=part,
        sentences=len(judged.function),
        documents=len(set(judged.document.tolist())),
        figures={name: (measure(judged), *metrics.interval(judged, measure, draws)) for name, measure in MEASURES.items()},
        labels=metrics.label_f1(judged),
        shares=metrics.share_errors(judged),
        baselines={
            name: {key: m(other) for key, m in MEASURES.items()} | metrics.label_f1(other) for name, other in others.items()
        },
        gains={name: metrics.paired_gain(judged, other, metrics.macro_f1, draws) for name, other in others.items()},
    )


def training_parts(passages: Sequence[Passage]) -> dict[str, tuple[int, int]]:
    """(passages, sentences) by part, for the card."""
    shared = shared_starts()
    out: dict[str, tuple[int, int]] = {}
    for passage in passages:
        part = part_of(passage, shared)
        count, sentences = out.get(part, (0, 0))
        out[part] = (count + 1, sentences + len(passage.labels))
    return {part: out[part] for part in PARTS if part in out}
