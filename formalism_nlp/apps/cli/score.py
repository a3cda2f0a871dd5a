"""``formalism score``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from formalism_nlp.apps.cli.console import CHECK_FAILED, DOCUMENT_FAILED, PATH, say

if TYPE_CHECKING:
    from formalism_nlp.batch.crew import Engine
    from formalism_nlp.batch.outcome import Setup
    from formalism_nlp.batch.run import Summary


@click.command()
@click.argument("paths", nargs=-1, required=True)
@click.option("-o", "--output", type=PATH, help="结果文件 Write results here: .csv .parquet .jsonl .json .html")
@click.option("--genre", default="", help="文种 Norm group, e.g. government-work-report")
@click.option("--top", default=25, show_default=True, help="表格行数，0 为全部 Rows of the printed table (0 = all)")
@click.option("-q", "--quiet", is_flag=True, help="只出最后一行 No progress bar, no table")
@click.option(
    "-v", "--verbose", count=True, help="逐条报告失败和各格式耗时；-vv 连同工作进程的输出 Log failures and costs; -vv all"
)
@click.option("--workers", default=0, type=click.IntRange(0, 1024), help="进程数，默认等于核数 Processes (default: one a core)")
@click.option("--timeout", default=120.0, show_default=True, type=click.FloatRange(0.1), help="每份文档的秒数 Seconds a document")
@click.option("--memory", default=2048, show_default=True, type=click.IntRange(0), help="每进程 MB，0 不限 MB a process (Linux)")
@click.option("--resume/--fresh", default=True, show_default=True, help="接着上次做，或全部重来 Go on, or start over")
@click.option("--retry", is_flag=True, help="重做上次失败的 Score again what failed before")
@click.option("--engine", type=click.Choice(["local", "dask"]), default="local", show_default=True, help="本机或 Dask 集群")
@click.option("--scheduler", default="", help="Dask 调度器 Address of the scheduler, tcp://host:8786")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "sarif", "github"]),
    default="table",
    show_default=True,
    help="输出：表格，或供 CI 读的 SARIF、GitHub 批注 A table, or remarks for CI",
)
@click.option(
    "--config", type=PATH, help="formalism.toml（限度、文种、忽略清单）；默认自当前目录向上找 default: the nearest above"
)
def score(
    paths: tuple[str, ...],
    output: Path | None,
    genre: str,
    top: int,
    quiet: bool,
    verbose: int,
    workers: int,
    timeout: float,
    memory: int,
    resume: bool,
    retry: bool,
    engine: str,
    scheduler: str,
    form: str,
    config: Path | None,
) -> None:
    """为文件和文件夹评分；中断后用同一命令接着做。

    Score files and folders (or s3://… through fsspec), print a table, write results. Started again after any interruption it
    goes on where it was: the ledger beside the output knows what is done. A file that fails, hangs or crashes is a row with
    its error. A document over a limit of formalism.toml makes the exit code 1.
    """
    from formalism_nlp.apps.cli import gate
    from formalism_nlp.apps.cli.progress import progress
    from formalism_nlp.batch.outcome import Setup
    from formalism_nlp.batch.run import score_paths
    from formalism_nlp.views.table import row_table

    if (engine == "dask") != bool(scheduler):
        raise click.UsageError("--engine dask 与 --scheduler 须同时给出 / --engine dask and --scheduler go together")
    settings = gate.settings_for(config)
    full = gate.needs_reports(form, settings)
    try:
        with progress(quiet=quiet, verbose=verbose) as bar, gate.reports_file(output, form, full) as target:
            summary = score_paths(
                paths,
                target,
                setup=Setup(genre=genre or settings.genre, seconds=timeout, memory=memory * 2**20),
                workers=workers,
                engine=_dask(scheduler) if scheduler else None,
                fresh=not resume,
                retry=retry,
                top=None if settings.limits else top or None,
                on_plan=bar.plan,
                on_outcome=bar.outcome,
            )
            checked = gate.read_checked(target, settings) if full and target else []
    except KeyboardInterrupt:
        if output is not None:
            say("已中断，做完的已存好：同一命令会接着做 / interrupted, what is done is kept: the same command goes on")
        raise
    if verbose:
        say(_costs(summary))
    broken = gate.broken_limits(gate.rows_of(checked) if full else summary.top, settings.limits)
    if form != "table":
        gate.deliver(gate.render(form, checked, broken), output, click.echo)
    elif not quiet:
        click.echo(row_table(summary.top[: top or None], summary.documents))
    for name, message in broken:
        say(f"{name}: {message}")
    click.echo(_last_lines(summary, output), err=form != "table")
    if summary.failed:
        sys.exit(DOCUMENT_FAILED)
    if broken:
        sys.exit(CHECK_FAILED)


def _dask(scheduler: str) -> Callable[[Setup], Engine]:
    from formalism_nlp.batch.cluster import Cluster

    return lambda setup: Cluster(setup, scheduler)


def _last_lines(summary: Summary, output: Path | None) -> str:
    failures = "，".join(f"{code} × {number}" for code, number in summary.failures.items())
    lines = [f"{summary.documents} 份文档 documents，{summary.failed} 份失败 failed{f'（{failures}）' if failures else ''}"]
    if summary.unchanged:
        lines[0] += f"，其中 {summary.unchanged} 个文件沿用上次结果 unchanged"
    if summary.passed_over:
        lines.append(f"略过 {summary.passed_over} 个非文档文件 passed over: hidden and data files (.csv, .json …)")
    if output is not None:
        lines.append(f"→ {output.absolute()}")
    return "\n".join(lines)


def _costs(summary: Summary) -> str:
    """What each format took: a table for whoever wonders where the time went."""
    lines = ["格式 format    文件 files      MB   M字 Mchars  读取 reading s  评分 scoring s"]
    for kind, files, size, characters, read, scored in summary.costs:
        lines.append(f"{kind:<14}{files:>10}{size / 1e6:>10.1f}{characters / 1e6:>12.2f}{read:>16.2f}{scored:>16.2f}")
    rate = summary.characters / max(summary.seconds, 1e-9)
    lines.append(f"{summary.seconds:.1f} s，{rate:,.0f} 字/s characters/s，单进程峰值 peak {summary.peak / 2**20:.0f} MB")
    return "\n".join(lines)
