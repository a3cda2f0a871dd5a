"""A worker process: reads requests from standard input, answers on standard output, ends when the input ends.

Started by ``pool`` as ``python -m formalism_nlp.apps.service.worker SETTINGS`` (JSON). A process of its own can be ended
when a document takes too long, and a crash in it costs one request.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import sys
from typing import Any, BinaryIO

from formalism_nlp.batch.frames import read_bytes, read_message, write_bytes, write_message
from formalism_nlp.values.errors import FormalismError


def main(settings: dict[str, Any], requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until the input ends.

    Args:
        settings: ``lexicons`` and ``model`` (see ``api.load``) and ``limits``.
        requests: again and again a message of ``batch.frames``, a list of requests (``task``, ``type``, ``size``) that came
            together, and their bodies in one.
        answers: first a greeting with what the worker knows, or the error that keeps it from working; then the answers.
    """
    from formalism_nlp.apps.service.bundles import split
    from formalism_nlp.apps.service.desk import Ask, Desk
    from formalism_nlp.apps.service.greeting import greeting
    from formalism_nlp.apps.service.limits import Limits

    limits = Limits(**settings["limits"])
    _limit_memory(limits.worker_bytes)
    try:
        from formalism_nlp.api import load

        scorer = load(lexicons=settings["lexicons"], model=settings["model"])
        desk = Desk(scorer, limits)
        _send(answers, {"ready": True}, json.dumps(greeting(scorer, settings["model"])).encode())
    except (FormalismError, OSError) as error:
        _send(answers, {"ready": False, "error": str(error)}, b"")
        return
    while True:
        try:
            head, body = read_message(requests), read_bytes(requests)
        except EOFError:
            return
        done = desk.answers([Ask(job["task"], job["type"], part) for job, part in split(head["jobs"], body)])
        heads = [{"status": a.status, "media": a.media, "suffix": a.suffix, "size": len(a.body)} for a in done]
        _send(answers, {"answers": heads}, b"".join(a.body for a in done))


def _send(stream: BinaryIO, head: dict[str, Any], body: bytes) -> None:
    write_message(stream, head)
    write_bytes(stream, body)


def _limit_memory(size: int) -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (size, resource.getrlimit(resource.RLIMIT_AS)[1]))


if __name__ == "__main__":
    # Ctrl+C goes to the whole terminal; the front ends its workers itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Warnings of parsers may quote the document; nothing of it may reach a log.
    logging.disable(logging.CRITICAL)
    out = os.fdopen(os.dup(1), "wb")
    # Whatever prints by mistake must not break into the answers.
    os.dup2(2, 1)
    with contextlib.suppress(BrokenPipeError):
        main(json.loads(sys.argv[1]), sys.stdin.buffer, out)
