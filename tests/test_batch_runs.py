"""A run is a job that can be stopped and started: nothing lost, nothing scored twice, every file a row in every format."""

from __future__ import annotations

import csv
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from formalism_nlp.apps.cli import main
from formalism_nlp.batch.folder import find_files
from formalism_nlp.batch.ledger import Ledger, ledger_path
from formalism_nlp.batch.outcome import Outcome, Scored, Setup
from formalism_nlp.batch.output import write_results
from formalism_nlp.batch.run import Summary, score_paths
from formalism_nlp.values.errors import FormalismError
from formalism_nlp.values.report import Failure
from formalism_nlp.views.frame import DOCUMENT_COLUMNS, document_row


class Folder:
    """A folder of small files, and a log of which of them were scored."""

    def __init__(self, root: Path) -> None:
        self.root = root / "文件"
        self.root.mkdir()
        self.log = root / "log"
        self.setup = Setup("benchmarks.poison:puppet", {"log": str(self.log)}, seconds=20)
        self.output = root / "out.csv"

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def score(self, output: Path | None = None, **options: object) -> Summary:
        options = {"setup": self.setup, "workers": 1, **options}
        return score_paths([self.root], output or self.output, **options)  # type: ignore[arg-type]

    def scored(self) -> list[str]:
        """Names of what was scored since the last call."""
        names = self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []
        self.log.unlink(missing_ok=True)
        return sorted(Path(name).name for name in names if name)


def rows(output: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(output.read_text(encoding="utf-8-sig").splitlines()))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path)
    for number in range(6):
        made.write(f"{number}.txt", f"第{number}份文档")
    made.write("坏.txt", "REFUSE")
    made.write("空.txt", "")
    return made


class Stop(Exception):
    """Stands for any interruption."""


def stop_after(number: int, entered: list[str]) -> Callable[[Outcome], None]:
    """Stop when so many outcomes are in the ledger; ``entered`` gets the names of their files."""

    def watch(outcome: Outcome) -> None:
        entered.append(Path(outcome.path).name)
        if len(entered) == number:
            raise Stop

    return watch


@pytest.mark.parametrize("number", [1, 4, 8])
def test_a_stopped_run_goes_on_where_it_was(folder: Folder, tmp_path: Path, number: int) -> None:
    whole = tmp_path / "whole.csv"
    summary = folder.score(whole)
    assert (summary.documents, dict(summary.failures), summary.unchanged) == (8, {"F101": 2}, 0)
    everything = folder.scored()
    entered: list[str] = []
    with pytest.raises(Stop):
        folder.score(on_outcome=stop_after(number, entered))
    assert not folder.output.exists()
    before = folder.scored()
    second = folder.score()
    assert folder.output.read_bytes() == whole.read_bytes()
    assert second.unchanged == number == len(set(entered))
    # What was entered is never scored again, all else once, whatever the worker had taken up when the run stopped.
    assert folder.scored() == sorted(set(everything) - set(entered))
    assert set(everything) & set(entered) <= set(before) and len(before) == len(set(before))


@pytest.mark.parametrize("number", [1, 4])
def test_a_run_that_is_stopped_while_its_worker_scores_repeats_that_file_alone(folder: Folder, number: int) -> None:
    """The worker cannot run ahead, for the file after the last one entered keeps it."""
    kept = folder.write(f"{number}.txt", "HANG")
    everything = [f"{other}.txt" for other in range(6)]
    with pytest.raises(Stop):
        folder.score(on_outcome=stop_after(number, []))
    assert folder.scored() == everything[:number]
    kept.write_text("写完了", encoding="utf-8")
    assert folder.score().unchanged == number
    assert folder.scored() == everything[number:]


def test_changed_files_are_found_by_their_content(folder: Folder) -> None:
    folder.score()
    folder.scored()
    path = folder.root / "3.txt"
    status = path.stat()
    old = rows(folder.output)
    path.write_text("第9份文档", encoding="utf-8")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert path.stat().st_size == status.st_size
    folder.write("新.txt", "新的一份")
    (folder.root / "5.txt").unlink()
    folder.score()
    assert folder.scored() == ["3.txt", "新.txt"]
    new = {row["name"]: row for row in rows(folder.output)}
    assert [Path(name).name for name in new] == ["0.txt", "1.txt", "2.txt", "3.txt", "4.txt", "坏.txt", "新.txt", "空.txt"]
    assert new[old[3]["name"]] != old[3] and new[old[2]["name"]] == old[2]


def test_other_settings_make_old_results_stale(folder: Folder) -> None:
    folder.score()
    assert len(folder.scored()) == 6
    folder.score()
    assert folder.scored() == []
    folder.score(setup=replace(folder.setup, genre="work-report"))
    assert len(folder.scored()) == 6
    folder.score(setup=replace(folder.setup, genre="work-report"), fresh=True)
    assert len(folder.scored()) == 6


def test_retry_scores_what_failed_and_nothing_else(folder: Folder) -> None:
    folder.write("慢.txt", "SLEEP 2")
    hasty = replace(folder.setup, seconds=0.5)
    assert dict(folder.score(setup=hasty).failures) == {"F101": 2, "F601": 1}
    folder.scored()
    assert dict(folder.score().failures) == {"F101": 2, "F601": 1}
    assert folder.scored() == []
    assert dict(folder.score(retry=True).failures) == {"F101": 2}
    assert folder.scored() == ["慢.txt"]


def test_every_format_tells_the_same(folder: Folder, tmp_path: Path) -> None:
    for suffix in ("csv", "parquet", "jsonl", "json", "html"):
        folder.score(tmp_path / f"all.{suffix}")
    table = rows(tmp_path / "all.csv")
    assert [Path(row["name"]).name for row in table] == [*(f"{i}.txt" for i in range(6)), "坏.txt", "空.txt"]
    frame = pyarrow.parquet.read_table(tmp_path / "all.parquet").to_pandas()
    assert list(frame.columns) == list(DOCUMENT_COLUMNS) == list(table[0])
    assert list(frame["name"]) == [row["name"] for row in table]
    assert [f"{value!r}" if value == value else "" for value in frame["substance"].tolist()] == [r["substance"] for r in table]
    lines = [json.loads(line) for line in (tmp_path / "all.jsonl").read_text(encoding="utf-8").splitlines()]
    assert json.loads((tmp_path / "all.json").read_text(encoding="utf-8")) == lines
    assert [line["kind"] for line in lines] == ["report"] * 6 + ["failure"] * 2
    page = (tmp_path / "all.html").read_text(encoding="utf-8")
    assert "8 份文档，2 份失败" in page and all(row["name"] in page for row in table)
    assert page.count("<section") == 6 and all(f"id='d{i}'" in page and f"#d{i}'" in page for i in range(6))
    best = max(table, key=lambda row: float(row["formalism_index"] or -1))
    assert page.index(best["name"]) == min(page.index(row["name"]) for row in table)


def test_nothing_scored_is_still_a_table(tmp_path: Path) -> None:
    with Ledger(None, full=True) as ledger:
        ledger.list_files(["no such"])
        for suffix in (".csv", ".parquet", ".jsonl", ".json", ".html"):
            write_results(ledger, tmp_path / f"none{suffix}")
    assert json.loads((tmp_path / "none.json").read_text()) == [] and rows(tmp_path / "none.csv") == []
    assert pyarrow.parquet.read_table(tmp_path / "none.parquet").num_rows == 0


def test_names_that_are_no_utf8(folder: Folder, tmp_path: Path) -> None:
    strange = os.fsdecode(os.fsencode(folder.root) + b"/\xb9\xab\xce\xc4.txt")
    Path(strange).write_text("名字是GBK的文件", encoding="utf-8")
    for suffix in ("csv", "parquet", "jsonl", "html"):
        assert folder.score(tmp_path / f"out.{suffix}").documents == 9
    assert folder.score(tmp_path / "out.csv").unchanged == 9
    assert any("\ufffd" in row["name"] for row in rows(tmp_path / "out.csv"))


def test_find_files_passes_over_what_is_no_document(tmp_path: Path) -> None:
    for name in ("b.txt", "a/c.docx", "a/~$c.docx", ".hidden/x.txt", "data.csv", "out.html", "out.html.ledger", "z.txt.partial"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x", encoding="utf-8")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "gone.txt").symlink_to(tmp_path / "nowhere")
    found = find_files([tmp_path, tmp_path / "b.txt", str(tmp_path / "data.csv")], output=tmp_path / "out.html")
    assert [Path(name).name for name in found.files] == ["c.docx", "b.txt", "gone.txt", "data.csv"]
    assert found.passed_over == 6
    with pytest.raises(FormalismError, match="F109"):
        find_files([tmp_path / "missing"])


def test_files_behind_urls(folder: Folder, tmp_path: Path) -> None:
    local = {Path(row["name"]).name: row for row in rows(folder.output)} if folder.score() else {}
    remote = tmp_path / "remote.csv"
    assert score_paths([f"file://{folder.root}"], remote, setup=folder.setup, workers=1).documents == 8
    for row in rows(remote):
        assert row["name"].startswith("file://")
        other = local[row["name"].rsplit("/", 1)[1]]
        assert all(row[name] == other[name] for name in DOCUMENT_COLUMNS if name not in ("name", "error"))
    assert score_paths([f"file://{folder.root}"], remote, setup=folder.setup, workers=1).unchanged == 8
    with pytest.raises(FormalismError, match="F109"):
        score_paths([f"file://{tmp_path}/nowhere"], remote, setup=folder.setup)
    with pytest.raises(FormalismError, match=r"F607|F109"):
        score_paths(["nosuchscheme://x"], remote, setup=folder.setup)


# --- the ledger -----------------------------------------------------------------------------------------------------


def test_two_runs_never_share_a_ledger(folder: Folder) -> None:
    code = "import sys; from formalism_nlp.batch.ledger import Ledger; from pathlib import Path; Ledger(Path(sys.argv[1]), full=False)"
    target = ledger_path(folder.output)
    with Ledger(target, full=False):
        for extra in ({}, {"fresh": True}):
            with pytest.raises(FormalismError, match="F604"):
                folder.score(**extra)
        done = subprocess.run([sys.executable, "-c", code, str(target)], capture_output=True, text=True)
        assert "F604" in done.stderr
    assert folder.score().documents == 8


def test_a_damaged_or_foreign_ledger_is_refused_and_fresh_replaces_it(folder: Folder) -> None:
    target = ledger_path(folder.output)
    target.write_bytes(b"not a database" * 100)
    with pytest.raises(FormalismError, match="F605"):
        folder.score()
    assert folder.score(fresh=True).documents == 8
    target.unlink()
    with sqlite3.connect(target) as base:
        base.execute("CREATE TABLE somebody_elses (x)")
    base.close()
    with pytest.raises(FormalismError, match="F605"):
        folder.score()


def test_a_full_disk_stops_the_run_and_the_next_one_goes_on(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(60):
        folder.write(f"更多-{number}.txt", f"更多的第{number}份" * 50)
    connect = Ledger._connect

    def small(self: Ledger) -> sqlite3.Connection:
        base = connect(self)
        base.execute("PRAGMA max_page_count = 30")
        return base

    monkeypatch.setattr(Ledger, "_connect", small)
    with pytest.raises(FormalismError, match=r"F605.*full"):
        folder.score()
    monkeypatch.setattr(Ledger, "_connect", connect)
    assert folder.score().documents == 68
    assert len({row["name"] for row in rows(folder.output)}) == len(rows(folder.output)) == 68


def test_half_a_file_is_never_entered(tmp_path: Path) -> None:
    with Ledger(tmp_path / "x.ledger", full=False) as ledger:
        ledger.list_files(["a", "b"])
        ledger.add(outcome("a", 1, ["甲"]), "key")
        ledger.commit()
        with pytest.raises(KeyError):
            ledger.add(Outcome("b", "h", documents=(*outcome("b", 1, ["乙"]).documents, Scored({"error_code": ""}))), "key")
    with Ledger(tmp_path / "x.ledger", full=False) as ledger:
        assert [row["name"] for row in ledger.rows()] == ["a!甲"]
        assert ledger.known("key") == {"a": "1"}


def outcome(path: str, version: int, names: list[str]) -> Outcome:
    documents = tuple(Scored(document_row(Failure(f"{path}!{name}", "F101", str(version)))) for name in names)
    return Outcome(path, str(version), 1, documents=documents)


@settings(max_examples=30)
@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["a", "b", "丙", "\udcff"]),
            st.integers(1, 9),
            st.lists(st.sampled_from("甲乙丙丁"), min_size=1, max_size=3, unique=True),
            st.sampled_from(["", "commit", "reopen"]),
        )
    ),
    listed=st.permutations(["a", "b", "丙", "\udcff", "never"]),
)
def test_the_ledger_holds_the_last_outcome_of_each_listed_file(
    steps: list[tuple[str, int, list[str], str]], listed: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("ledger") / "x.ledger"
    ledger = Ledger(file, full=False)
    expected: dict[str, tuple[int, list[str]]] = {}
    for path, version, names, then in steps:
        ledger.add(outcome(path, version, names), "key")
        expected[path] = version, names
        if then == "commit":
            ledger.commit()
        elif then == "reopen":
            ledger.close()
            ledger = Ledger(file, full=False)
    ledger.commit()
    ledger.list_files(listed)
    assert [row["name"] for row in ledger.rows()] == [f"{p}!{n}" for p in listed if p in expected for n in expected[p][1]]
    assert ledger.known("key") == {path: str(version) for path, (version, _) in expected.items()}
    assert ledger.known("other") == ledger.known("key", retry=True) == {}
    assert sum(ledger.failures().values()) == ledger.totals()[1] == len(list(ledger.ranked_rows()))
    ledger.close()


# --- the command ----------------------------------------------------------------------------------------------------


def test_the_command_shows_what_it_did(tmp_path: Path, sample_text: str) -> None:
    target = tmp_path / "报告"
    target.mkdir()
    for name in ("a.txt", "b.md"):
        (target / name).write_text(sample_text, encoding="utf-8")
    (target / "坏.docx").write_bytes(b"PK\3\4 broken")
    (target / "数据.csv").write_text("1,2", encoding="utf-8")
    output = tmp_path / "结果.html"
    arguments = ["score", str(target), "-o", str(output), "-v", "--workers", "1", "--timeout", "30", "--memory", "1024"]
    first = CliRunner().invoke(main, arguments)
    assert first.exit_code == 2, first.output
    for words in ("口号密度", "3 份文档", "1 份失败", "F108 × 1", "略过 1 个", str(output), "读取 reading", "字/s"):
        assert words in first.output, words
    second = CliRunner().invoke(main, arguments)
    assert second.exit_code == 2 and "3 个文件沿用上次结果" in second.output and "接着上次：3/3" in second.output
    third = CliRunner().invoke(main, [*arguments[:-6], "-q", "--fresh"])
    assert third.exit_code == 2 and "沿用" not in third.output and "口号密度" not in third.output


def test_engine_and_scheduler_go_together(tmp_path: Path) -> None:
    for arguments in (["--engine", "dask"], ["--scheduler", "tcp://127.0.0.1:1"]):
        result = CliRunner().invoke(main, ["score", str(tmp_path), *arguments])
        assert result.exit_code == 3 and "--scheduler" in result.output
