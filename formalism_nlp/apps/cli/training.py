"""``formalism evaluate`` and ``formalism train``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from formalism_nlp.apps.cli.console import PATH, say


@click.command()
@click.option("--split", "splits", multiple=True, type=click.Choice(["train", "dev", "test"]), help="Default: dev and test")
@click.option("--sets/--no-sets", default=True, show_default=True, help="Also the matched sets (refits five times)")
@click.option("--model", type=PATH, help="Model folder; default the shipped one")
@click.option("--card", type=PATH, help="Write the model card here")
def evaluate(splits: tuple[str, ...], sets: bool, model: Path | None, card: Path | None) -> None:
    """在标注集上检验模型 Print all figures of the model beside three baselines."""
    import json

    from formalism_nlp import store
    from formalism_nlp.training.evaluate import evaluate as run
    from formalism_nlp.training.model_card import card_markdown, figures_markdown

    folder = model or store.model_folder()
    chosen: Any = splits or ("dev", "test")
    result = run(splits=chosen, sets=sets, model=str(folder), progress=say)
    click.echo(figures_markdown(result))
    if card is not None:
        manifest = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        card.write_text(card_markdown(result, manifest), encoding="utf-8")
        click.echo(f"→ {card}")


@click.command()
@click.option("-o", "--output", type=PATH, help="Model folder; default the shipped one is replaced")
@click.option("--own-only", is_flag=True, help="Only documents of this repository, no ../shared")
def train(output: Path | None, own_only: bool) -> None:
    """训练模型 Fit model and norms from the labelled corpora."""
    from formalism_nlp import store
    from formalism_nlp.training.train import train as run

    folder = output or store.model_folder()
    made = run(folder, public=not own_only, progress=say)
    click.echo(f"model {made['model']}, norms {made['norms']}, data {made['data_sha256'][:12]} → {folder}")
