"""Files of a model folder: replaced whole or not at all; what cannot be read is a ModelError."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from formalism_nlp.values.errors import ModelError


def write_whole(path: Path, body: bytes) -> None:
    """Replace a file whole or not at all."""
    partial = path.with_name(path.name + ".partial")
    partial.write_bytes(body)
    partial.replace(path)


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a file; ModelError F301 when it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelError("F301", str(path), f"{error.strerror}; run `formalism train` or reinstall") from error


def read_json(path: Path) -> dict[str, Any]:
    """Return the object of a JSON file; ModelError F301 when it cannot be read or holds something else."""
    try:
        body = json.loads(read_bytes(path))
    except ValueError as error:
        raise ModelError("F301", str(path), f"not JSON: {error}") from error
    if not isinstance(body, dict):
        raise ModelError("F301", str(path), "not a JSON object")
    return body
