"""``formalism reuse``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from formalism_nlp.apps.cli.console import DOCUMENT_FAILED, PATH, say
from formalism_nlp.values.errors import FormalismError


@click.command()
@click.argument("paths", nargs=-1, required=True)
@click.option("-o", "--output", type=PATH, help="左右对照页 Page with passages side by side (.html), or .csv (two tables)")
@click.option("--earlier", type=PATH, help="以往文件，各文与之比较 Earlier document to hold all others against (stickiness)")
@click.option("--parent", type=PATH, help="上级文件 Parent document that may be copied (containment)")
@click.option(
    "--least", default=16, show_default=True, type=click.IntRange(4, 10000), help="逐字相同的最少字数 Characters of a match"
)
@click.option(
    "--similarity", default=0.5, show_default=True, type=click.FloatRange(0.1, 1.0), help="近似阈值，1 为不查 Near matches"
)
@click.option("--top", default=25, show_default=True, help="表格行数，0 为全部 Rows of the printed table (0 = all)")
@click.option("-q", "--quiet", is_flag=True, help="只出最后一行 No table")
def reuse(
    paths: tuple[str, ...],
    output: Path | None,
    earlier: Path | None,
    parent: Path | None,
    least: int,
    similarity: float,
    top: int,
    quiet: bool,
) -> None:
    """查雷同：文档之间、与以往文件、与上级文件、文内重复。

    Find text that documents share with one another, with an earlier and a parent document, and with themselves. Files are taken
    in the order of their names: a passage is credited to the first document that has it.
    """
    from formalism_nlp import readers
    from formalism_nlp.batch.gather import gather
    from formalism_nlp.corpora.reuse import find_reuse
    from formalism_nlp.views.reuse_page import reuse_table

    if output is not None and output.suffix not in (".html", ".csv"):
        raise FormalismError("F402", str(output), ".html, .csv")
    found = gather(paths)
    for failure in found.failures:
        say(f"{failure.name}: {failure.message}")
    texts = found.texts()
    extra = {str(path): readers.read(path).text for path in (earlier, parent) if path is not None}
    report = find_reuse(
        texts,
        earlier={name: str(earlier) for name in texts if name != str(earlier)} if earlier else None,
        parents={name: str(parent) for name in texts if name != str(parent)} if parent else None,
        references=extra,
        least=least,
        similarity=similarity,
    )
    if not quiet:
        click.echo(reuse_table(report, most=top or None))
    click.echo(
        f"{len(report.documents)} 份文档 documents，{len(report.matches)} 处相同或近似 matches，{len(found.failures)} 份失败 failed"
    )
    if output is not None:
        _write(report, {**extra, **texts}, output)
    if found.failures:
        sys.exit(DOCUMENT_FAILED)


def _write(report: object, texts: dict[str, str], output: Path) -> None:
    from formalism_nlp.batch.output import replacing
    from formalism_nlp.corpora.reuse import ReuseReport
    from formalism_nlp.views.reuse_page import reuse_page

    assert isinstance(report, ReuseReport)
    if output.suffix == ".html":
        files = {output: reuse_page(report, texts, "雷同检查 Reuse").encode("utf-8", "replace")}
    else:
        matches = report.matches_frame()
        files = {
            output: report.to_frame().to_csv(index=False).encode("utf-8-sig"),
            output.with_name(f"{output.stem}-matches.csv"): matches.to_csv(index=False).encode("utf-8-sig"),
        }
    for path, body in files.items():
        with replacing(path) as stream:
            stream.write(body)
        click.echo(f"→ {path.absolute()}")
