"""The spaCy component ``formalism``: the findings of a text as spans, its report as plain data.

::

    nlp = spacy.blank("zh")
    nlp.add_pipe("formalism")
    doc = nlp(text)
    doc.spans["formalism"]      # one span a finding: label_ is the rule, id_ the fingerprint
    doc._.formalism             # the report in wire schema 1 (docs/wire-schema.md), or a failure

All of it is in the Doc itself and survives ``to_bytes``, ``DocBin(store_user_data=True)`` and other processes. (spaCy reads lists
back from bytes as tuples; as JSON, and for ``Report.from_dict``, the data are the same.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice

from spacy.language import Language
from spacy.tokens import Doc, Span, SpanGroup

from formalism_nlp.analysis.scorer import Scorer
from formalism_nlp.api import load
from formalism_nlp.values.document import Document
from formalism_nlp.values.errors import FormalismError
from formalism_nlp.values.report import Failure, Report
from formalism_nlp.views.wire import failure_dict, to_dict

EXTENSION = "formalism"
if not Doc.has_extension(EXTENSION):
    Doc.set_extension(EXTENSION, default=None)


@lru_cache(maxsize=4)
def _scorer(lexicons: tuple[str, ...], model: str | None) -> Scorer:
    """The scorer of a configuration, one a process: components are sent to other processes, scorers are made there."""
    return load(lexicons=lexicons, model=model)


class FormalismComponent:
    """Scores the text of each Doc; tokens, sentences and other annotations are not looked at and not changed.

    Args:
        genre: norm group.
        spans_key: key in ``doc.spans``.
        lexicons: folders of own rules.
        model: folder of an own model; None for the shipped one.

    Raises:
        FormalismError: F201, F301 the rules or the model are wrong.
    """

    def __init__(
        self, *, genre: str = "", spans_key: str = "formalism", lexicons: Iterable[str] = (), model: str | None = None
    ) -> None:
        self.genre = genre
        self.spans_key = spans_key
        self.lexicons = tuple(lexicons)
        self.model = model
        _scorer(self.lexicons, self.model)  # what is wrong with them is told now, not with the first text

    def __call__(self, doc: Doc) -> Doc:
        """Annotate one Doc; a text that cannot be scored gets a failure and no spans, and raises nothing."""
        try:
            result: Report | Failure = self._scorer.score(Document.from_text(doc.text), genre=self.genre)
        except FormalismError as error:
            result = Failure("", error.code, str(error))
        return self._annotate(doc, result)

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 128) -> Iterator[Doc]:
        """Annotate many Docs in order, a batch at a time."""
        docs = iter(stream)
        while batch := list(islice(docs, batch_size)):
            results = self._scorer.score_many((Document.from_text(doc.text) for doc in batch), genre=self.genre)
            for doc, result in zip(batch, results, strict=True):
                yield self._annotate(doc, result)

    @property
    def _scorer(self) -> Scorer:
        return _scorer(self.lexicons, self.model)

    def _annotate(self, doc: Doc, result: Report | Failure) -> Doc:
        if isinstance(result, Failure):
            data, spans = failure_dict(result), []
        else:
            data = to_dict(result)
            spans = [_span(doc, f.start, f.end, f.rule, f.fingerprint) for f in result.findings]
        doc.spans[self.spans_key] = SpanGroup(doc, name=self.spans_key, spans=[span for span in spans if span is not None])
        doc._.set(EXTENSION, data)
        return doc


def _span(doc: Doc, start: int, end: int, label: str, fingerprint: str) -> Span | None:
    """Span of the tokens that hold the characters, all of each; None for none."""
    return doc.char_span(start, end, label=label, span_id=fingerprint, alignment_mode="expand")


@Language.factory("formalism", default_config={"genre": "", "spans_key": "formalism", "lexicons": [], "model": None})
def make_formalism_component(
    nlp: Language,  # noqa: ARG001 - spaCy hands both to every factory
    name: str,  # noqa: ARG001
    genre: str,
    spans_key: str,
    lexicons: list[str],
    model: str | None,
) -> FormalismComponent:
    """Make the component of a pipeline from its config."""
    return FormalismComponent(genre=genre, spans_key=spans_key, lexicons=lexicons, model=model)
