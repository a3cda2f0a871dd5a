"""The command ``formalism``: each command is a thin wrapper over a plain function of the library, in a file of its own.

Exit codes: 0 scored; 1 a check failed; 2 some document failed; 3 bad usage.
"""

from __future__ import annotations

import sys
from typing import Any

import click

from formalism_nlp import __version__
from formalism_nlp.apps.cli.annotate import annotate
from formalism_nlp.apps.cli.baseline import baseline
from formalism_nlp.apps.cli.compare import compare
from formalism_nlp.apps.cli.console import BAD_USAGE
from formalism_nlp.apps.cli.explain import explain
from formalism_nlp.apps.cli.lsp import lsp
from formalism_nlp.apps.cli.mcp import mcp
from formalism_nlp.apps.cli.report import report
from formalism_nlp.apps.cli.reuse import reuse
from formalism_nlp.apps.cli.rules import lexicon, rule
from formalism_nlp.apps.cli.score import score
from formalism_nlp.apps.cli.serve import serve
from formalism_nlp.apps.cli.training import evaluate, train
from formalism_nlp.values.errors import FormalismError


class _Commands(click.Group):
    """Turns errors a user can act on into one line and an exit code, never a traceback."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        kwargs["standalone_mode"] = False
        try:
            return super().main(*args, **kwargs)
        except click.exceptions.Exit as error:
            sys.exit(error.exit_code)
        except click.Abort:
            sys.exit(130)
        except click.ClickException as error:
            error.show()
            sys.exit(BAD_USAGE)
        except FormalismError as error:
            click.echo(str(error), err=True)
            sys.exit(BAD_USAGE)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="formalism")
def main() -> None:
    """衡量公文中的形式主义措辞：口号、留痕与实绩。

    Score Chinese official documents for slogan, trace and substance. It measures wording, never truth or diligence.
    """


for _command in (score, explain, rule, lexicon, evaluate, train, serve, report, annotate, baseline, lsp, mcp, compare, reuse):
    main.add_command(_command)
