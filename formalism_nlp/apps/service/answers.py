"""What goes back to a client; the front makes it of errors, a worker of everything else."""

from __future__ import annotations

import json
from dataclasses import dataclass

from formalism_nlp.apps.service.inputs import JSON
from formalism_nlp.values.errors import FormalismError
from formalism_nlp.values.report import Failure
from formalism_nlp.views.wire import failure_dict

LINES = "application/x-ndjson"
# The answer's status for an error; every other error of a document is 422.
STATUS = {"F501": 400, "F502": 413, "F106": 413, "F503": 503, "F504": 504, "F505": 401, "F506": 404, "F404": 404, "F900": 500}


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back to the client; ``suffix`` makes the name of a download."""

    status: int
    media: str
    body: bytes
    suffix: str = ""


def failure_answer(error: FormalismError, *, status: int = 0) -> Answer:
    """Return an error as JSON of wire schema 1."""
    return failed(Failure(error.where, error.code, str(error)), status=status)


def failed(failure: Failure, *, status: int = 0) -> Answer:
    """Return a failure as JSON of wire schema 1."""
    return Answer(status or STATUS.get(failure.code, 422), JSON, json.dumps(failure_dict(failure)).encode())
