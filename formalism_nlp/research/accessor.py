"""``df.formalism``: scores beside the data they belong to."""

from __future__ import annotations

import pandas as pd

from formalism_nlp.api import default_scorer, score_frame
from formalism_nlp.values.errors import FormalismError
from formalism_nlp.values.report import Failure
from formalism_nlp.views.frame import sentence_frame


@pd.api.extensions.register_dataframe_accessor("formalism")
class FormalismAccessor:
    """Scores a column of texts of the frame it stands on; the frame itself is never changed.

    >>> import pandas as pd, formalism_nlp.research
    >>> df = pd.DataFrame({"text": ["修通入户路86公里，惠及412户。"]}, index=["甲镇"])
    >>> df.formalism.score("text").loc["甲镇", "status"]
    'insufficient_text'
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        self._frame = frame

    def score(self, text: str = "text", *, genre: str = "") -> pd.DataFrame:
        """Return one row of scores a row, with the index of the frame; see ``formalism_nlp.score_frame``."""
        return score_frame(self._frame, text, genre=genre)

    def sentences(self, text: str = "text", *, genre: str = "") -> pd.DataFrame:
        """Return one row a sentence of all texts; the index of the frame, repeated, with the sentence number as inner level.

        Args:
            text: name of the column.
            genre: norm group.

        Raises:
            FormalismError: F110 no such column, or a text is none; unlike ``score`` there is no row to hold an error.
        """
        if text not in self._frame.columns:
            raise FormalismError("F110", "", f"no column {text!r}; the frame has {', '.join(map(str, self._frame.columns))}")
        parts = []
        for result in default_scorer().score_many(self._frame[text].tolist(), genre=genre):
            if isinstance(result, Failure):
                raise FormalismError(result.code, result.name, result.message)
            parts.append(sentence_frame(result))
        if not parts:
            return pd.DataFrame(columns=["start", "end", "text", "function", "specific"])
        keys = range(len(parts))
        whole = pd.concat(parts, keys=keys, names=["row", "sentence"])
        labels = self._frame.index.to_numpy()[whole.index.get_level_values("row").to_numpy()]
        number = whole.index.get_level_values("sentence").to_numpy()
        whole.index = pd.MultiIndex.from_arrays([labels, number], names=[self._frame.index.name, "sentence"])
        return whole
