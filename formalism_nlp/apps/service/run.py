"""Runs the service until it is told to stop."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable

from formalism_nlp.apps.service.app import Settings, make_app
from formalism_nlp.apps.service.connections import Watch
from formalism_nlp.apps.service.pool import Pool
from formalism_nlp.values.errors import FormalismError

_BACKLOG = 1024
LOOPBACK = ("127.0.0.1", "::1", "localhost")


def cores() -> int:
    """Cores this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1


def run(settings: Settings, host: str, port: int, announce: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM; requests that are being answered get ten seconds to end.

    Args:
        settings: of the service.
        host: address to listen on.
        port: 0 lets the system choose.
        announce: told the address as soon as clients can connect.

    Raises:
        FormalismError: F507 the address is taken, or the workers cannot start.
    """
    asyncio.run(_serve(settings, _bind(host, port), announce))


def _bind(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError as error:
        raise FormalismError("F507", f"{host}:{port}", error.strerror or type(error).__name__) from error
    return listener


async def _serve(settings: Settings, listener: socket.socket, announce: Callable[[str], None]) -> None:
    import uvicorn

    pool = Pool(settings.workers, settings.limits, lexicons=settings.lexicons, model=settings.model)
    knowledge = await pool.start()
    watch = Watch(settings.limits)
    config = uvicorn.Config(
        make_app(settings, pool, knowledge, watch),
        http=watch.protocol,  # type: ignore[arg-type]  # uvicorn only calls it
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,  # uvicorn's would log queries
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=10,
        backlog=_BACKLOG,
    )
    listener.listen(_BACKLOG)
    host, port = listener.getsockname()[:2]
    announce(f"http://{f'[{host}]' if ':' in host else host}:{port}/")
    try:
        await uvicorn.Server(config).serve(sockets=[listener])
    finally:
        await pool.close()
