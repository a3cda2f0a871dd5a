"""``formalism explain``."""

from __future__ import annotations

from pathlib import Path

import click

from formalism_nlp.apps.cli.console import PATH


@click.command()
@click.argument("file", type=PATH)
@click.option("--genre", default="", help="文种 Norm group")
@click.option("--parent", type=PATH, help="上级文件，查照搬照抄 The document from above, to look for copying")
@click.option("--english", is_flag=True, help="Reasons in English")
@click.option("-o", "--output", type=PATH, help="Write an .html page (or .json) instead of printing")
def explain(file: Path, genre: str, parent: Path | None, english: bool, output: Path | None) -> None:
    """逐句解释一份文档 Show one document sentence by sentence, with the evidence and its reasons."""
    from formalism_nlp.api import default_scorer
    from formalism_nlp.batch.output import check_format, write_results
    from formalism_nlp.readers import read
    from formalism_nlp.views import terminal

    if output is not None:
        check_format(output)
    scorer = default_scorer()
    above = read(parent, name=str(parent)) if parent else ""
    report = scorer.score(read(file, name=str(file)), genre=genre, parent=above)
    if output is not None:
        write_results([report], output)
        click.echo(f"→ {output}")
        return
    click.echo(
        terminal.explain(report, lambda text, colour: click.style(text, fg=colour), english=english, lexicon=scorer.lexicon)
    )
