"""Connections that cannot be held open for nothing: slow heads, endless heads, unread answers, too many of all.

uvicorn bounds none of these; this adds what it lacks to its own protocol.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from formalism_nlp.apps.service.limits import Limits

_LONGEST_HEAD = 2**16
_DRAIN_SECONDS = 5.0
_TICK = 1.0
_GRACE = 0.5
_TOO_LONG = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class Watch:
    """Knows all open connections, refuses none that can be served, and ends those that only hold on.

    Args:
        limits: ``connections``, ``header_seconds`` and ``stall_seconds`` bind here.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._open: set[Connection] = set()

    def __len__(self) -> int:
        return len(self._open)

    def protocol(
        self, config: Config, server_state: ServerState, app_state: dict[str, Any], _loop: asyncio.AbstractEventLoop | None = None
    ) -> Connection:
        """Make the protocol of a new connection; uvicorn calls this as it would its own class."""
        connection = Connection(config, server_state, app_state, _loop)
        connection.watch = self
        return connection

    def opened(self, connection: Connection) -> None:
        """Note a new connection; over the limit, the one that has kept us waiting for its head longest is dropped.

        Who connected a moment ago is spared: its head may be on the way. At twice the limit, the new one is dropped.
        """
        self._open.add(connection)
        if len(self._open) > self._limits.connections:
            slow = [c for c in self._open if c.waits_for_head and connection.since - c.since > _GRACE]
            if slow:
                self._drop(min(slow, key=lambda c: c.since))
            elif len(self._open) > 2 * self._limits.connections:
                self._drop(connection)

    def closed(self, connection: Connection) -> None:
        """Forget a connection."""
        self._open.discard(connection)

    async def sweep(self) -> None:
        """End overdue connections, once a second, forever."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_TICK)
            now = loop.time()
            for connection in tuple(self._open):
                if connection.overdue(now, self._limits):
                    self._drop(connection)

    def _drop(self, connection: Connection) -> None:
        """End a connection at once, without sending what is left; it is not counted from now on."""
        self._open.discard(connection)
        connection.transport.abort()


class Connection(HttpToolsProtocol):
    """uvicorn's protocol, which also notes since when it waits for what."""

    watch: Watch
    since = 0.0
    waits_for_head = True
    _head_begun = False
    _head_bytes = 0
    _in_message = False
    _draining = False
    _unsent = 0
    _unsent_since = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client is there; the first head is due from now on."""
        super().connection_made(transport)
        self.since = self._unsent_since = self.loop.time()
        self._head_begun = True
        self.watch.opened(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone."""
        self.watch.closed(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes of a head or a body; a head that never ends is refused."""
        if self.waits_for_head and not self._draining:
            if not self._head_begun:
                self._head_begun, self.since = True, self.loop.time()
            self._head_bytes += len(data)
        super().data_received(data)
        if self.waits_for_head and self._head_bytes > _LONGEST_HEAD and not self.transport.is_closing():
            self.transport.write(_TOO_LONG)
            self.transport.close()

    def on_message_begin(self) -> None:
        """A request begins."""
        self._in_message = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is there; the application takes over with its own time limits."""
        self.waits_for_head, self._head_bytes = False, 0
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The body is there."""
        self._in_message = self._draining = False
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """The answer is on its way; what is left of the request's body is read away for a few seconds."""
        super().on_response_complete()
        if self.cycle.response_complete:  # else a pipelined request is next
            self.waits_for_head, self._head_begun, self._head_bytes = True, False, 0
            self.since = self.loop.time()
            self._draining = self._in_message

    def overdue(self, now: float, limits: Limits) -> bool:
        """Whether the client has kept us waiting too long: for a head, the rest of a refused body, or to read its answer."""
        unsent = self.transport.get_write_buffer_size()
        if unsent == 0 or unsent < self._unsent:
            self._unsent_since = now
        self._unsent = unsent
        if unsent and now - self._unsent_since > limits.stall_seconds:
            return True
        waited = now - self.since
        if self._draining:
            return waited > _DRAIN_SECONDS
        return self.waits_for_head and self._head_begun and waited > limits.header_seconds
