"""The one order documents are listed in."""

from __future__ import annotations

import math

from formalism_nlp.values.report import Failure, Report


def rank(result: Report | Failure) -> tuple[int, float, str]:
    """Sort key: falling formalism_index, then documents without one by name, then failures by name."""
    if isinstance(result, Failure):
        return 2, 0.0, result.name
    value = result.formalism_index
    return (1, 0.0, result.document.name) if math.isnan(value) else (0, -value, result.document.name)
