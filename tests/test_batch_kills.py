"""``kill -9`` at random moments: nothing is lost, nothing is scored twice, and nobody is left behind."""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from formalism_nlp.batch.ledger import ledger_path

ROOT = Path(__file__).parent.parent
FILES, KILLS = 600, 30
MARK = "FORMALISM_KILL_TEST"
RUN = """
import sys
from pathlib import Path
from formalism_nlp.batch.outcome import Setup
from formalism_nlp.batch.run import score_paths
folder, output, log = sys.argv[1:]
setup = Setup("benchmarks.poison:puppet", {"log": log, "pause": 0.03}, seconds=0.5)
summary = score_paths([folder], Path(output), setup=setup, workers=2)
print(summary.documents, summary.failed)
"""
POISON = {7: "SEGFAULT", 131: "EXIT", 257: "HANG", 388: "REFUSE", 512: "ABORT"}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="kills processes and looks into /proc"),
]


def start(folder: Path, output: Path, log: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", RUN, str(folder), str(output), str(log)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), MARK: str(output)}
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, start_new_session=True)


def entered(output: Path) -> dict[str, str]:
    """Path → SHA-256 of what the ledger holds of the files as they are now, read as after a crash."""
    if not ledger_path(output).exists():
        return {}
    base = sqlite3.connect(ledger_path(output))
    try:
        if not base.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            return {}
        held = {path.decode(): sha256 for path, sha256 in base.execute("SELECT path, sha256 FROM files")}
        return {path: sha256 for path, sha256 in held.items() if hashlib.sha256(Path(path).read_bytes()).hexdigest() == sha256}
    finally:
        base.close()


def scored(log: Path) -> list[str]:
    return log.read_text(encoding="utf-8").splitlines() if log.exists() else []


def left_behind(output: Path) -> list[int]:
    """Processes of this test that are still there."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"{MARK}={output}\0".encode() in entry.read_bytes():
                found.append(int(entry.parent.name))
        except OSError:  # it ended meanwhile, or belongs to somebody else
            continue
    return found


def wait_until_alone(output: Path, seconds: float) -> None:
    end = time.monotonic() + seconds
    while left_behind(output):
        assert time.monotonic() < end, f"processes left behind: {left_behind(output)}"
        time.sleep(0.05)


def test_thirty_kills_lose_nothing_and_score_nothing_twice(tmp_path: Path) -> None:
    folder, output, log = tmp_path / "files", tmp_path / "out.jsonl", tmp_path / "log"
    folder.mkdir()
    for number in range(FILES):
        (folder / f"{number:03}.txt").write_text(POISON.get(number, f"第{number}份文档，" * 20), encoding="utf-8")
    chance = random.Random(20261125)  # noqa: S311 - a seed, not a secret
    kills = on_the_way = 0
    while kills < KILLS:
        seen, done = len(scored(log)), entered(output)
        process = start(folder, output, log)
        time.sleep(chance.uniform(0.25, 1.1))
        if process.poll() is None:
            # The supervisor alone, or it and its workers: as the machine's memory killer, or as somebody who closes a session.
            for victim in [process.pid, *(left_behind(output) if kills % 2 else ())]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(victim, signal.SIGKILL)
            kills += 1
        on_the_way += process.wait() == -signal.SIGKILL
        wait_until_alone(output, 20)
        assert not set(scored(log)[seen:]) & set(done), "a file whose result was in the ledger was scored again"
        assert set(done.items()) <= set(entered(output).items()), "the ledger has forgotten a file"
        if len(entered(output)) == FILES:  # more work for the kills that are left
            for number in range(500):
                if number not in POISON:
                    (folder / f"{number:03}.txt").write_text(f"改后第{kills}次第{number}份，" * 20, encoding="utf-8")
    assert on_the_way >= 25
    last = start(folder, output, log)
    said, _ = last.communicate(timeout=60)
    assert said.split() == [str(FILES), str(len(POISON))]
    whole = tmp_path / "whole.jsonl"
    start(folder, whole, tmp_path / "whole.log").communicate(timeout=60)
    assert output.read_bytes() == whole.read_bytes()
    assert len(entered(output)) == FILES == len(output.read_text(encoding="utf-8").splitlines())
