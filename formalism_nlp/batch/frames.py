"""Messages between a run and its worker processes: length, then JSON or bytes. Nothing a worker says is ever executed."""

from __future__ import annotations

import json
import struct
from typing import IO, Any

from formalism_nlp.values.errors import FormalismError

_LENGTH = struct.Struct(">Q")
LONGEST = 2**31  # a report of the longest document is a tenth of this; more is a worker gone wild


def write_message(stream: IO[bytes], message: dict[str, Any]) -> None:
    """Send a JSON object; lone surrogates (file names that are no UTF-8) survive, because everything is ASCII."""
    write_bytes(stream, json.dumps(message).encode("ascii"))


def write_bytes(stream: IO[bytes], body: bytes) -> None:
    """Send bytes and flush; raises BrokenPipeError when the other side is gone."""
    stream.write(_LENGTH.pack(len(body)))
    stream.write(body)
    stream.flush()


def read_message(stream: IO[bytes]) -> dict[str, Any]:
    """Receive a JSON object; raises EOFError when the other side is gone or does not keep to the format."""
    try:
        message = json.loads(read_bytes(stream))
    except ValueError as error:
        raise EOFError("not a message") from error
    if not isinstance(message, dict):
        raise EOFError("not a message")
    return message


def read_bytes(stream: IO[bytes]) -> bytes:
    """Receive bytes; raises EOFError when the stream ends before the announced length."""
    (length,) = _LENGTH.unpack(_exactly(stream, _LENGTH.size))
    if length > LONGEST:
        raise EOFError(f"a message of {length} bytes")
    return _exactly(stream, length)


def _exactly(stream: IO[bytes], size: int) -> bytes:
    body = stream.read(size)
    if len(body) < size:
        raise EOFError(f"{len(body)} of {size} bytes")
    return body


def error_message(error: FormalismError) -> dict[str, Any]:
    """An error as a message; ``read_error`` gives it back."""
    return {"error": [error.code, error.where, error.detail]}


def read_error(message: dict[str, Any]) -> FormalismError:
    """The error of a message from ``error_message``."""
    code, where, detail = message["error"]
    return FormalismError(code, where, detail)
