"""Matched sets: four versions of one report; the right version must lead each index, by a model that never saw the set."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from formalism_nlp.analysis.matcher import Matcher
from formalism_nlp.analysis.norms import ALL, Norms
from formalism_nlp.analysis.scorer import Scorer
from formalism_nlp.training.data import Passage
from formalism_nlp.training.fit import Settings, fit
from formalism_nlp.values.report import INDEX_NAMES

LEVELS = ("substance", "slogan", "trace", "mixed")
# (index, level that must lead, whether the lead is the highest or the lowest value)
ORDERINGS = (
    ("slogan_density", "slogan", True),
    ("trace_padding", "trace", True),
    ("substance", "substance", True),
    ("formalism_index", "substance", False),
)
FOLDS = 5


@dataclass(frozen=True)
class SetResult:
    """One matched set: its scores by level and index, and whether each ordering holds."""

    name: str
    values: Mapping[str, Mapping[str, float]]
    right: Mapping[str, bool]


@dataclass(frozen=True)
class LeftOut:
    """What models say that never saw the documents: matched sets, and index values of other documents by ``doc_id``."""

    sets: tuple[SetResult, ...]
    others: Mapping[str, Mapping[str, float]]


def leave_sets_out(
    passages: Sequence[Passage],
    matcher: Matcher,
    norms: Norms,
    settings: Settings,
    *,
    progress: Callable[[str], None],
    others: frozenset[str] = frozenset(),
) -> LeftOut:
    """Score every matched set with a model whose training data hold none of its documents.

    Several sets are left out at a time, which trains on less than leaving out one and is no easier.

    Args:
        passages: of all splits; only those of the train split are trained on.
        matcher: compiled lexicon.
        norms: genre norms of the shipped model (percentiles only; they hold no text).
        settings: of the fit.
        progress: called with one line a fold.
        others: ``doc_id`` of own documents that are left out by turns in the same way; they are ranked among all documents.
    """
    sets: dict[str, dict[str, Passage]] = {}
    for passage in passages:
        if passage.level in LEVELS and passage.source == "own":
            sets.setdefault(passage.group, {})[passage.level] = passage
    sets = {name: sets[name] for name in sorted(sets) if len(sets[name]) == len(LEVELS)}
    single = {p.group: p for p in passages if p.doc_id in others and p.group not in sets}
    results: list[SetResult] = []
    values: dict[str, Mapping[str, float]] = {}
    for fold in range(FOLDS):
        held = [*list(sets)[fold::FOLDS], *sorted(single)[fold::FOLDS]]
        if not held:
            continue
        progress(f"left out, fold {fold + 1}/{FOLDS}: {', '.join(held)}")
        rest = [p for p in passages if p.split == "train" and p.group not in held]
        scorer = Scorer(matcher.lexicon, fit(rest, matcher, settings).model, norms, library="evaluation")
        results += [_judge(name, sets[name], scorer) for name in held if name in sets]
        for passage in (single[name] for name in held if name in single):
            report = scorer.score(passage.document, genre=ALL)
            values[passage.doc_id] = {index: report.indices[index].value for index in INDEX_NAMES}
    return LeftOut(tuple(sorted(results, key=lambda result: result.name)), values)


def _judge(name: str, members: Mapping[str, Passage], scorer: Scorer) -> SetResult:
    values = {}
    for level in LEVELS:
        report = scorer.score(members[level].document)
        values[level] = {index: report.indices[index].value for index in INDEX_NAMES}
    right = {}
    for index, level, highest in ORDERINGS:
        others = [values[other][index] for other in LEVELS if other != level]
        own = values[level][index]
        right[index] = own > max(others) if highest else own < min(others)
    return SetResult(name, values, right)
