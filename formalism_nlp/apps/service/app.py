"""Puts the service together: pool, routes, page, token, CORS."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from formalism_nlp.apps.service.access import Token
from formalism_nlp.apps.service.connections import Watch
from formalism_nlp.apps.service.front import Front
from formalism_nlp.apps.service.limits import Limits
from formalism_nlp.apps.service.openapi import openapi_text
from formalism_nlp.apps.service.page import load_page
from formalism_nlp.apps.service.pool import Pool
from formalism_nlp.apps.service.routes import Routes, failure_response
from formalism_nlp.values.errors import FormalismError


@dataclass(frozen=True)
class Settings:
    """What ``formalism serve`` can be told.

    ``workers``: processes that score. ``token``: what clients must send, ``""`` for none. ``origins``: web pages of other
    origins that may ask (CORS); none by default. ``lexicons``, ``model``: see ``api.load``.
    """

    workers: int
    limits: Limits = field(default_factory=Limits)
    token: str = ""
    origins: Sequence[str] = ()
    lexicons: tuple[str, ...] = ()
    model: str | None = None


def make_app(settings: Settings, pool: Pool, knowledge: dict[str, Any], watch: Watch) -> ASGIApp:
    """Return the ASGI application over a pool that is started.

    Args:
        settings: of the service.
        pool: started; ended when the application shuts down.
        knowledge: what ``pool.start`` returned.
        watch: of the connections; its sweep runs as long as the application.
    """
    token = Token(settings.token)
    page = load_page(settings.limits, knowledge, needs_token=bool(token))
    routes = Routes(pool, settings.limits, token, knowledge, page, openapi_text())

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        sweep = asyncio.create_task(watch.sweep())
        try:
            yield
        finally:
            sweep.cancel()
            with suppress(asyncio.CancelledError):
                await sweep
            await pool.close()

    handlers: dict[Any, Any] = {FormalismError: _known, HTTPException: _http, Exception: _unknown}
    inner = Starlette(routes=routes.routes(), exception_handlers=handlers, lifespan=lifespan)
    front: ASGIApp = Front(inner, token)
    if not settings.origins:
        return front
    return CORSMiddleware(
        front,
        allow_origins=list(settings.origins),
        allow_methods=["GET", "POST"],
        allow_headers=["authorization", "content-type"],
    )


def _known(_request: Request, error: FormalismError) -> Response:
    return failure_response(error)


def _http(_request: Request, error: HTTPException) -> Response:
    response = failure_response(FormalismError("F506"), status=error.status_code)
    response.headers.update(error.headers or {})
    return response


def _unknown(_request: Request, error: Exception) -> Response:
    return failure_response(FormalismError("F900", "", type(error).__name__))
