"""Starts the service in a process of its own, as a user would, with limits a test can choose."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import httpx

from formalism_nlp.apps.service.limits import Limits

_SCRIPT = """
import json, logging, sys
from formalism_nlp.apps.service.app import Settings
from formalism_nlp.apps.service.limits import Limits
from formalism_nlp.apps.service.run import run
logging.basicConfig(level=logging.INFO)
told = json.loads(sys.argv[1])
run(Settings(**{**told, "limits": Limits(**told["limits"])}), "127.0.0.1", 0, lambda line: print(line, flush=True))
"""


class Service:
    """A running service; ``log`` is all it wrote to standard error."""

    def __init__(self, folder: Path, *, limits: Limits | None = None, workers: int = 1, **settings: Any) -> None:
        told = {"workers": workers, "limits": asdict(limits or Limits()), **settings}
        self._log = folder / "service.log"
        with self._log.open("w", encoding="utf-8") as log:
            command = [sys.executable, "-c", _SCRIPT, json.dumps(told)]
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        assert self.process.stdout is not None
        found = re.search(r":(\d+)/", self.process.stdout.readline())
        assert found, self.log
        self.port = int(found[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self.client = httpx.Client(base_url=self.url, timeout=60)

    @property
    def log(self) -> str:
        return self._log.read_text(encoding="utf-8")

    def connect(self) -> socket.socket:
        """A bare connection, for what no client library would send."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def stop(self) -> None:
        self.client.close()
        self.process.terminate()
        assert self.process.wait(20) in (0, -signal.SIGTERM)
        assert self.process.stdout is not None
        self.process.stdout.close()
