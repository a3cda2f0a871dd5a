"""``formalism baseline``."""

from __future__ import annotations

from pathlib import Path

import click

from formalism_nlp.apps.cli.console import PATH


@click.command()
@click.argument("files", nargs=-1, required=True, type=PATH)
@click.option("--reason", default="", help="忽略的理由 Why they are dismissed")
@click.option("--config", type=PATH, help="formalism.toml；默认自当前目录向上找 default: the nearest above")
def baseline(files: tuple[Path, ...], reason: str, config: Path | None) -> None:
    """把文件现有的意见记为已知，此后只报新的 Dismiss all present remarks on FILES, so that only new ones are reported.

    记在 formalism-baseline.json，应随文档一同提交；已删去的句子的记录会被清掉。

    Written to formalism-baseline.json, which belongs into the repository; entries of these files that no longer hold go.
    """
    from formalism_nlp.api import default_scorer
    from formalism_nlp.apps.baseline import load_baseline
    from formalism_nlp.apps.cli.gate import settings_for
    from formalism_nlp.readers import read
    from formalism_nlp.views.remarks import remarks

    settings = settings_for(config)
    known = load_baseline(settings.baseline)
    before = len(known.entries)
    for file in files:
        report = default_scorer().score(read(file, name=str(file)), genre=settings.genre)
        findings = [remark.finding for remark in remarks(report)]
        known = known.only(file, {finding.fingerprint for finding in findings}).with_dismissed(file, findings, reason=reason)
    known.save()
    click.echo(f"{before} → {len(known.entries)} → {settings.baseline}")
