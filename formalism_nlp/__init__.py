"""formalism_nlp — how much of a Chinese official document is slogan, trace or checkable substance.

It measures wording, never truth or diligence.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# Names load on first use (PEP 562), so that ``import formalism_nlp`` pulls in no heavy package.
_WHERE = {
    "Document": "formalism_nlp.values.document",
    "Report": "formalism_nlp.values.report",
    "Failure": "formalism_nlp.values.report",
    "Lexicon": "formalism_nlp.values.lexicon",
    "FormalismError": "formalism_nlp.values.errors",
    "Scorer": "formalism_nlp.analysis.scorer",
    "read": "formalism_nlp.readers",
    "load": "formalism_nlp.api",
    "score": "formalism_nlp.api",
    "score_many": "formalism_nlp.api",
    "score_frame": "formalism_nlp.api",
}
__all__ = [
    "Document", "Failure", "FormalismError", "Lexicon", "Report", "Scorer", "__version__",
    "load", "read", "score", "score_frame", "score_many",
]  # fmt: skip

if TYPE_CHECKING:
    from formalism_nlp.analysis.scorer import Scorer
    from formalism_nlp.api import load, score, score_frame, score_many
    from formalism_nlp.readers import read
    from formalism_nlp.values.document import Document
    from formalism_nlp.values.errors import FormalismError
    from formalism_nlp.values.lexicon import Lexicon
    from formalism_nlp.values.report import Failure, Report


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_WHERE[name]), name)


def __dir__() -> list[str]:
    return __all__
