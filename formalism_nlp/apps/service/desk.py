"""What one worker can do: a request's body in, the finished answer out. Keeps nothing of a request."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple, TypeVar

from formalism_nlp.analysis.scorer import Scorer
from formalism_nlp.apps.service.annotated import choice_of, from_fields
from formalism_nlp.apps.service.answers import LINES, Answer, failed, failure_answer
from formalism_nlp.apps.service.inputs import JSON, Request, from_form, from_json, media_type
from formalism_nlp.apps.service.limits import Limits
from formalism_nlp.readers import read
from formalism_nlp.values.document import Document
from formalism_nlp.values.errors import FormalismError, ReadError
from formalism_nlp.values.lexicon import Lexicon
from formalism_nlp.values.report import Failure, Report
from formalism_nlp.views.languagetool import check_answer
from formalism_nlp.views.page import document_page
from formalism_nlp.views.wire import to_json

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
HTML = "text/html; charset=utf-8"
T = TypeVar("T")


class Ask(NamedTuple):
    """One request: what is to be done with which body."""

    task: str
    type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class _Plan:
    """What has to be scored for a request, and what its report becomes."""

    document: Document
    finish: Callable[[Report], Answer]


class Desk:
    """Answers requests with one scorer.

    Args:
        scorer: any.
        limits: for the size of a document.
    """

    def __init__(self, scorer: Scorer, limits: Limits) -> None:
        self._scorer = scorer
        self._limits = limits
        self._plans: dict[str, Callable[[str, bytes], _Plan | Answer]] = {
            "score": self._score,
            "score-file": self._score_file,
            "rows": self._rows,
            "export": self._export,
            "check": self._check,
            "page": self._page,
        }

    def answers(self, asked: Sequence[Ask]) -> list[Answer]:
        """Answer requests; their documents are scored together, which costs less than one by one.

        Whatever a body does to a parser or to the scorer becomes an answer with an error code, and touches no other request.
        """
        plans = [_guarded(partial(self._plans[ask.task], ask.type, ask.body)) for ask in asked]
        results = iter(self._results([plan.document for plan in plans if isinstance(plan, _Plan)]))
        return [plan if isinstance(plan, Answer) else _finished(plan, next(results)) for plan in plans]

    def _results(self, documents: list[Document]) -> list[Report | Failure]:
        try:
            return list(self._scorer.score_many(documents))
        except Exception:  # noqa: BLE001 - one document has defeated the scorer; the others need not suffer
            return [self._alone(document) for document in documents]

    def _alone(self, document: Document) -> Report | Failure:
        try:
            return next(self._scorer.score_many([document]))
        except Exception as error:  # noqa: BLE001 - only the type is told, for the message may quote the document
            return Failure("", "F900", str(FormalismError("F900", "", type(error).__name__)))

    def _score(self, _content_type: str, body: bytes) -> _Plan:
        return _Plan(self._document(from_json(body, allowed=("name", "title", "genre"))), _report_answer)

    def _score_file(self, content_type: str, body: bytes) -> _Plan:
        request = from_form(content_type, body)
        if request.file is None:
            raise FormalismError("F501", "file", "the form has no file")
        return _Plan(self._document(request), _report_answer)

    def _rows(self, _content_type: str, body: bytes) -> Answer:
        """Lines of a batch: for each a line of JSON, a report or a failure."""
        answers = self.answers([Ask("score", JSON, line) for line in body.split(b"\n")])
        return Answer(200, LINES, b"\n".join(answer.body for answer in answers))

    def _export(self, content_type: str, body: bytes) -> _Plan:
        if media_type(content_type)[0] == JSON:
            request = from_json(body, allowed=("name", "title", "genre", "format", "dismissed"))
        else:
            request = from_form(content_type, body)
        if request.format not in ("html", "docx", "json"):
            raise FormalismError("F501", "format", "html, docx or json")
        return _Plan(self._document(request), partial(self._exported, request))

    def _exported(self, request: Request, report: Report) -> Answer:
        if request.format == "docx":
            return Answer(200, DOCX, _commented(request, report, self._scorer.lexicon), ".docx")
        report = replace(report, findings=tuple(f for f in report.findings if f.fingerprint not in request.dismissed))
        if request.format == "html":
            return Answer(200, HTML, _utf8(document_page(report)), ".html")
        return Answer(200, JSON, to_json(report, indent=1).encode(), ".json")

    def _check(self, content_type: str, body: bytes) -> _Plan | Answer:
        fields = from_form(content_type, body).fields
        annotated = from_fields(fields)
        # Editors check empty documents all the time; that is no error there.
        if not annotated.plain.strip():
            blank = {"name": "Chinese", "code": "zh-CN"}
            software = {"name": "formalism_nlp", "version": self._scorer.versions.library, "apiVersion": 1}
            return _json_answer({"software": software, "language": {**blank, "detectedLanguage": blank}, "matches": []})
        choice, lexicon = choice_of(fields), self._scorer.lexicon

        def finish(report: Report) -> Answer:
            return _json_answer(check_answer(report, lexicon, choice, full=annotated.full, place=annotated.place))

        return _Plan(self._sized(Document.from_text(annotated.plain)), finish)

    def _page(self, content_type: str, body: bytes) -> _Plan:
        """The report as a page without script, for browsers that run none."""
        return _Plan(
            self._document(from_form(content_type, body)), lambda report: Answer(200, HTML, _utf8(document_page(report)))
        )

    def _document(self, request: Request) -> Document:
        if request.file is not None:
            document = read(request.file, name=request.name, genre=request.genre, limit=self._limits.file_bytes)
        elif request.text is not None:
            document = Document.from_text(request.text, name=request.name, title=request.title, genre=request.genre)
        else:
            raise FormalismError("F501", "text, file", "give one of both")
        return self._sized(document)

    def _sized(self, document: Document) -> Document:
        if len(document.text) > self._limits.characters:
            raise ReadError("F106", document.name, f"{len(document.text)} > {self._limits.characters} characters")
        return document


def _guarded(work: Callable[[], T]) -> T | Answer:
    try:
        return work()
    except FormalismError as error:
        return failure_answer(error)
    except Exception as error:  # noqa: BLE001 - a request must not cost the worker; only the type is told, never the text
        return failure_answer(FormalismError("F900", "", type(error).__name__))


def _finished(plan: _Plan, result: Report | Failure) -> Answer:
    return failed(result) if isinstance(result, Failure) else _guarded(partial(plan.finish, result))


def _commented(request: Request, report: Report, lexicon: Lexicon) -> bytes:
    """The user's own Word file with comments, or a new one for everything else."""
    from formalism_nlp.views.word_comments import annotate_docx, report_docx

    if request.file is not None and report.document.format == "docx" and report.document.name == request.name:
        return annotate_docx(request.file, report, lexicon=lexicon, dismissed=request.dismissed)
    return report_docx(report, lexicon=lexicon, dismissed=request.dismissed)


def _report_answer(report: Report) -> Answer:
    return Answer(200, JSON, to_json(report).encode())


def _json_answer(data: dict[str, Any]) -> Answer:
    return Answer(200, JSON, _utf8(json.dumps(data, ensure_ascii=False)))


def _utf8(text: str) -> bytes:
    """Encode; lone surrogates, which UTF-8 cannot hold, become U+FFFD."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()
