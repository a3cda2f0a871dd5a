"""``formalism compare``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from formalism_nlp.apps.cli.console import DOCUMENT_FAILED, PATH, say, year_of
from formalism_nlp.values.errors import FormalismError

if TYPE_CHECKING:
    from formalism_nlp.corpora.compare import Comparison, Table
    from formalism_nlp.values.report import Report

_SUFFIXES = (".csv", ".md", ".tex", ".json")


@click.command()
@click.argument("paths", nargs=-1, required=True)
@click.option("--by-year", is_flag=True, help="按文件名里的年份分组 Groups are the years in the file names")
@click.option("-o", "--output", type=PATH, help="结果文件 Write all tables here: .md .tex .json, or .csv (one file a table)")
@click.option(
    "--correction", type=click.Choice(["holm", "bh"]), default="holm", show_default=True, help="多重比较校正 Correction of p"
)
@click.option("--genre", default="", help="文种 Norm group, e.g. government-work-report")
@click.option("--adjust", is_flag=True, help="按标注集误差校正占比 Correct shares by the errors on the labelled dev set")
@click.option("--words", default=15, show_default=True, type=click.IntRange(0, 1000), help="每组特征词数 Key words a group")
@click.option("--english", is_flag=True, help="表头用英文 English heads in the files written")
@click.option("--workers", default=0, type=click.IntRange(0, 1024), help="进程数，默认等于核数 Processes (default: one a core)")
@click.option("-q", "--quiet", is_flag=True, help="不显示进度 No progress bar")
def compare(
    paths: tuple[str, ...],
    by_year: bool,
    output: Path | None,
    correction: str,
    genre: str,
    adjust: bool,
    words: int,
    english: bool,
    workers: int,
    quiet: bool,
) -> None:
    """比较两组或多组文档（每个路径一组），或用 --by-year 比较历年。

    Compare groups of documents: each PATH (a folder or a file) is a group; with --by-year the years in the file names are.
    Means with bootstrap intervals, tests with correction for their number, key words, shares of functions, drift over years.
    """
    from formalism_nlp.corpora.compare import compare as run

    if output is not None and output.suffix not in _SUFFIXES:
        raise FormalismError("F402", str(output), ", ".join(_SUFFIXES))
    groups, failed = _gather(paths, by_year, genre, workers, quiet)
    confusion = None
    if adjust:
        from formalism_nlp.training.confusion import labelled_confusion

        confusion = labelled_confusion()
    result = run(groups, correction=correction, confusion=confusion, words=words)  # type: ignore[arg-type]
    _show(result)
    if output is not None:
        for path in write_tables(result, output, english=english):
            click.echo(f"→ {path}")
    if failed:
        sys.exit(DOCUMENT_FAILED)


def _gather(paths: tuple[str, ...], by_year: bool, genre: str, workers: int, quiet: bool) -> tuple[dict[str, list[Report]], int]:
    """Reports by group, and how many documents failed; each failure is told."""
    from formalism_nlp.apps.cli.progress import progress
    from formalism_nlp.batch.gather import gather
    from formalism_nlp.batch.outcome import Setup

    groups: dict[str, list[Report]] = {}
    failed = 0
    for number, paths_of_group in enumerate([paths] if by_year else [(path,) for path in paths]):
        with progress(quiet=quiet, verbose=0) as bar:
            found = gather(paths_of_group, setup=Setup(genre=genre), workers=workers, on_plan=bar.plan, on_outcome=bar.outcome)
        for failure in found.failures:
            say(f"{failure.name}: {failure.message}")
        failed += len(found.failures)
        label = Path(paths_of_group[0]).name or paths_of_group[0]
        if not by_year and label in groups:
            label = f"{label} ({number + 1})"
        for report in found.reports:
            groups.setdefault(year_of(report.document.name) if by_year else label, []).append(report)
    if by_year and "" in groups:
        names = [report.document.name for report in groups.pop("")]
        say(f"文件名无年份，略过 no year in the name, passed over: {len(names)}（{'、'.join(names[:5])}）")
    return groups, failed


def _tables(result: Comparison) -> list[Table]:
    names: list[Table] = ["indices", "contrasts", "trends", "shares", "keyness"]
    return [name for name in names if result.rows(name)[1]]


def _show(result: Comparison) -> None:
    from formalism_nlp.values.report import DISCLAIMER
    from formalism_nlp.views.comparison import table_text

    for table in _tables(result):
        click.echo(table_text(result, table, most=40) + "\n")
    click.echo(f"p 校正 corrected: {result.correction}. {DISCLAIMER}")


def write_tables(result: Comparison, output: Path, *, english: bool = False) -> list[Path]:
    """Write all tables by the suffix of ``output``; return the files."""
    import json

    from formalism_nlp.batch.output import replacing
    from formalism_nlp.views.comparison import document_latex, document_markdown

    tables = _tables(result)
    if output.suffix == ".csv":
        files = {output.with_name(f"{output.stem}-{table}.csv"): _csv(result, table) for table in tables}
    elif output.suffix == ".json":
        shown = {table: json.loads(result.to_frame(table).to_json(orient="records", force_ascii=False)) for table in tables}
        files = {output: json.dumps(shown, ensure_ascii=False, indent=1)}
    else:
        make = document_markdown if output.suffix == ".md" else document_latex
        files = {output: make(result, tables, english=english)}
    for path, text in files.items():
        with replacing(path) as stream:
            stream.write(text.encode("utf-8-sig" if output.suffix == ".csv" else "utf-8"))
    return list(files)


def _csv(result: Comparison, table: Table) -> str:
    """Excel must take no group name for a formula."""
    frame = result.to_frame(table)
    for column in frame.columns:
        if frame[column].dtype.kind not in "fiu":
            frame[column] = [f"'{v}" if str(v)[:1] in ("=", "+", "-", "@", "\t", "\r") else v for v in frame[column]]
    return str(frame.to_csv(index=False))
