"""Text in, Report out: wires splitting, matching, classifying and counting together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from formalism_nlp.analysis.classifier import Classifier, Floats, Model
from formalism_nlp.analysis.coverage import covered_characters, repeats
from formalism_nlp.analysis.evidence import Columns, FindingRules, columns_of
from formalism_nlp.analysis.features import Prepared, dense_names, prepare_all
from formalism_nlp.analysis.findings import Evidence
from formalism_nlp.analysis.indices import LEAST_CHARACTERS, LEAST_SENTENCES, Sums, compute_indices, sum_paragraphs
from formalism_nlp.analysis.judging import Judge
from formalism_nlp.analysis.matcher import Matcher
from formalism_nlp.analysis.ngrams import NgramSums
from formalism_nlp.analysis.norms import GenreNorm, Norms
from formalism_nlp.analysis.stance import stance_of
from formalism_nlp.analysis.taxonomy import Sentences, Verdicts, quieted, rule_verdicts
from formalism_nlp.analysis.taxonomy_model import TaxonomyModel
from formalism_nlp.values.document import Document, Span
from formalism_nlp.values.errors import FormalismError, ModelError
from formalism_nlp.values.lexicon import Lexicon
from formalism_nlp.values.report import Failure, Report, Versions

MOST_CHARACTERS = 100_000_000
_TOGETHER = 200_000  # characters of short documents that are scored together: what numpy costs a call is shared by all of them


@dataclass(frozen=True)
class _Job:
    """One document to score: the norm it is measured by, the name of its genre, the text of the document it carries out."""

    document: Document
    norm: GenreNorm
    genre: str
    parent: str


class Scorer:
    """Scores documents with one lexicon, model and set of norms; immutable, so threads may share it.

    Args:
        lexicon: must be the one the model was fitted with, or extend it by rules the model ignores.
        model: compiled weights.
        norms: genre norms.
        library: version of the library, printed in every Report.
        taxonomy: fitted weights for forms and stances; without it the rules alone decide them.

    Raises:
        ModelError: a model was fitted with features this lexicon does not give.
    """

    def __init__(
        self, lexicon: Lexicon, model: Model, norms: Norms, *, library: str, taxonomy: TaxonomyModel | None = None
    ) -> None:
        missing = sorted(set(model.dense_names) - set(dense_names(lexicon)))
        if missing:
            raise ModelError("F301", "", f"the model needs features the lexicon does not give: {', '.join(missing[:5])}")
        self._matcher = Matcher(lexicon)
        if taxonomy and taxonomy.characters != model.characters:
            raise ModelError("F301", "", "the stance model was fitted beside another model; run formalism train")
        self._classifier = Classifier(model, lexicon, *([taxonomy.ngram_table] if taxonomy else []))
        self._specific_threshold = model.specific_threshold
        self._norms = norms
        self._judge = Judge(taxonomy, lexicon) if taxonomy else None
        self._rules = FindingRules(lexicon)
        self._counted = np.array([rule.signal in ("slogan", "doctrine") for rule in lexicon.rules], dtype=bool)
        self._versions = Versions(
            library, lexicon.version, model.version, norms.version, taxonomy.version if taxonomy else "rules"
        )

    @property
    def lexicon(self) -> Lexicon:
        """The rules in use."""
        return self._matcher.lexicon

    @property
    def versions(self) -> Versions:
        """What makes the reports of this scorer."""
        return self._versions

    def score(self, document: str | Document, *, genre: str = "", parent: str | Document = "") -> Report:
        """Score one document.

        Args:
            document: text or Document.
            genre: norm group, e.g. ``"government-work-report"``; default the document's own, else all documents.
            parent: the document from above that this one carries out; copying from it is an official rule.

        Returns:
            A frozen Report.

        Raises:
            FormalismError: F101 no visible text, F106 too long, F110 not a text, F401 unknown genre.
        """
        (report,) = self._reports([self._job(document, genre, str(parent))])
        return report

    def score_many(self, documents: Iterable[str | Document], *, genre: str = "") -> Iterator[Report | Failure]:
        """Score documents in order; a bad one becomes a Failure and stops nothing.

        Short documents are read ahead and scored together, up to ``_TOGETHER`` characters; the reports are those of ``score``.

        Args:
            documents: texts or Documents.
            genre: as in ``score``.
        """
        waiting: list[_Job | Failure] = []
        characters = 0
        source = iter(documents)
        number = 0
        while True:
            try:
                document = next(source)
            except StopIteration:
                break
            except Exception:
                yield from self._results(waiting)  # what came before the source broke is not lost
                raise
            try:
                job: _Job | Failure = self._job(document, genre, "")
                characters += len(str(document))
            except FormalismError as error:
                job = Failure(document.name if isinstance(document, Document) else str(number), error.code, str(error))
            waiting.append(job)
            number += 1
            if characters >= _TOGETHER:
                yield from self._results(waiting)
                waiting, characters = [], 0
        yield from self._results(waiting)

    def probabilities(self, document: str | Document) -> Floats:
        """Return (sentences, 8) calibrated probabilities in the order of ``classifier.OUTPUTS``."""
        return self._classifier.predict(prepare_all([_checked(document)], self._matcher))

    def sums(self, document: str | Document) -> Sums:
        """Return the paragraph sums behind the indices (norms are made of these)."""
        ((_, _, sums),) = self._analysed([_checked(document)])
        return sums

    def sentences_of(self, document: str | Document) -> Sentences:
        """Return what the taxonomy looks at: sentences, lexicon hits and probabilities as arrays."""
        prepared = prepare_all([_checked(document)], self._matcher)
        (columns,) = columns_of(prepared, self._classifier.predict(prepared), self._specific_threshold)
        return _taxonomy_view(columns)

    def _job(self, document: str | Document, genre: str, parent: str) -> _Job:
        document = _checked(document)
        named = genre or document.genre
        return _Job(document, self._norms.find(named), self._norms.aliases.get(named, named), parent)

    def _results(self, waiting: list[_Job | Failure]) -> Iterator[Report | Failure]:
        """The reports of the jobs, with the failures in their places."""
        reports = self._reports([job for job in waiting if isinstance(job, _Job)])
        reports.reverse()
        for job in waiting:
            # A report that was handed over is no longer kept here: what is made of it may go as soon as the caller lets it go.
            yield job if isinstance(job, Failure) else reports.pop()

    def _reports(self, jobs: list[_Job]) -> list[Report]:
        out = []
        for job, (columns, verdicts, sums) in zip(jobs, self._analysed([job.document for job in jobs]), strict=True):
            counted, characters = int((columns.weights > 0).sum()), int(columns.weights.sum())
            short = counted < LEAST_SENTENCES and characters < LEAST_CHARACTERS
            out.append(
                Report.of(
                    Evidence(columns, verdicts, self._rules, job.genre, job.parent),
                    document=job.document,
                    genre=job.norm.genre,
                    status="insufficient_text" if short else "ok",
                    index_values=compute_indices(sums, job.norm, sentences=counted, characters=characters),
                    versions=self._versions,
                    notes=job.document.notes,
                )
            )
        return out

    def _analysed(self, documents: list[Document]) -> list[tuple[Columns, Verdicts, Sums]]:
        """Arrays, verdicts and paragraph sums of each document; none depends on the others."""
        if not documents:
            return []
        prepared = prepare_all(documents, self._matcher)
        hits, reused = covered_characters(prepared, self._counted), repeats(prepared)
        first = prepared.sentences.first.tolist()
        told = self._classifier.ngram_sums(prepared)
        probabilities = self._classifier.predict(prepared, told.pop(0))  # taken out: not kept while the taxonomy is judged
        parts = columns_of(prepared, probabilities, self._specific_threshold)
        out = []
        for d, (columns, verdicts) in enumerate(zip(parts, self._verdicts(prepared, probabilities, told, parts), strict=True)):
            part = slice(first[d], first[d + 1])
            sums = sum_paragraphs(
                quieted(columns.probabilities, verdicts), columns.weights, columns.paragraph, hits[part], reused[part]
            )
            out.append((columns, verdicts, sums))
        return out

    def _verdicts(
        self, prepared: Prepared, probabilities: Floats, ngrams: list[NgramSums], parts: list[Columns]
    ) -> list[Verdicts]:
        """What the taxonomy says of each document: by the fitted model, or by rules alone."""
        if self._judge:
            return self._judge.judge(prepared, probabilities, *ngrams)
        return [rule_verdicts(_taxonomy_view(columns), self.lexicon, stance_of) for columns in parts]


def _checked(document: str | Document) -> Document:
    """The document, if it can be scored."""
    if isinstance(document, str):
        document = Document.from_text(document)
    elif not isinstance(document, Document):
        raise FormalismError("F110", "", f"got {type(document).__name__}")
    if not document.text or document.text.isspace():
        raise FormalismError("F101", document.name)
    if len(document.text) > MOST_CHARACTERS:
        raise FormalismError("F106", document.name, f"{len(document.text)} characters, the limit is {MOST_CHARACTERS}")
    return document


def _taxonomy_view(columns: Columns) -> Sentences:
    """What the taxonomy looks at."""
    spans = [Span(*span) for span in zip(columns.start.tolist(), columns.end.tolist(), strict=True)]
    return Sentences(
        text=columns.normal,
        spans=spans,
        bodies=columns.bodies,
        paragraph=columns.paragraph,
        above=columns.above,
        heading=(columns.level > 0) & columns.whole_line,
        hit_rule=columns.hits.rule,
        hit_sentence=columns.hit_sentence,
        probabilities=columns.probabilities,
    )
