"""``formalism evaluate``: every figure the model card prints, in one run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from formalism_nlp import store
from formalism_nlp.analysis.matcher import Matcher
from formalism_nlp.training import baselines, metrics
from formalism_nlp.training.data import Split, load_passages
from formalism_nlp.training.fit import Settings
from formalism_nlp.training.judge import judge_baseline, judge_model
from formalism_nlp.training.matched_sets import SetResult, leave_sets_out
from formalism_nlp.training.matrix import Example, make_examples
from formalism_nlp.training.metrics import Judged

Say = Callable[[str], None]
MEASURES: dict[str, Callable[[Judged], float]] = {
    "macro_f1": metrics.macro_f1,
    "specific_f1": metrics.specific_f1,
    "function_ece": metrics.function_ece,
    "specific_ece": metrics.specific_ece,
}


@dataclass(frozen=True)
class SplitResult:
    """Figures of one split and one view (sentences seen in their document, or in the passage alone)."""

    split: str
    view: str
    sentences: int
    documents: int
    figures: Mapping[str, tuple[float, float, float]]
    labels: Mapping[str, float]
    parts: Mapping[str, Mapping[str, float]]
    baselines: Mapping[str, Mapping[str, float]]
    gains: Mapping[str, tuple[float, float, float]]
    shares: Mapping[str, float]
    confusions: Sequence[tuple[str, str, int]]


@dataclass(frozen=True)
class Evaluation:
    """All of it; ``sets`` is empty when matched sets were not asked for."""

    splits: tuple[SplitResult, ...]
    sets: tuple[SetResult, ...]
    versions: Mapping[str, str]


def evaluate(
    *, splits: Sequence[Split] = ("dev", "test"), sets: bool = True, model: str | None = None, progress: Say
) -> Evaluation:
    """Judge the shipped model (or the one in ``model``) on labelled splits beside three baselines fitted in the same run.

    Public passages take part when ``../shared`` is there; without it the figures rest on own documents, and say so.
    """
    folder = model or store.model_folder()
    lexicon = store.default_lexicon()
    matcher = Matcher(lexicon)
    compiled = store.load_model(folder)
    train = make_examples(load_passages(("train",)), matcher, alone=False)
    progress("baselines")
    rivals = {
        "majority": baselines.majority(train),
        "char n-gram LR (sentence)": baselines.sentence_ngrams(train),
        "phrase list": baselines.phrase_list(lexicon),
    }
    results = []
    for split in splits:
        passages = load_passages((split,))
        for view, alone in (("document", False), ("passage", True)):
            progress(f"{split}, seen in the {view}")
            examples = make_examples(passages, matcher, alone=alone)
            results.append(_judge_split(split, view, examples, compiled, rivals if not alone else {}))
    outcome: list[SetResult] = []
    if sets:
        everything = load_passages(("train", "dev", "test"))
        outcome = leave_sets_out(everything, matcher, store.load_norms(folder), Settings(), progress=progress)
    versions = {"lexicon": lexicon.version, "model": compiled.version}
    return Evaluation(tuple(results), tuple(outcome), versions)


def _judge_split(
    split: str, view: str, examples: Sequence[Example], model: Any, rivals: Mapping[str, baselines.Baseline]
) -> SplitResult:
    judged = judge_model(model, examples)
    draws = metrics.document_draws(judged.document)
    figures = {name: (measure(judged), *metrics.interval(judged, measure, draws)) for name, measure in MEASURES.items()}
    parts = {}
    for name, rows in (("public", ~judged.own), ("own", judged.own)):
        if rows.any():
            part = judged.only(rows)
            parts[name] = {key: measure(part) for key, measure in MEASURES.items()} | metrics.label_f1(part)
    others = {name: judge_baseline(baseline, examples) for name, baseline in rivals.items()}
    return SplitResult(
        split=split,
        view=view,
        sentences=len(judged.function),
        documents=len(set(judged.document.tolist())),
        figures=figures,
        labels=metrics.label_f1(judged),
        parts=parts,
        baselines={
            name: {key: m(other) for key, m in MEASURES.items()} | metrics.label_f1(other) for name, other in others.items()
        },
        gains={name: metrics.paired_gain(judged, other, metrics.macro_f1, draws) for name, other in others.items()},
        shares=metrics.share_errors(judged),
        confusions=_confusions(judged),
    )


def _confusions(judged: Judged) -> list[tuple[str, str, int]]:
    """The ten commonest wrong pairs (label, prediction, count)."""
    from collections import Counter

    from formalism_nlp.values.report import FUNCTIONS

    pairs = Counter(zip(judged.function.tolist(), judged.predicted.tolist(), strict=True))
    wrong = [(FUNCTIONS[a], FUNCTIONS[b], n) for (a, b), n in pairs.items() if a != b]
    return sorted(wrong, key=lambda row: (-row[2], row[0], row[1]))[:10]
