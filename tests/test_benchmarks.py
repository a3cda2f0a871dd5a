"""The benchmark runs; what it prints is read by no test, since figures depend on the machine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.slow
def test_the_smoke_run_comes_to_its_end(tmp_path: Path) -> None:
    plot = tmp_path / "scaling.svg"
    command = [sys.executable, "-m", "benchmarks", "--smoke", "--plot", str(plot)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    for name in ("this library, score_many", "jieba.lcut", "cntext", "scikit-learn", "spaCy", "first score()", "log–log slope"):
        assert name in done.stdout
    assert plot.read_text(encoding="utf-8").startswith("<svg")
