"""``formalism annotate``."""

from __future__ import annotations

from pathlib import Path

import click

from formalism_nlp.apps.cli.console import PATH
from formalism_nlp.values.errors import FormalismError


@click.command()
@click.argument("file", type=PATH)
@click.option("-o", "--output", type=PATH, help="批注后的文件 Where to write (default: FILE.reviewed.docx beside it)")
@click.option("--genre", default="", help="文种 Norm group")
@click.option("--author", default="formalism_nlp", show_default=True, help="批注者 Author of the comments")
@click.option("--english", is_flag=True, help="Comments in English")
@click.option("--config", type=PATH, help="formalism.toml（默认自当前目录向上找 default: the nearest above）")
def annotate(file: Path, output: Path | None, genre: str, author: str, english: bool, config: Path | None) -> None:
    """把意见写成 Word 批注 Write the remarks on FILE as Word comments.

    docx：在副本中批注，其余原样不动；再次运行不会重复。其他格式：生成带批注的新 docx。

    A docx is copied with comments at the exact characters and all else untouched; run again, nothing is doubled. Any other
    format becomes a new docx of its text. Findings dismissed in the baseline get no comment.
    """
    from formalism_nlp.api import default_scorer
    from formalism_nlp.apps.baseline import load_baseline
    from formalism_nlp.apps.cli.gate import settings_for
    from formalism_nlp.apps.files import replace_file
    from formalism_nlp.readers import read
    from formalism_nlp.views.word_comments import annotate_docx, report_docx

    target = output or file.with_name(f"{file.stem}.reviewed.docx")
    if target.suffix.lower() != ".docx":
        raise click.UsageError("输出应为 .docx / the output must be a .docx")
    if target.exists() and file.exists() and target.samefile(file):
        raise click.UsageError("输出不能是原文件 / the output must not be the file itself")
    settings = settings_for(config)
    dismissed = load_baseline(settings.baseline).fingerprints(file)
    document = read(file, name=str(file))
    scorer = default_scorer()
    report = scorer.score(document, genre=genre or settings.genre)
    if document.format == "docx" and document.name == str(file):  # not one in an archive
        data = annotate_docx(
            file.read_bytes(), report, lexicon=scorer.lexicon, author=author, english=english, dismissed=dismissed
        )
    else:
        data = report_docx(report, lexicon=scorer.lexicon, author=author, english=english, dismissed=dismissed)
    try:
        replace_file(target, data)
    except OSError as error:
        raise FormalismError("F605", str(target), f"{type(error).__name__}: {error}") from error
    click.echo(f"→ {target}")
