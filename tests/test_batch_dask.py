"""The same run on a real cluster of two worker processes, and ``score_frame`` as a partition function."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

import formalism_nlp as fn
from formalism_nlp.batch.cluster import Cluster
from formalism_nlp.batch.outcome import Outcome, Setup
from formalism_nlp.batch.run import score_paths
from formalism_nlp.values.errors import FormalismError

distributed = pytest.importorskip("distributed", reason="needs the extra dask")
dataframe = pytest.importorskip("dask.dataframe", reason="needs the extra dask")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cluster() -> Iterator[distributed.LocalCluster]:
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
    ) as made:
        yield made


def test_a_killed_machine_changes_no_result(cluster: distributed.LocalCluster, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    for number in range(400):
        order = {50: "SEGFAULT", 150: "HANG", 250: "REFUSE"}.get(number, "SLEEP 0.02")
        (folder / f"{number:03}.txt").write_text(f"{order} 第{number}份", encoding="utf-8")
    setup = Setup("benchmarks.poison:puppet", seconds=1.0)
    alone, together = tmp_path / "alone.jsonl", tmp_path / "together.jsonl"
    score_paths([folder], alone, setup=setup, workers=2)
    first = next(iter(cluster.workers.values())).pid
    came: list[Outcome] = []

    def kill_one(outcome: Outcome) -> None:
        came.append(outcome)
        if len(came) == 120:
            os.kill(first, signal.SIGKILL)

    summary = score_paths(
        [folder], together, setup=setup, engine=lambda s: Cluster(s, cluster.scheduler_address), on_outcome=kill_one
    )
    assert first not in {worker.pid for worker in cluster.workers.values()}, "the worker was not killed"
    assert dict(summary.failures) == {"F101": 1, "F601": 1, "F602": 1} and summary.documents == 400
    assert len(came) == len({outcome.path for outcome in came}) == 400
    assert together.read_bytes() == alone.read_bytes()
    again = score_paths([folder], together, setup=setup, engine=lambda s: Cluster(s, cluster.scheduler_address))
    assert again.unchanged == 400


def test_the_command_on_a_cluster(cluster: distributed.LocalCluster, tmp_path: Path, sample_text: str) -> None:
    from click.testing import CliRunner

    from formalism_nlp.apps.cli import main

    for number in range(3):
        (tmp_path / f"{number}.txt").write_text(sample_text, encoding="utf-8")
    files = [str(tmp_path / f"{number}.txt") for number in range(2)] + [f"file://{tmp_path}/2.txt"]
    arguments = ["score", *files, "--engine", "dask", "--scheduler", cluster.scheduler_address, "-o", str(tmp_path / "out.csv")]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    assert "3 份文档" in result.output
    assert set(pd.read_csv(tmp_path / "out.csv")["substance"]) == {fn.score(sample_text).substance}


def test_a_cluster_that_cannot_serve_is_one_clear_error(cluster: distributed.LocalCluster, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("甲", encoding="utf-8")
    with pytest.raises(FormalismError, match=r"F606.*no such model"):
        broken = Setup("benchmarks.poison:broken")
        score_paths([tmp_path], engine=lambda s: Cluster(s, cluster.scheduler_address), setup=broken)
    with pytest.raises(FormalismError, match="F608"):
        Cluster(Setup(), "nonsense://")


def test_score_frame_is_a_partition_function(cluster: distributed.LocalCluster, sample_text: str) -> None:
    texts = [sample_text, sample_text[:400], "", None, sample_text[::-1]] * 8
    frame = pd.DataFrame({"text": texts}, index=[f"第{i}行" for i in range(len(texts))])
    expected = fn.score_frame(frame)
    with distributed.Client(cluster.scheduler_address):
        parts = dataframe.from_pandas(frame, npartitions=5, sort=False)
        scored = parts.map_partitions(fn.score_frame, meta=fn.score_frame(frame.head(0))).compute()
    # Dask has its own strings, in which a missing value is called otherwise; so kinds and that one message are left out.
    kinds = {"check_dtype": False, "check_index_type": False}
    pd.testing.assert_frame_equal(scored.drop(columns="error"), expected.drop(columns="error"), **kinds)
    assert list(scored["error_code"].unique()) == ["", "F101", "F110"]


def test_score_frame_fits_spark_and_ray(sample_text: str) -> None:
    """What ``mapInPandas`` and ``map_batches`` ask for: an iterator of frames, or a frame, with nothing but plain columns."""

    def partition(frames: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        for frame in frames:
            yield frame[["id"]].join(fn.score_frame(frame))

    frames = [pd.DataFrame({"id": [1, 2], "text": [sample_text, ""]}), pd.DataFrame({"id": [3], "text": ["好。"]})]
    out = pd.concat(partition(iter(frames)))
    assert list(out["id"]) == [1, 2, 3] and list(out["error_code"]) == ["", "F101", ""]
    import pyarrow

    table = pyarrow.Table.from_pandas(out)
    assert {str(field.type) for field in table.schema} <= {"string", "large_string", "double", "int64"}
