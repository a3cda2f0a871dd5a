"""``formalism report``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from formalism_nlp.apps.cli.console import DOCUMENT_FAILED, PATH


@click.command()
@click.argument("paths", nargs=-1, required=True)
@click.option(
    "-o", "--output", type=PATH, default=Path("report.html"), show_default=True, help="网页 Write the page here (.html)"
)
@click.option("--title", default="", help="标题，默认为路径名 Headline (default: the names of the paths)")
@click.option("--genre", default="", help="文种 Norm group, e.g. government-work-report")
@click.option("--reuse/--no-reuse", default=True, show_default=True, help="比较雷同 Compare the documents with each other")
@click.option("-q", "--quiet", is_flag=True, help="只出最后一行 No progress bar")
@click.option("-v", "--verbose", count=True, help="逐条报告失败 Log failures; -vv all")
@click.option("--workers", default=0, type=click.IntRange(0, 1024), help="进程数，默认等于核数 Processes (default: one a core)")
@click.option("--timeout", default=120.0, show_default=True, type=click.FloatRange(0.1), help="每份文档的秒数 Seconds a document")
@click.option("--memory", default=2048, show_default=True, type=click.IntRange(0), help="每进程 MB，0 不限 MB a process (Linux)")
@click.option("--resume/--fresh", default=True, show_default=True, help="接着上次做，或全部重来 Go on, or start over")
@click.option("--retry", is_flag=True, help="重做上次失败的 Score again what failed before")
def report(
    paths: tuple[str, ...],
    output: Path,
    title: str,
    genre: str,
    reuse: bool,
    quiet: bool,
    verbose: int,
    workers: int,
    timeout: float,
    memory: int,
    resume: bool,
    retry: bool,
) -> None:
    """把文件夹做成一页报告：排名、分布、离群、雷同、逐份详情。

    Write one self-contained page (no script, no network) about files and folders: ranking, distributions against the norms,
    outliers, most reused passages, and a section for each document. Started again, it goes on where it was.
    """
    from formalism_nlp.apps.cli.progress import progress
    from formalism_nlp.batch.outcome import Setup
    from formalism_nlp.batch.report import report_folder

    with progress(quiet=quiet, verbose=verbose) as bar:
        made = report_folder(
            paths,
            output,
            setup=Setup(genre=genre, seconds=timeout, memory=memory * 2**20),
            title=title,
            reuse=reuse,
            workers=workers,
            fresh=not resume,
            retry=retry,
            on_plan=bar.plan,
            on_outcome=bar.outcome,
        )
    failed = sum(made.failures.values())
    codes = "，".join(f"{code} × {number}" for code, number in made.failures.items())
    click.echo(
        f"{made.documents} 份文档 documents，{failed} 份失败 failed{f'（{codes}）' if codes else ''}，"
        f"{made.outliers} 处离群 outliers，{made.passages} 段雷同 shared passages，{made.size / 1e6:.1f} MB\n→ {output.absolute()}"
    )
    if failed:
        sys.exit(DOCUMENT_FAILED)
