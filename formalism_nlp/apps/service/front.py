"""What stands before every address: token, security headers, one log line, and an answer for every error."""

from __future__ import annotations

import logging
import time
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from formalism_nlp.apps.service.access import Token
from formalism_nlp.apps.service.routes import failure_response
from formalism_nlp.values.errors import FormalismError

_LOG = logging.getLogger("formalism_nlp.service")
# These show nothing of a document; a browser has to load the page before it can send a token.
# /v2/check looks for the token itself, because its clients put it into the form.
_OPEN = frozenset({"/", "/openapi.json", "/v1/health", "/v1/rules", "/v2/check", "/v2/languages"})
_OPEN_BELOW = ("/assets/", "/v1/rules/")
_NAMED = _OPEN | {"/v1/score", "/v1/score-file", "/v1/export", "/v1/batch"}
_SECURITY = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
}


class Front:
    """The outermost application.

    Args:
        app: the routes.
        token: what clients must send.
    """

    def __init__(self, app: ASGIApp, token: Token) -> None:
        self._app = app
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; log method, address, status, time and size, never a query or a body."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status, sent = time.perf_counter(), 0, 0

        async def watched(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in _SECURITY.items():
                    headers.setdefault(name, value)
            else:
                sent += len(message.get("body", b""))
            await send(message)

        try:
            self._admit(scope)
            await self._app(scope, receive, watched)
        except FormalismError as error:
            await failure_response(error)(scope, receive, watched)
        except Exception as error:  # noqa: BLE001 - its message may quote the document, so it must not reach uvicorn's log
            _LOG.error("%s at %s", type(error).__name__, _place(error))
            if not status:  # else the answer stays incomplete and uvicorn cuts the connection
                await failure_response(FormalismError("F900", "", type(error).__name__))(scope, receive, watched)
        finally:
            took = 1000 * (time.perf_counter() - started)
            _LOG.info("%s %s %d %.0f ms %d B", scope["method"], _name(scope["path"]), status, took, sent)

    def _admit(self, scope: Scope) -> None:
        path = scope["path"]
        open_to_all = path in _OPEN and (path, scope["method"]) != ("/", "POST")
        if not open_to_all and not path.startswith(_OPEN_BELOW) and not self._token.in_header(Headers(scope=scope)):
            raise FormalismError("F505")


def _name(path: str) -> str:
    """The address without anything a client made up: a log is no place for text."""
    if path in _NAMED:
        return path
    return "/v1/rules/{id}" if path.startswith("/v1/rules/") else "/assets/{name}" if path.startswith("/assets/") else "(unknown)"


def _place(error: BaseException) -> str:
    """File and line where an error was raised."""
    trace: Any = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace is not None else "?"
