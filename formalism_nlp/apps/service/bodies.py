"""Reading a request's body within its limits of size and time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.requests import ClientDisconnect, Request

from formalism_nlp.apps.service.limits import Budget, Limits
from formalism_nlp.values.errors import FormalismError


def refuse_large(request: Request, most: int) -> None:
    """Raise F502 when the head already announces too much, before a byte of the body is read."""
    length = request.headers.get("content-length", "0")
    if not length.isascii() or not length.isdigit() or int(length[:20]) > most:
        raise FormalismError("F502", "", f"at most {most} bytes")


@asynccontextmanager
async def held_body(request: Request, most: int, limits: Limits, budget: Budget) -> AsyncIterator[bytes]:
    """Read the body; its bytes count against the budget until the block ends.

    Args:
        request: whose body nobody has read yet.
        most: bytes.
        limits: ``body_seconds``.
        budget: shared by all requests.

    Raises:
        FormalismError: F502 too large, F503 too many bytes held by all requests together, F504 too slow, F501 broken off.
    """
    refuse_large(request, most)
    parts: list[bytes] = []
    size = 0
    try:
        try:
            async with asyncio.timeout(limits.body_seconds):
                async for part in request.stream():
                    if not budget.take(len(part)):
                        raise FormalismError("F503", "", "the service holds too many large requests")
                    size += len(part)
                    if size > most:
                        raise FormalismError("F502", "", f"at most {most} bytes")
                    parts.append(part)
        except TimeoutError:
            raise FormalismError("F504", "", f"the body took longer than {limits.body_seconds:g} s") from None
        except ClientDisconnect:
            raise FormalismError("F501", "", "the client broke off") from None
        body = b"".join(parts)
        parts.clear()
        yield body
    finally:
        budget.give_back(size)
