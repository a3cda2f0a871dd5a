"""``formalism serve``."""

from __future__ import annotations

from pathlib import Path

import click

from formalism_nlp.apps.cli.console import PATH, say
from formalism_nlp.values.errors import FormalismError


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="监听地址 Address to listen on")
@click.option("--port", default=8765, show_default=True, help="端口 Port (0 = 任意 any)")
@click.option("--workers", type=click.IntRange(1, 256), help="评分进程数，默认等于核数 Scoring processes; default: one a core")
@click.option(
    "--token-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="访问令牌所在文件 File that holds the access token",
)
@click.option("--cors-origin", "origins", multiple=True, help="允许的网页来源（可多次） Web origin that may ask; repeatable")
@click.option("--max-mb", type=click.IntRange(1, 200), default=20, show_default=True, help="上传文件上限 Largest upload, MB")
@click.option(
    "--seconds", type=click.IntRange(1, 3600), default=30, show_default=True, help="每份文档的时限 Time limit of a document"
)
@click.option(
    "--lexicon", "lexicons", multiple=True, type=PATH, help="自己的规则文件夹（可多次） Folder of own rules; repeatable"
)
@click.option("--model", type=PATH, help="自己的模型文件夹 Folder of an own model")
@click.option("-q", "--quiet", is_flag=True, help="只记录警告 Log warnings only")
def serve(
    host: str,
    port: int,
    workers: int | None,
    token_file: Path | None,
    origins: tuple[str, ...],
    max_mb: int,
    seconds: int,
    lexicons: tuple[Path, ...],
    model: Path | None,
    quiet: bool,
) -> None:
    """启动检视网页与 HTTP 服务（默认仅本机可访问） Serve the review page and the HTTP API, on this machine only by default.

    文字只在内存中处理，不保存，也不写入日志。Text is held in memory only, never stored, never logged.
    """
    try:
        import httptools  # noqa: F401
        import python_multipart  # noqa: F401
        import starlette  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        raise FormalismError("F507", "", f"{error.name}: pip install 'formalism-nlp[serve]'") from error
    import logging

    from formalism_nlp.apps.service.app import Settings
    from formalism_nlp.apps.service.limits import MIB, Limits
    from formalism_nlp.apps.service.run import LOOPBACK, cores, run

    token = token_file.read_text(encoding="utf-8").strip() if token_file else ""
    if token_file and not (token.isascii() and token.isprintable() and token):
        raise FormalismError("F507", str(token_file), "the token must be one line of printable ASCII characters")
    if host not in LOOPBACK and not token:
        say("警告：网络上任何人都可使用此服务；请设置 --token-file。Warning: anybody on the network can use this service.")
    logging.basicConfig(level=logging.WARNING if quiet else logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    settings = Settings(
        workers=workers or cores(),
        limits=Limits(file_bytes=max_mb * MIB, score_seconds=float(seconds)),
        token=token,
        origins=origins,
        lexicons=tuple(map(str, lexicons)),
        model=str(model) if model else None,
    )
    say("正在启动… starting …")
    run(settings, host, port, lambda address: click.echo(f"{address}  （Ctrl+C 停止 stops）"))
