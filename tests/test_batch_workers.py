"""A file may hang, crash, swell or lie: it costs itself, and every other file is scored."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import zipfile
from dataclasses import asdict
from pathlib import Path

import pytest

from benchmarks.poison import ORDERS
from formalism_nlp.batch import lane as lane_module
from formalism_nlp.batch.crew import Crew
from formalism_nlp.batch.frames import read_message, write_message
from formalism_nlp.batch.lane import Lane
from formalism_nlp.batch.outcome import Outcome, Setup, Task
from formalism_nlp.values.errors import FormalismError

ROOT = Path(__file__).parent.parent
PUPPET = Setup("benchmarks.poison:puppet", seconds=2.0, memory=512 * 2**20)
# What each order must end as; "" is scored.
VERDICTS = {
    "SEGFAULT": "F602",
    "ABORT": "F602",
    "EXIT": "F602",
    "HANG": "F601",
    "SPIN": "F601",
    "ALLOCATE": "F603",
    "RAISE": "F900",
    "REFUSE": "F101",
    "CLOSE": "F602",
    "LIE": "F602",
    "CHATTER": "",
    "SLEEP": "",
}
linux = pytest.mark.skipif(sys.platform != "linux", reason="memory limits and signals are tested on Linux")


def write(folder: Path, texts: dict[str, str]) -> list[str]:
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [str(folder / name) for name in texts]


def codes(outcome: Outcome) -> list[str]:
    return [scored.row["error_code"] for scored in outcome.documents]


@pytest.fixture(params=["kept", "direct"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Both ways a worker works: forks of a loaded process, as on Linux, or the loaded process itself, as everywhere else."""
    if request.param == "direct":
        monkeypatch.setattr(lane_module, "_WORKER", (*lane_module._WORKER, "direct"))
    elif sys.platform != "linux":
        pytest.skip("there are no keepers on this system")
    return str(request.param)


@linux
def test_every_poison_costs_its_own_file_only(tmp_path: Path, way: str) -> None:
    assert sorted(VERDICTS) == sorted(ORDERS)
    texts = {f"{order}-{i}.txt": f"{order} 0.01" if i == 1 else f"好的文档 {order} {i}" for order in ORDERS for i in range(3)}
    paths = write(tmp_path / "files", texts)
    with Crew(PUPPET, 2) as crew:
        outcomes = {Path(o.path).name: o for o in crew.outcomes(Task(path) for path in paths)}
    assert sorted(outcomes) == sorted(texts)
    for order, code in VERDICTS.items():
        assert codes(outcomes[f"{order}-1.txt"]) == [code], order
        for i in (0, 2):
            assert codes(outcomes[f"{order}-{i}.txt"]) == [""], f"{order}-{i}"
    message = outcomes["SEGFAULT-1.txt"].documents[0].row["error"]
    assert "SIGSEGV" in message and str(tmp_path) in message
    assert "exit status 3" in outcomes["EXIT-1.txt"].documents[0].row["error"]
    assert "2 s" in outcomes["SPIN-1.txt"].documents[0].row["error"]
    assert all(len(o.sha256) == 64 and o.size > 0 for o in outcomes.values())


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@linux
def test_a_process_killed_between_two_files_costs_nothing(tmp_path: Path, way: str) -> None:
    good, bad = write(tmp_path / "files", {"good.txt": "好", "bad.txt": "SEGFAULT"})
    lane = Lane(PUPPET)
    try:
        assert codes(lane.score(Task(good))) == [""]
        assert codes(lane.score(Task(bad))) == ["F602"]
        assert codes(lane.score(Task(good))) == [""]
        assert lane._process is not None
        for victim in (*children(lane._process.pid), lane._process.pid):
            os.kill(victim, signal.SIGKILL)
            time.sleep(0.2)
            assert codes(lane.score(Task(good))) == [""]
    finally:
        lane.close()


@linux
def test_a_process_is_replaced_after_many_files(tmp_path: Path, way: str) -> None:
    """A thousand files a process; here each asks its process for its number."""
    (path,) = write(tmp_path / "files", {"a.txt": "好"})
    lane = Lane(PUPPET)
    try:
        assert all(codes(lane.score(Task(path))) == [""] for _ in range(1_001))
    finally:
        lane.close()


def test_an_unchanged_file_is_not_scored_again(tmp_path: Path) -> None:
    (path,) = write(tmp_path / "files", {"a.txt": "甲"})
    log = tmp_path / "log"
    lane = Lane(Setup("benchmarks.poison:puppet", {"log": str(log)}))
    try:
        first = lane.score(Task(path))
        again = lane.score(Task(path, known=first.sha256))
        assert again.unchanged and not again.documents
        Path(path).write_text("乙", encoding="utf-8")
        changed = lane.score(Task(path, known=first.sha256))
        assert not changed.unchanged and changed.sha256 != first.sha256
    finally:
        lane.close()
    assert log.read_text(encoding="utf-8").splitlines().count(path) == 2


def test_documents_of_an_archive_before_a_crash_are_kept(tmp_path: Path) -> None:
    archive = tmp_path / "三份.zip"
    with zipfile.ZipFile(archive, "w") as target:
        for name, text in (("a.txt", "甲甲甲"), ("b.txt", "EXIT"), ("c.txt", "丙丙丙")):
            target.writestr(name, text)
    lane = Lane(PUPPET)
    try:
        outcome = lane.score(Task(str(archive)))
    finally:
        lane.close()
    assert [s.row["name"] for s in outcome.documents] == [f"{archive}!a.txt", str(archive)]
    assert codes(outcome) == ["", "F602"]


@pytest.mark.parametrize(
    ("setup", "code", "says"),
    [
        (Setup("benchmarks.poison:broken"), "F606", "no such model"),
        (Setup("benchmarks.poison:vanishing"), "F606", "exit status 7"),
        (Setup("benchmarks.poison:nobody"), "F606", "nobody"),
        (Setup("benchmarks.poison:puppet", genre="unknown"), "F401", "unknown"),
        (Setup(options={"model": "/nowhere"}), "F301", "/nowhere"),
    ],
)
def test_a_scorer_that_cannot_be_made_is_one_clear_error(setup: Setup, code: str, says: str, tmp_path: Path) -> None:
    (path,) = write(tmp_path / "files", {"a.txt": "甲"})
    with Crew(setup, 2) as crew, pytest.raises(FormalismError, match=says) as caught:
        list(crew.outcomes([Task(path)]))
    assert caught.value.code == code


def test_nothing_is_imported_from_the_working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (path,) = write(tmp_path / "files", {"a.txt": "甲"})
    (tmp_path / "files" / "json.py").write_text("raise SystemExit('planted')", encoding="utf-8")
    monkeypatch.chdir(tmp_path / "files")
    monkeypatch.syspath_prepend("")
    lane = Lane(PUPPET)
    try:
        assert codes(lane.score(Task(path))) == [""]
    finally:
        lane.close()


def test_what_cannot_be_opened_is_a_row(tmp_path: Path) -> None:
    folder = tmp_path / "folder.txt"
    folder.mkdir()
    fifo = tmp_path / "fifo.txt"
    os.mkfifo(fifo)
    big = tmp_path / "big.txt"
    big.write_text("大" * 1_000, encoding="utf-8")
    lane = Lane(Setup("benchmarks.poison:puppet", limit=1_000))
    try:
        found = [codes(lane.score(Task(str(path)))) for path in (folder, fifo, tmp_path / "no.txt", big, "a\0b", "\udcff.txt")]
    finally:
        lane.close()
    assert found == [["F109"], ["F109"], ["F109"], ["F106"], ["F109"], ["F109"]]


@linux
def test_leaving_early_ends_all_processes_at_once(tmp_path: Path) -> None:
    paths = write(tmp_path / "files", {f"{i}.txt": "HANG" if i else "好" for i in range(4)})
    with Crew(Setup("benchmarks.poison:puppet", seconds=60), 2) as crew:
        started = time.monotonic()
        outcomes = crew.outcomes(Task(path) for path in paths)
        assert codes(next(outcomes)) == [""]
        processes = [lane._process for lane in crew._lanes]
        outcomes.close()
    assert time.monotonic() - started < 20
    assert all(process is None or process.poll() is not None for process in processes)
    time.sleep(0.5)
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("formalism-")]


@linux
def test_a_worker_outlives_a_killed_supervisor_by_its_time_limit_at_most(tmp_path: Path, way: str) -> None:
    """The supervisor is gone, the parser spins in C: the kernel's alarm ends it."""
    command = [sys.executable, *lane_module._WORKER]
    (path,) = write(tmp_path / "files", {"a.txt": "SPIN"})
    keeper = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert keeper.stdin is not None and keeper.stdout is not None
    write_message(keeper.stdin, asdict(Setup("benchmarks.poison:puppet", seconds=1.0)))
    assert read_message(keeper.stdout)["keeps"] is (way == "kept")
    write_message(keeper.stdin, asdict(Task(path)))
    assert read_message(keeper.stdout)["size"] == 4
    forks = children(keeper.pid)
    assert len(forks) == (way == "kept")
    keeper.stdin.close()
    keeper.stdout.close()
    status = keeper.wait(timeout=30)
    assert status == (0 if way == "kept" else -signal.SIGALRM)
    assert not any(Path(f"/proc/{fork}").exists() for fork in forks)
