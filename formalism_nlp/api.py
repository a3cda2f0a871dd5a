"""The functions of ``import formalism_nlp as fn``."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from formalism_nlp import __version__, store
from formalism_nlp.analysis.scorer import Scorer
from formalism_nlp.values.document import Document
from formalism_nlp.values.errors import FormalismError
from formalism_nlp.values.lexicon import Lexicon
from formalism_nlp.values.report import Failure, Report
from formalism_nlp.views.frame import document_frame, polars_frame

if TYPE_CHECKING:
    import pandas as pd


@lru_cache(maxsize=1)
def default_scorer() -> Scorer:
    """The scorer of the shipped lexicon, model and norms; built once a process."""
    return load()


def load(*, lexicons: Sequence[str | os.PathLike[str] | Lexicon] = (), model: str | os.PathLike[str] | None = None) -> Scorer:
    """Build a scorer with own rules or an own model.

    Args:
        lexicons: folders of rule files (or Lexicon values) added to the shipped lexicon. Added rules give findings;
            the shipped model does not look at them.
        model: folder written by ``formalism train``; default the shipped one. Without its ``stance.json`` the rules alone
            judge forms and stances.

    Returns:
        An immutable, thread-safe Scorer.

    Raises:
        LexiconError: a rule file is wrong, or an id or term clashes with the shipped ones.
        ModelError: the model is missing, damaged or does not fit the lexicon.
    """
    lexicon = store.default_lexicon()
    for extra in lexicons:
        lexicon = lexicon.merged(extra if isinstance(extra, Lexicon) else store.load_lexicon(extra))
    folder = model if model is not None else store.model_folder()
    model_, norms, taxonomy = store.load_model(folder), store.load_norms(folder), store.find_taxonomy(folder)
    return Scorer(lexicon, model_, norms, library=__version__, taxonomy=taxonomy)


def score(document: str | Document, *, genre: str = "", parent: str | Document = "") -> Report:
    """Score one document with the shipped lexicon and model; see ``Scorer.score``.

    >>> import formalism_nlp as fn
    >>> fn.score("各位代表：我们要高度重视、狠抓落实。").status
    'insufficient_text'
    """
    return default_scorer().score(document, genre=genre, parent=parent)


def score_many(documents: Iterable[str | Document], *, genre: str = "") -> Iterator[Report | Failure]:
    """Score documents in order; a bad item is a Failure, not an exception; see ``Scorer.score_many``."""
    return default_scorer().score_many(documents, genre=genre)


def score_frame(df: pd.DataFrame, text: str = "text", *, genre: str = "") -> pd.DataFrame:
    """Score a column of texts; a pure function of its arguments, so it serves as a partition function.

    Args:
        df: any pandas frame, or a polars DataFrame.
        text: name of the column with the texts; missing values (None, NaN) become failed rows.
        genre: norm group for all rows.

    Returns:
        A frame of the same kind as ``df`` with the columns of ``views.frame.DOCUMENT_COLUMNS``, one row a row of ``df``. For pandas
        it has the index of ``df`` and ``name`` is the index label as text; for polars ``name`` is the row number.

    Raises:
        FormalismError: F110 when the column does not exist.
    """
    if text not in df.columns:
        raise FormalismError("F110", "", f"no column {text!r}; the frame has {', '.join(map(str, df.columns))}")
    if type(df).__module__.partition(".")[0] == "polars":
        values = df[text].to_list()
        return polars_frame(_score_column(range(len(values)), values, genre))  # type: ignore[no-any-return]
    return document_frame(_score_column(df.index, df[text], genre), index=df.index)


def _score_column(labels: Iterable[Any], values: Iterable[Any], genre: str) -> list[Report | Failure]:
    scorer = default_scorer()
    results: list[Report | Failure] = []
    for label, value in zip(labels, values, strict=True):
        name = str(label)
        try:
            document = (
                value if isinstance(value, Document) else Document.from_text(value, name=name) if isinstance(value, str) else None
            )
            if document is None:
                raise FormalismError("F110", name, f"got {type(value).__name__}")
            results.append(scorer.score(document, genre=genre))
        except FormalismError as error:
            results.append(Failure(name, error.code, str(error)))
    return results
