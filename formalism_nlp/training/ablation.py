"""Ablations: what each part of model and data pays, refitted on train and judged on dev. One entry a variant."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from formalism_nlp import store
from formalism_nlp.analysis.matcher import Matcher
from formalism_nlp.training import metrics
from formalism_nlp.training.checks import Cell, Suite, Table
from formalism_nlp.training.data import Passage, load_passages
from formalism_nlp.training.fit import Settings, Training, fit
from formalism_nlp.training.judge import judge_first_pass, judge_model
from formalism_nlp.training.matrix import Example, make_examples
from formalism_nlp.training.metrics import Judged
from formalism_nlp.training.texts import OWN, SHARED_AUTHORED, SHARED_PUBLIC, WRITERS, part_of, row_parts, shared_starts
from formalism_nlp.values.lexicon import Lexicon

_STRUCTURE_RULES = ("STR", "GRD")  # guards only keep other rules quiet


def _same_lexicon(lexicon: Lexicon) -> Lexicon:
    return lexicon


def _structure_only(lexicon: Lexicon) -> Lexicon:
    return Lexicon(tuple(rule for rule in lexicon.rules if rule.id.startswith(_STRUCTURE_RULES)))


def _same_settings(settings: Settings) -> Settings:
    return settings


def _linear(settings: Settings) -> Settings:
    return replace(settings, second=replace(settings.second, linear=True))


def _no_names(lexicon: Lexicon) -> Lexicon:
    return Lexicon(tuple(rule for rule in lexicon.rules if rule.signal != "entity"))


def _no_copies(settings: Settings) -> Settings:
    return replace(settings, edits=None)


def _nothing_hidden(settings: Settings) -> Settings:
    return replace(settings, first=replace(settings.first, hidden=0.0))


@dataclass(frozen=True)
class Variant:
    """One row of the table: which parts of the training data, which rules, which settings, which pass is judged."""

    name: str
    parts: Callable[[str], bool] = field(default=lambda _: True)
    lexicon: Callable[[Lexicon], Lexicon] = _same_lexicon
    settings: Callable[[Settings], Settings] = _same_settings
    first_only: bool = False


VARIANTS = (
    Variant("full"),
    Variant("first pass only (no context, no rule hits of the sentence)", first_only=True),
    Variant("linear second pass", settings=_linear),
    Variant("without lexicon rules (but those of structure)", lexicon=_structure_only),
    Variant("without names of places, works, laws, events (entity rules)", lexicon=_no_names),
    Variant("without edited copies of the passages", settings=_no_copies),
    Variant("without hidden characters in the first pass's training", settings=_nothing_hidden),
    Variant("without the documents of the writers", parts=lambda part: part != WRITERS),
    Variant("without own documents (sets A, B stay)", parts=lambda part: part not in (OWN, WRITERS)),
    Variant("without the added public labels", parts=lambda part: not part.startswith("added")),
    Variant("the shared labels alone", parts=lambda part: part.startswith("shared")),
)


@dataclass(frozen=True)
class Result:
    """A variant on dev: ``gain`` is macro-F1 minus that of the first variant, with its paired document-bootstrap interval."""

    name: str
    trained_on: int
    judged: Judged
    gain: tuple[float, float, float]


def ablate(
    variants: Sequence[Variant],
    train: Sequence[Passage],
    dev: Sequence[Passage],
    lexicon: Lexicon,
    settings: Settings,
    *,
    progress: Callable[[str], None],
) -> list[Result]:
    """Fit each variant and judge it on dev.

    Args:
        variants: the first one is what the others are compared with.
        train, dev: labelled passages.
        lexicon: all rules.
        settings: of the full fit.
        progress: called with two lines a variant.
    """
    shared = shared_starts()
    fitted: dict[tuple[frozenset[int], str, Settings], tuple[Training, list[Example]]] = {}
    results: list[Result] = []
    draws: list[metrics.Ints] = []
    for variant in variants:
        progress(f"variant: {variant.name}")
        chosen = [i for i, p in enumerate(train) if variant.parts(part_of(p, shared))]
        rules, choice = variant.lexicon(lexicon), variant.settings(settings)
        key = (frozenset(chosen), rules.version, choice)
        if key not in fitted:
            matcher = Matcher(rules)
            fitted.clear()  # neighbours in the list may share a fit; more than one would only fill memory
            fitted[key] = (fit([train[i] for i in chosen], matcher, choice), make_examples(dev, matcher, alone=False))
        training, examples = fitted[key]
        judged = (judge_first_pass if variant.first_only else judge_model)(training.model, examples)
        draws = draws or metrics.document_draws(judged.document)
        gain = metrics.paired_gain(judged, results[0].judged, metrics.macro_f1, draws) if results else (0.0, 0.0, 0.0)
        results.append(Result(variant.name, sum(len(train[i].labels) for i in chosen), judged, gain))
        progress(f"  macro-F1 {metrics.macro_f1(judged):.3f}, against the first {gain[0]:+.3f}")
    return results


def ablation(*, settings: Settings | None = None, progress: Callable[[str], None]) -> Suite:
    """Run ``VARIANTS`` on the labelled corpora of this machine."""
    dev = load_passages(("dev",))
    lexicon = store.default_lexicon()
    results = ablate(VARIANTS, load_passages(("train",)), dev, lexicon, settings or Settings(), progress=progress)
    parts = row_parts(make_examples(dev, Matcher(lexicon), alone=False), dev)
    return Suite("Ablations", (table(results, parts),), ())


def table(results: Sequence[Result], parts: NDArray[np.str_]) -> Table:
    """One row a variant."""
    rows: list[tuple[Cell, ...]] = []
    for result in results:
        low, high = result.gain[1:]
        gain = f"{result.gain[0]:+.3f} ({low:+.3f} – {high:+.3f})" if result is not results[0] else ""
        masks = [parts == part for part in (SHARED_PUBLIC, SHARED_AUTHORED, OWN)] + [np.char.startswith(parts, "added")]
        part_f1 = [_part_f1(result.judged, mask) for mask in masks]
        labels = metrics.label_f1(result.judged)
        figures = (metrics.macro_f1(result.judged), metrics.specific_f1(result.judged), metrics.function_ece(result.judged))
        rows.append(
            (result.name, result.trained_on, *figures, *part_f1, labels["SLOGAN"], labels["ACTIVITY"], labels["PROBLEM"], gain)
        )
    header = ("variant", "trained on", "macro-F1", "specific F1", "ECE", SHARED_PUBLIC, SHARED_AUTHORED, OWN, "added",
              "SLOGAN", "ACTIVITY", "PROBLEM", "macro-F1 against full (95 %)")  # fmt: skip
    note = "Refitted on train, judged on dev, sentences seen in their document. Gain with its paired document-bootstrap interval."
    return Table("What each part pays", header, tuple(rows), note)


def _part_f1(judged: Judged, rows: NDArray[np.bool_]) -> float:
    return metrics.macro_f1(judged.only(rows)) if rows.any() else float("nan")
