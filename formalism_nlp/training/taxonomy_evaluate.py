"""``formalism evaluate --taxonomy``: precision, recall and F1 of the 21 rows and the five stances, fitted beside rules."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from formalism_nlp import store
from formalism_nlp.analysis.norms import Norms
from formalism_nlp.analysis.scorer import Scorer
from formalism_nlp.analysis.stance import stance_of
from formalism_nlp.analysis.taxonomy import Sentences, TaxonomyJudge, rule_verdicts
from formalism_nlp.training.data import Split
from formalism_nlp.training.metrics import f1_of
from formalism_nlp.training.stance_corpus import (
    Paragraph,
    load_documents,
    load_figurative,
    load_fresh,
    load_paragraphs,
    load_public,
)
from formalism_nlp.values.report import STANCES
from formalism_nlp.values.taxonomy import CODES, FORMS

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
JUDGES = ("rules", "fitted")
_SEED, _REPLICATES = 1989, 1000
TEXTS = {
    "paragraphs": load_paragraphs,
    "whole documents": load_documents,
    "fresh paragraphs": load_fresh,
    "figurative paragraphs": load_figurative,
    "public passages": load_public,
}


@dataclass(frozen=True)
class Score:
    """Precision, recall and F1 (NaN when undefined) and the number of labelled cases."""

    precision: float
    recall: float
    f1: float
    cases: int

    @classmethod
    def of(cls, truth: Bools, said: Bools) -> Score:
        """Compare two tables of the same shape."""
        right, claimed, cases = int((truth & said).sum()), int(said.sum()), int(truth.sum())
        return cls(
            right / claimed if claimed else float("nan"), right / cases if cases else float("nan"), f1_of(truth, said), cases
        )


@dataclass(frozen=True)
class Judgement:
    """What one judge said of the labelled sentences: rows, and stances of all forms whether present or not."""

    present: Bools
    stance: Ints


@dataclass(frozen=True)
class TaxonomyResult:
    """Figures of one split by judge.

    ``false_alarms``: forms found where they are not labelled, a thousand sentences.

    ``rows``: by row (remedies only where they were labelled, as in ``remedies``); ``forms`` and ``remedies``: all rows of a
    kind together (micro); ``stances``: by stance, given that the form is there (the judge is asked for the stance of each
    labelled form); ``together``: by stance, right only when form and
    stance are; ``intervals``: 95 % paragraph-bootstrap intervals of the two headline figures of the fitted judge.
    """

    split: str
    paragraphs: int
    sentences: int
    rows: Mapping[str, Mapping[str, Score]]
    forms: Mapping[str, Score]
    remedies: Mapping[str, Score]
    false_alarms: Mapping[str, float]
    stances: Mapping[str, Mapping[str, Score]]
    together: Mapping[str, Mapping[str, Score]]
    intervals: Mapping[str, tuple[float, float]]

    def stance_macro(self, judge: str, *, together: bool = False) -> float:
        """Mean F1 of the five stances."""
        table = self.together if together else self.stances
        return float(np.nanmean([score.f1 for score in table[judge].values()]))


def evaluate_taxonomy(splits: Sequence[Split], model: str | os.PathLike[str] | None = None) -> Iterator[TaxonomyResult]:
    """Judge the labelled paragraphs of each split, its whole documents (forms only), paragraphs nobody
    looked at before, paragraphs in untypical wording, and passages of public documents (when they are on this machine).

    Args:
        splits: train and dev were fitted on; only test is a test.
        model: folder with ``stance.json``; default the shipped one.
    """
    folder = model or store.model_folder()
    lexicon = store.default_lexicon()
    scorer = Scorer(lexicon, store.load_model(folder), Norms({}, {}), library="evaluation")
    judge = TaxonomyJudge(store.load_taxonomy(folder), lexicon)
    for split in splits:
        for name, load in TEXTS.items():
            texts = load((split,))
            if texts:
                yield judge_paragraphs(f"{split}, {name}", texts, scorer, judge)


def judge_paragraphs(split: str, paragraphs: Sequence[Paragraph], scorer: Scorer, judge: TaxonomyJudge) -> TaxonomyResult:
    """Judge labelled paragraphs by the fitted model and by rules alone."""
    said = {name: _judge(paragraphs, scorer, judge if name == "fitted" else None) for name in JUDGES}
    known = all(p.remedies for p in paragraphs)
    present = np.vstack([p.present for p in paragraphs])
    stance = np.vstack([p.stance for p in paragraphs])
    group = np.concatenate([np.full(len(p.starts), i) for i, p in enumerate(paragraphs)])
    forms, remedies = slice(0, len(FORMS)), slice(len(FORMS), len(CODES))
    fitted = said["fitted"]
    return TaxonomyResult(
        split=split,
        paragraphs=len(paragraphs),
        sentences=len(present),
        rows={
            n: {c: Score.of(present[:, i], j.present[:, i]) for i, c in enumerate(CODES if known else FORMS)}
            for n, j in said.items()
        },
        forms={n: Score.of(present[:, forms], j.present[:, forms]) for n, j in said.items()},
        remedies={n: Score.of(present[:, remedies], j.present[:, remedies]) for n, j in said.items()} if known else {},
        false_alarms={n: 1000 * int((j.present & ~present)[:, forms].sum()) / len(present) for n, j in said.items()},
        stances={n: _by_stance(stance, np.where(stance >= 0, j.stance, -1)) for n, j in said.items()},
        together={n: _by_stance(stance, np.where(j.present[:, forms], j.stance, -1)) for n, j in said.items()},
        intervals={
            "form micro-F1": _interval(group, lambda r: f1_of(present[r, forms], fitted.present[r, forms])),
            "stance macro-F1": _interval(group, lambda r: _macro(stance[r], fitted.stance[r])),
        },
    )


def _judge(paragraphs: Sequence[Paragraph], scorer: Scorer, judge: TaxonomyJudge | None) -> Judgement:
    present, stance = [], []
    for paragraph in paragraphs:
        sentences: Sentences = scorer.sentences_of(paragraph.document)
        verdicts = judge.judge(sentences) if judge else rule_verdicts(sentences, scorer.lexicon, stance_of)
        rows = np.searchsorted([span.start for span in sentences.spans], paragraph.starts)
        present.append(verdicts.present[rows])
        stance.append(verdicts.stance[rows])
    return Judgement(np.vstack(present), np.vstack(stance))


def _by_stance(truth: Ints, said: Ints) -> dict[str, Score]:
    return {name: Score.of(truth == i, said == i) for i, name in enumerate(STANCES)}


def _macro(truth: Ints, said: Ints) -> float:
    return float(np.nanmean([score.f1 for score in _by_stance(truth, np.where(truth >= 0, said, -1)).values()]))


def _interval(group: Ints, measure: Callable[[Ints], float]) -> tuple[float, float]:
    """95 % interval by drawing whole paragraphs with replacement; always the same draws."""
    rows = [np.flatnonzero(group == i) for i in range(int(group.max()) + 1)]
    rng = np.random.default_rng(_SEED)
    values = [measure(np.concatenate([rows[i] for i in rng.integers(0, len(rows), len(rows))])) for _ in range(_REPLICATES)]
    low, high = np.nanpercentile(values, [2.5, 97.5])
    return float(low), float(high)
