"""The addresses of the service. The front reads bodies and waits; workers do all that looks into a document."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from formalism_nlp.apps.service.access import Token
from formalism_nlp.apps.service.answers import LINES, failure_answer
from formalism_nlp.apps.service.bodies import held_body, refuse_large
from formalism_nlp.apps.service.inputs import JSON, MULTIPART, URLENCODED, media_type
from formalism_nlp.apps.service.limits import Budget, Limits
from formalism_nlp.apps.service.page import PAGE_POLICY, REPORT_POLICY, Page
from formalism_nlp.apps.service.pool import Pool
from formalism_nlp.apps.service.rows import Batch
from formalism_nlp.values.errors import FormalismError
from formalism_nlp.views.languagetool import LANGUAGES


class Routes:
    """All endpoints over one pool.

    Args:
        pool: started.
        limits: of bodies.
        token: of clients of ``/v2/check``; all others were asked for it before they come here.
        knowledge: what a worker said at its start, see ``greeting``.
        page: the review page.
        openapi: the OpenAPI description as text.
    """

    def __init__(self, pool: Pool, limits: Limits, token: Token, knowledge: Mapping[str, Any], page: Page, openapi: str) -> None:
        self._pool = pool
        self._limits = limits
        self._token = token
        self._budget = Budget(limits.held_bytes)
        self._batches = 0
        self._page = page
        self._openapi = openapi
        self._versions = knowledge["versions"]
        rules = [{key: value for key, value in rule.items() if key != "page"} for rule in knowledge["rules"]]
        self._rules = json.dumps({"rules": rules}, ensure_ascii=False).encode()
        self._rule = {rule["id"]: json.dumps(rule, ensure_ascii=False).encode() for rule in knowledge["rules"]}

    def routes(self) -> list[Route]:
        """Return the table of addresses."""
        return [
            Route("/", self.show_page, methods=["GET"]),
            Route("/", self.page_report, methods=["POST"]),
            Route("/assets/{name}", self.asset, methods=["GET"]),
            Route("/openapi.json", self.openapi, methods=["GET"]),
            Route("/v1/health", self.health, methods=["GET"]),
            Route("/v1/rules", self.rules, methods=["GET"]),
            Route("/v1/rules/{id}", self.rule, methods=["GET"]),
            Route("/v1/score", self.score, methods=["POST"]),
            Route("/v1/score-file", self.score_file, methods=["POST"]),
            Route("/v1/export", self.export, methods=["POST"]),
            Route("/v1/batch", self.batch, methods=["POST"]),
            Route("/v2/check", self.check, methods=["GET", "POST"]),
            Route("/v2/languages", self.languages, methods=["GET"]),
        ]

    async def score(self, request: Request) -> Response:
        """Text → report."""
        _expect(request, JSON)
        return await self._work("score", request, self._limits.text_bytes)

    async def score_file(self, request: Request) -> Response:
        """Uploaded file → report."""
        _expect(request, MULTIPART)
        return await self._work("score-file", request, self._limits.file_bytes)

    async def export(self, request: Request) -> Response:
        """Text or file → html, docx or json without the findings that were dismissed."""
        _expect(request, JSON, MULTIPART)
        return await self._work("export", request, self._limits.file_bytes)

    async def check(self, request: Request) -> Response:
        """Text → matches, as a LanguageTool server answers; also with the fields in the address."""
        if request.method == "GET":
            return await self._checked(request, URLENCODED, request.scope["query_string"])
        _expect(request, URLENCODED, MULTIPART)
        async with held_body(request, self._limits.text_bytes, self._limits, self._budget) as body:
            return await self._checked(request, request.headers["content-type"], body)

    async def _checked(self, request: Request, content_type: str, form: bytes) -> Response:
        if not self._token.in_header(request.headers) and not self._token.in_form(form):
            raise FormalismError("F505")
        return await self._answer("check", content_type, form)

    async def page_report(self, request: Request) -> Response:
        """What the form of the page gets from a browser without script."""
        _expect(request, MULTIPART)
        return await self._work("page", request, self._limits.file_bytes)

    async def batch(self, request: Request) -> Response:
        """JSON lines → JSON lines."""
        _expect(request, LINES, "application/jsonl", JSON)
        refuse_large(request, self._limits.batch_bytes)
        if self._batches >= self._limits.batches:
            raise FormalismError("F503", "", f"{self._batches} batches are running")
        return _Lines(self, request)

    async def run_batch(self, request: Request, send: Send) -> None:
        """Send the answers of a batch as they come."""
        self._batches += 1
        try:
            batch = Batch(request, self._pool, self._limits, self._budget)
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", LINES.encode())]})
            async for line in batch.answers(2 * self._pool.state["workers"] or 2):
                await send({"type": "http.response.body", "body": line, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self._batches -= 1

    async def health(self, _request: Request) -> Response:
        """Whether the service works, with which versions, and how busy it is."""
        state = {**self._pool.state, "batches": self._batches, "held_bytes": self._budget.held}
        status = "ok" if state["workers"] else "starting"
        body = json.dumps({"status": status, "versions": self._versions, **state})
        return Response(body, 200 if state["workers"] else 503, media_type=JSON)

    async def rules(self, _request: Request) -> Response:
        """All rules without their examples."""
        return Response(self._rules, media_type=JSON)

    async def rule(self, request: Request) -> Response:
        """One rule with its page."""
        body = self._rule.get(request.path_params["id"])
        if body is None:
            raise FormalismError("F404", "", "GET /v1/rules")
        return Response(body, media_type=JSON)

    async def languages(self, _request: Request) -> Response:
        """The languages ``/v2/check`` takes."""
        return Response(json.dumps(LANGUAGES), media_type=JSON)

    async def openapi(self, _request: Request) -> Response:
        """The description of this interface."""
        return Response(self._openapi, media_type=JSON)

    async def show_page(self, request: Request) -> Response:
        """The review page; ``?lang=en`` shows it in English."""
        body = self._page.html("en" if request.query_params.get("lang") == "en" else "zh-CN")
        return Response(body, media_type="text/html", headers={"content-security-policy": PAGE_POLICY})

    async def asset(self, request: Request) -> Response:
        """Script and style of the page."""
        found = self._page.assets.get(request.path_params["name"])
        if found is None:
            raise FormalismError("F506")
        return Response(found[1], media_type=found[0], headers={"cache-control": "no-cache"})

    async def _work(self, task: str, request: Request, most: int) -> Response:
        async with held_body(request, most, self._limits, self._budget) as body:
            return await self._answer(task, request.headers.get("content-type", ""), body)

    async def _answer(self, task: str, content_type: str, body: bytes) -> Response:
        answer = await self._pool.ask(task, content_type, body)
        headers = {}
        if answer.suffix:
            headers["content-disposition"] = f'attachment; filename="formalism-report{answer.suffix}"'
        if task == "page":
            headers["content-security-policy"] = REPORT_POLICY
        return Response(answer.body, answer.status, headers, media_type=answer.media)


class _Lines(Response):
    """An answer that is written while its request is still being read."""

    def __init__(self, routes: Routes, request: Request) -> None:
        self.background = None
        self._routes = routes
        self._request = request

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - the request holds both
        await self._routes.run_batch(self._request, send)


def _expect(request: Request, *kinds: str) -> None:
    """Refuse another content type: it also keeps forms of foreign pages, which can send no JSON, from being taken for it."""
    kind = media_type(request.headers.get("content-type", ""))[0]
    if kind not in kinds:
        raise FormalismError("F501", "Content-Type", f"expected {' or '.join(kinds)}")


def failure_response(error: FormalismError, *, status: int = 0) -> Response:
    """Return an error as JSON, with Retry-After when trying again helps."""
    answer = failure_answer(error, status=status)
    headers = {"F503": {"retry-after": "1"}, "F505": {"www-authenticate": "Bearer"}}.get(error.code, {})
    return Response(answer.body, answer.status, headers, media_type=answer.media)
