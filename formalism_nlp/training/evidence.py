"""Evidence that the indices measure what they say: runs every suite on the documents of this machine."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from formalism_nlp.analysis.norms import ALL, Norms
from formalism_nlp.analysis.scorer import Scorer
from formalism_nlp.training.changes import Score, score_all
from formalism_nlp.training.checks import Suite
from formalism_nlp.training.data import Passage, load_passages
from formalism_nlp.training.gaming import gaming
from formalism_nlp.training.intervals import abstention, coverage, simulate, widths
from formalism_nlp.training.invariance import invariance
from formalism_nlp.training.known_groups import Member, discriminant, known_groups, member
from formalism_nlp.training.reliability import split_half
from formalism_nlp.training.texts import Text, own_texts, public_texts
from formalism_nlp.values.document import Document
from formalism_nlp.values.report import FUNCTIONS, INDEX_NAMES, Report

GWR = "government-work-report"
Values = Mapping[str, Mapping[str, float]]


def known_members(texts: Sequence[Text]) -> list[Member]:
    """The documents of the known groups."""
    shown = {p.doc_id for p in load_passages(("train", "dev", "test"), public=False) if _has_outcomes(p)}
    found = (member(t.doc_id, t.genre, t.title, own=t.own, outcomes=t.doc_id in shown) for t in texts)
    return [m for m in found if m is not None]


def _has_outcomes(passage: Passage) -> bool:
    """Whether checkable RESULT has at least as many characters as ACTIVITY, by the labels."""
    result, activity = FUNCTIONS.index("RESULT"), FUNCTIONS.index("ACTIVITY")
    checkable = sum(x.end - x.start for x in passage.labels if x.function == result and x.specific)
    return checkable >= sum(x.end - x.start for x in passage.labels if x.function == activity)


def evidence(scorer: Scorer, norms: Norms, *, progress: Callable[[str], None], left_out: Values | None = None) -> list[Suite]:
    """Run gaming, invariance, known groups, discriminant, split half and intervals.

    Edits are tried on own documents of dev and test and on the provincial reports; without ``../shared`` on the former only.

    Args:
        scorer: of the model under test.
        norms: its norms.
        progress: called with one line a suite.
        left_out: index values, among all documents, of known-group documents by models that never saw them.
    """
    own, public = own_texts(), public_texts()
    groups = {"own documents, dev and test": [t.document for t in own if t.split in ("dev", "test")]}
    reports = {name: [t.document for t in found] for name, found in _reports(public).items() if found}
    if "provincial reports 2026" in reports:
        groups["provincial reports"] = reports["provincial reports 2026"]
    score: Score = scorer.score
    progress("scoring the unedited documents")
    everything = [t.document for t in own] + [d for found in reports.values() for d in found]
    before = score_all(score, {d.name: d for d in everything}.values())
    progress("gaming")
    suites = [gaming(score, groups, before)]
    progress("invariance")
    suites.append(invariance(score, groups, before))
    progress("known groups, discriminant")
    members = known_members([*own, *public])
    values = _among_all(scorer, members, {t.doc_id: t.document for t in [*own, *public]})
    suites.append(known_groups(members, {**values, **(left_out or {})}, left_out=bool(left_out)))
    suites.append(discriminant(_by_length(before, own, reports)))
    if reports:
        progress("split half")
        suites.append(split_half(score, reports))
        progress("intervals")
        suites.append(_coverage(scorer, norms, reports))
    suites.append(widths([before[d.name] for d in {d.name: d for d in everything}.values()]))
    suites.append(abstention(score, [before[t.doc_id] for t in own if t.split in ("dev", "test")]))
    return suites


def _coverage(scorer: Scorer, norms: Norms, reports: Mapping[str, Sequence[Document]]) -> Suite:
    documents = {d.name: d for found in reports.values() for d in found}
    norm = norms.find(GWR)
    return coverage([trial for name, d in documents.items() for trial in simulate(name, scorer.sums(d), norm)])


def _reports(public: Sequence[Text]) -> dict[str, list[Text]]:
    reports = [t for t in public if t.genre == GWR]
    return {
        "public reports, all": reports,
        "provincial reports 2026": [t for t in reports if t.doc_id.startswith("P26")],
        "national reports since 1978": [t for t in reports if t.doc_id.startswith("N-") and t.doc_id >= "N-1978"],
    }


def _among_all(scorer: Scorer, members: Sequence[Member], documents: Mapping[str, Document]) -> dict[str, dict[str, float]]:
    reports = {m.doc_id: scorer.score(documents[m.doc_id], genre=ALL) for m in members}
    return {name: _values(report) for name, report in reports.items()}


def _values(report: Report) -> dict[str, float]:
    if report.status == "insufficient_text":
        return dict.fromkeys(INDEX_NAMES, math.nan)
    return {index: report.indices[index].value for index in INDEX_NAMES}


def _by_length(
    before: Mapping[str, Report], own: Sequence[Text], reports: Mapping[str, Sequence[Document]]
) -> dict[str, list[tuple[int, dict[str, float]]]]:
    groups = dict(reports) | {"own documents": [t.document for t in own]}
    return {
        name: [(sum(s.weight for s in before[d.name].sentences), _values(before[d.name])) for d in documents]
        for name, documents in groups.items()
    }
