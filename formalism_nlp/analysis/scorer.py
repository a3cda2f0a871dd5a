"""Text in, Report out: wires splitting, matching, classifying and counting together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from formalism_nlp.analysis.classifier import N_FUNCTIONS, OUTPUTS, Classifier, Floats, Model
from formalism_nlp.analysis.evidence import collect_findings, covered_characters, repeats
from formalism_nlp.analysis.features import Prepared, dense_names, prepare
from formalism_nlp.analysis.indices import LEAST_CHARACTERS, LEAST_SENTENCES, Sums, compute_indices, sum_paragraphs
from formalism_nlp.analysis.matcher import Matcher
from formalism_nlp.analysis.norms import Norms
from formalism_nlp.analysis.official_rules import Subject, advise, first_line
from formalism_nlp.analysis.stance import stance_of
from formalism_nlp.analysis.taxonomy import Sentences, TaxonomyJudge, TaxonomyModel, Verdicts, quieted, rule_verdicts
from formalism_nlp.values.document import Document
from formalism_nlp.values.errors import FormalismError, ModelError
from formalism_nlp.values.lexicon import Lexicon
from formalism_nlp.values.report import FUNCTIONS, Failure, Report, Sentence, Versions

MOST_CHARACTERS = 100_000_000


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
        self._classifier = Classifier(model, lexicon)
        self._norms = norms
        self._judge = TaxonomyJudge(taxonomy, lexicon) if taxonomy else None
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
        return self._report(self._prepare(document), genre, str(parent))

    def score_many(self, documents: Iterable[str | Document], *, genre: str = "") -> Iterator[Report | Failure]:
        """Score documents in order; a bad one becomes a Failure and stops nothing.

        Args:
            documents: texts or Documents.
            genre: as in ``score``.
        """
        for number, document in enumerate(documents):
            name = document.name if isinstance(document, Document) else str(number)
            try:
                yield self.score(document, genre=genre)
            except FormalismError as error:
                yield Failure(name, error.code, str(error))

    def probabilities(self, document: str | Document) -> Floats:
        """Return (sentences, 8) calibrated probabilities in the order of ``classifier.OUTPUTS``."""
        return self._classifier.predict(self._prepare(document))

    def sums(self, document: str | Document) -> Sums:
        """Return the paragraph sums behind the indices (norms are made of these)."""
        prepared = self._prepare(document)
        probabilities = self._classifier.predict(prepared)
        return self._sums(prepared, probabilities, self._verdicts(_arrays(prepared, probabilities)))

    def sentences_of(self, document: str | Document) -> Sentences:
        """Return what the taxonomy looks at: sentences, lexicon hits and probabilities as arrays."""
        prepared = self._prepare(document)
        return _arrays(prepared, self._classifier.predict(prepared))

    def _verdicts(self, sentences: Sentences) -> Verdicts:
        return self._judge.judge(sentences) if self._judge else rule_verdicts(sentences, self.lexicon, stance_of)

    def _prepare(self, document: str | Document) -> Prepared:
        if isinstance(document, str):
            document = Document.from_text(document)
        elif not isinstance(document, Document):
            raise FormalismError("F110", "", f"got {type(document).__name__}")
        if not document.text.strip():
            raise FormalismError("F101", document.name)
        if len(document.text) > MOST_CHARACTERS:
            raise FormalismError("F106", document.name, f"{len(document.text)} characters, the limit is {MOST_CHARACTERS}")
        return prepare(document, self._matcher)

    def _sums(self, prepared: Prepared, probabilities: Floats, verdicts: Verdicts) -> Sums:
        hits = covered_characters(prepared, self.lexicon, ("slogan", "doctrine"))
        paragraphs = [place.paragraph for place in prepared.places]
        return sum_paragraphs(quieted(probabilities, verdicts), prepared.weights, paragraphs, hits, repeats(prepared))

    def _report(self, prepared: Prepared, genre: str, parent: str) -> Report:
        document = prepared.document
        norm = self._norms.find(genre or document.genre)
        probabilities = self._classifier.predict(prepared)
        verdicts = self._verdicts(_arrays(prepared, probabilities))
        sentences = _sentences(prepared, probabilities)
        counted, characters = int((prepared.weights > 0).sum()), int(prepared.weights.sum())
        indices = compute_indices(self._sums(prepared, probabilities, verdicts), norm, sentences=counted, characters=characters)
        short = counted < LEAST_SENTENCES and characters < LEAST_CHARACTERS
        findings = collect_findings(prepared, sentences, self.lexicon, verdicts)
        levels = np.array([place.own_level for place in prepared.places], dtype=np.int64)
        kind = self._norms.aliases.get(genre or document.genre, genre or document.genre)
        title = document.title or first_line(document.text)
        return Report(
            document=document,
            genre=norm.genre,
            status="insufficient_text" if short else "ok",
            sentences=sentences,
            findings=findings,
            index_values=indices,
            versions=self._versions,
            notes=document.notes,
            official_rules=advise(Subject(document.text, sentences, levels, findings, kind, title, parent)),
        )


def _arrays(prepared: Prepared, probabilities: Floats) -> Sentences:
    """The taxonomy's view of a prepared document."""
    places = prepared.places
    return Sentences(
        text=prepared.normal,
        spans=prepared.spans,
        bodies=prepared.bodies,
        paragraph=np.array([place.paragraph for place in places], dtype=np.int64),
        above=np.array([p.subsection if p.subsection >= 0 else p.section for p in places], dtype=np.int64),
        heading=np.array([place.own_level > 0 and place.whole_line for place in places], dtype=bool),
        hit_rule=np.array([hit.rule for hit in prepared.hits], dtype=np.int64),
        hit_sentence=prepared.hit_sentence,
        probabilities=probabilities,
    )


def _sentences(prepared: Prepared, probabilities: Floats) -> tuple[Sentence, ...]:
    assert len(OUTPUTS) == probabilities.shape[1]
    text = prepared.document.text
    best = probabilities[:, :N_FUNCTIONS].argmax(axis=1).tolist()
    rows = probabilities.tolist()
    out = []
    for i, (span, place) in enumerate(zip(prepared.spans, prepared.places, strict=True)):
        above = place.subsection if place.subsection >= 0 else place.section
        row = rows[i]
        out.append(
            Sentence(
                start=span.start,
                end=span.end,
                text=text[span.start : span.end],
                function=FUNCTIONS[best[i]],
                specific=row[N_FUNCTIONS] > 0.5,
                weight=int(prepared.weights[i]),
                heading=prepared.bodies[above] if 0 <= above != i else "",
                paragraph=place.paragraph,
                p_function=tuple(row[:N_FUNCTIONS]),
                p_specific=row[N_FUNCTIONS],
                p_substantive=row[N_FUNCTIONS + 1],
            )
        )
    return tuple(out)
