"""What one client may ask of the service, and what all clients together may hold."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 2**20


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes, times in seconds, the rest counts; the defaults suit a machine with two cores and 4 GB.

    ``text_bytes``: a JSON or form body, and one line of a batch. ``file_bytes``: an upload. ``batch_bytes``: a whole batch.
    ``held_bytes``: all bodies that are being received or scored at one time. ``characters``: the text of one document.
    ``waiting``: requests that wait for a worker; more get 503 at once. ``batches``: batches at one time.
    ``wait_seconds``: the longest wait for a worker. ``score_seconds``: the longest work on one document; then its worker is replaced.
    ``header_seconds``, ``body_seconds``: within which a request's head and body must have arrived.
    ``stall_seconds``: how long a client may neither read nor send. ``connections``: open at one time (twice as many in a rush).
    ``worker_bytes``: address space of one worker, where the system can limit it.
    """

    text_bytes: int = 2 * MIB
    file_bytes: int = 20 * MIB
    batch_bytes: int = 64 * MIB
    held_bytes: int = 256 * MIB
    characters: int = 1_000_000
    waiting: int = 64
    batches: int = 2
    wait_seconds: float = 10.0
    score_seconds: float = 30.0
    header_seconds: float = 10.0
    body_seconds: float = 30.0
    stall_seconds: float = 20.0
    connections: int = 400
    worker_bytes: int = 4096 * MIB


class Budget:
    """Counts the bytes of all bodies held at one time, so that many slow uploads cannot fill the memory."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held = 0

    @property
    def held(self) -> int:
        """Bytes held now."""
        return self._held

    def take(self, size: int) -> bool:
        """Reserve bytes; False when that would pass the limit, and then nothing is reserved."""
        if self._held + size > self._most:
            return False
        self._held += size
        return True

    def give_back(self, size: int) -> None:
        """Return bytes that were taken."""
        self._held -= size
