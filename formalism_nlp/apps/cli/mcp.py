"""``formalism mcp``."""

from __future__ import annotations

from pathlib import Path

import click

from formalism_nlp.values.errors import FormalismError


@click.command()
@click.option(
    "--root",
    "roots",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="允许读取的文件夹（可多次；默认不读文件） Folder whose files may be read; repeatable, default none",
)
def mcp(roots: tuple[Path, ...]) -> None:
    """为智能助手启动 MCP 服务（标准输入输出） Start the Model Context Protocol server for assistants on standard input and output.

    工具：score、explain、rule；完全离线。Tools: score, explain, rule; nothing leaves this machine through it.
    """
    try:
        from formalism_nlp.apps.mcp_server import make_server
    except ImportError as error:
        raise FormalismError("F607", "mcp", f"{error.name}: pip install 'formalism-nlp[mcp]'") from error
    from formalism_nlp.api import default_scorer

    make_server(default_scorer, roots=roots).run()
