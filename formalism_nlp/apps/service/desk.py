"""What one worker can do: a request's body in, the finished answer out. Keeps nothing of a request."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from formalism_nlp.analysis.scorer import Scorer
from formalism_nlp.apps.service.annotated import choice_of, from_fields
from formalism_nlp.apps.service.answers import Answer, failure_answer
from formalism_nlp.apps.service.inputs import JSON, Request, from_form, from_json, media_type
from formalism_nlp.apps.service.limits import Limits
from formalism_nlp.readers import read
from formalism_nlp.values.document import Document
from formalism_nlp.values.errors import FormalismError, ReadError
from formalism_nlp.values.lexicon import Lexicon
from formalism_nlp.values.report import Report
from formalism_nlp.views.languagetool import check_answer
from formalism_nlp.views.page import document_page
from formalism_nlp.views.wire import to_json

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
HTML = "text/html; charset=utf-8"


class Desk:
    """Answers requests with one scorer.

    Args:
        scorer: any.
        limits: for the size of a document.
    """

    def __init__(self, scorer: Scorer, limits: Limits) -> None:
        self._scorer = scorer
        self._limits = limits
        self._tasks: dict[str, Callable[[str, bytes], Answer]] = {
            "score": self._score,
            "score-file": self._score_file,
            "row": self._row,
            "export": self._export,
            "check": self._check,
            "page": self._page,
        }

    def answer(self, task: str, content_type: str, body: bytes) -> Answer:
        """Do one task; whatever the body does to a parser becomes an answer with an error code."""
        try:
            return self._tasks[task](content_type, body)
        except FormalismError as error:
            return failure_answer(error)
        except Exception as error:  # noqa: BLE001 - a request must not cost the worker; only the type is told, never the text
            return failure_answer(FormalismError("F900", "", type(error).__name__))

    def _score(self, _content_type: str, body: bytes) -> Answer:
        return _report_answer(self._report(from_json(body, allowed=("name", "title", "genre"))))

    def _score_file(self, content_type: str, body: bytes) -> Answer:
        request = from_form(content_type, body)
        if request.file is None:
            raise FormalismError("F501", "file", "the form has no file")
        return _report_answer(self._report(request))

    def _row(self, _content_type: str, body: bytes) -> Answer:
        """One line of a batch: always one line of JSON, a report or a failure; status 200."""
        try:
            return _report_answer(self._report(from_json(body, allowed=("name", "title", "genre"))))
        except FormalismError as error:
            return failure_answer(error, status=200)

    def _export(self, content_type: str, body: bytes) -> Answer:
        if media_type(content_type)[0] == JSON:
            request = from_json(body, allowed=("name", "title", "genre", "format", "dismissed"))
        else:
            request = from_form(content_type, body)
        if request.format not in ("html", "docx", "json"):
            raise FormalismError("F501", "format", "html, docx or json")
        report = self._report(request)
        if request.format == "docx":
            return Answer(200, DOCX, _commented(request, report, self._scorer.lexicon), ".docx")
        report = replace(report, findings=tuple(f for f in report.findings if f.fingerprint not in request.dismissed))
        if request.format == "html":
            return Answer(200, HTML, _utf8(document_page(report)), ".html")
        return Answer(200, JSON, to_json(report, indent=1).encode(), ".json")

    def _check(self, content_type: str, body: bytes) -> Answer:
        fields = from_form(content_type, body).fields
        annotated = from_fields(fields)
        # Editors check empty documents all the time; that is no error there.
        if not annotated.plain.strip():
            blank = {"name": "Chinese", "code": "zh-CN"}
            software = {"name": "formalism_nlp", "version": self._scorer.versions.library, "apiVersion": 1}
            return _json_answer({"software": software, "language": {**blank, "detectedLanguage": blank}, "matches": []})
        report = self._scorer.score(self._checked(Document.from_text(annotated.plain)))
        lexicon = self._scorer.lexicon
        return _json_answer(check_answer(report, lexicon, choice_of(fields), full=annotated.full, place=annotated.place))

    def _page(self, content_type: str, body: bytes) -> Answer:
        """The report as a page without script, for browsers that run none."""
        return Answer(200, HTML, _utf8(document_page(self._report(from_form(content_type, body)))))

    def _report(self, request: Request) -> Report:
        if request.file is not None:
            document = read(request.file, name=request.name, genre=request.genre, limit=self._limits.file_bytes)
        elif request.text is not None:
            document = Document.from_text(request.text, name=request.name, title=request.title, genre=request.genre)
        else:
            raise FormalismError("F501", "text, file", "give one of both")
        return self._scorer.score(self._checked(document))

    def _checked(self, document: Document) -> Document:
        if len(document.text) > self._limits.characters:
            raise ReadError("F106", document.name, f"{len(document.text)} > {self._limits.characters} characters")
        return document


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
