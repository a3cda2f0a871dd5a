"""The progress bar of long work: rate, failures, time left, on standard error; and the log of ``-v`` above it."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

if TYPE_CHECKING:
    from formalism_nlp.batch.outcome import Outcome
    from formalism_nlp.batch.run import Plan


class Bar:
    """A bar that appears with the plan of a run; on a terminal only, so that logs of cron jobs stay short."""

    def __init__(self, quiet: bool) -> None:
        self._quiet = quiet
        self._bar: tqdm[Any] | None = None
        self._failed = self._characters = 0

    def plan(self, plan: Plan) -> None:
        """The work is known."""
        if self._quiet:
            return
        if plan.in_ledger:
            line = f"接着上次：{plan.in_ledger}/{plan.files} 个文件已有结果，只核对内容 / going on: results are there, checking for changes"
            tqdm.write(line, file=sys.stderr)
        self._bar = tqdm(total=plan.files, desc="评分 scoring", unit="份", file=sys.stderr, disable=None, dynamic_ncols=True)

    def outcome(self, outcome: Outcome) -> None:
        """A file is done."""
        if self._bar is None:
            return
        self._failed += len(outcome.failures)
        self._characters += outcome.characters
        rate = self._characters / max(self._bar.format_dict["elapsed"], 0.1)
        self._bar.set_postfix_str(f"失败 failed {self._failed}，{rate / 1000:,.0f} 千字/s", refresh=False)
        self._bar.update()

    def close(self) -> None:
        """Leave the last state standing."""
        if self._bar is not None:
            self._bar.close()


@contextmanager
def progress(*, quiet: bool, verbose: int) -> Iterator[Bar]:
    """Show a bar unless quiet, and the log of this library: failures from 1, everything from 2."""
    log = logging.getLogger("formalism_nlp")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    bar = Bar(quiet)
    if verbose:
        log.addHandler(handler)
        log.setLevel(logging.INFO if verbose == 1 else logging.DEBUG)
    try:
        with logging_redirect_tqdm(loggers=[log]):
            yield bar
    finally:
        bar.close()
        log.removeHandler(handler)
