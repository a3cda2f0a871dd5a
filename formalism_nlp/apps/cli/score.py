"""``formalism score``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from formalism_nlp.apps.cli.console import DOCUMENT_FAILED, PATH, progress

if TYPE_CHECKING:
    from formalism_nlp.values.report import Failure, Report


@click.command()
@click.argument("paths", nargs=-1, required=True, type=PATH)
@click.option("-o", "--output", type=PATH, help="Write results here: .csv .jsonl .json .html .parquet")
@click.option("--genre", default="", help="文种 Norm group, e.g. government-work-report")
@click.option("--top", default=25, show_default=True, help="Rows of the printed table (0 = all)")
@click.option("-q", "--quiet", is_flag=True, help="No progress bar, no table")
def score(paths: tuple[Path, ...], output: Path | None, genre: str, top: int, quiet: bool) -> None:
    """为文件和文件夹评分 Score files and folders, print a table, write results."""
    from formalism_nlp.api import default_scorer
    from formalism_nlp.batch.folder import find_files, score_files
    from formalism_nlp.batch.output import check_format, write_results
    from formalism_nlp.values.report import Failure
    from formalism_nlp.views.table import document_table

    if output is not None:
        check_format(output)
    files = find_files(paths)
    scorer = default_scorer()
    results: list[Report | Failure] = list(progress(score_files(files, scorer, genre=genre), len(files), "评分 scoring", quiet))
    failed = sum(isinstance(result, Failure) for result in results)
    if not quiet:
        click.echo(document_table(results, most=top or None))
    if output is not None:
        write_results(results, output)
    click.echo(f"{len(results)} 份文档 documents，{failed} 份失败 failed{f' → {output}' if output else ''}")
    if failed:
        sys.exit(DOCUMENT_FAILED)
