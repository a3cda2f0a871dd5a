"""scikit-learn estimators over texts: document features from the shipped model, and a sentence classifier for own labels.

Both take texts where other estimators take a matrix: a list, a pandas or polars column, or a frame or array with one column, so
they stand in a Pipeline, a ColumnTransformer (``("text")`` or ``(["text"])``) and a GridSearchCV.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_consistent_length, check_is_fitted, column_or_1d

from formalism_nlp import store
from formalism_nlp.analysis.matcher import Matcher
from formalism_nlp.analysis.normal import normalise
from formalism_nlp.api import default_scorer
from formalism_nlp.values.errors import FormalismError
from formalism_nlp.values.lexicon import SIGNALS
from formalism_nlp.values.report import FUNCTIONS, INDEX_NAMES, Report

Floats = NDArray[np.float64]
_INDICES = (*INDEX_NAMES, "slogan_hits_per_1000", "unsupported_results", "cheap_talk", "internal_reuse", "checkable_results")
_SHOWN = ("slogan", "doctrine", "hedge", "trace", "substance")
BLOCKS: dict[str, tuple[str, ...]] = {
    "indices": _INDICES,
    "functions": (*(f"share_{name.lower()}" for name in FUNCTIONS), "share_specific"),
    "signals": tuple(f"{signal}_per_1000" for signal in _SHOWN),
    "size": ("characters", "sentences"),
}


def texts_of(X: Any) -> list[Any]:
    """Return the items of a column of texts.

    Args:
        X: list, Series, 1-D array, or frame or array with exactly one column.

    Raises:
        FormalismError: F110 for a single text or more than one column.
    """
    if isinstance(X, (str, bytes)):
        raise FormalismError("F110", "", "a list of texts is expected, got one text")
    if hasattr(X, "columns") and not isinstance(X, np.ndarray):
        if len(X.columns) != 1:
            raise FormalismError("F110", "", f"one column of texts is expected, got {len(X.columns)}")
        return list(X[X.columns[0]])
    if isinstance(X, np.ndarray) and X.ndim == 2 and X.shape[1] == 1:
        return [row[0] for row in X.tolist()]
    if getattr(X, "ndim", 1) != 1 or sp.issparse(X):
        raise FormalismError("F110", "", f"one column of texts is expected, got shape {X.shape}")
    return list(X)


class FormalismFeatures(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Texts → named document features by the shipped lexicon and model. Nothing is learnt from the data.

    Args:
        blocks: any of ``"indices"`` (indices and companions, docs/indices.md), ``"functions"`` (shares, 0–1, of characters by
            sentence function and of specific sentences, from calibrated probabilities), ``"signals"`` (findings per 1,000
            characters by signal), ``"size"`` (counted characters and sentences).
        genre: norm group of all texts, for ``formalism_index`` and ``trace_padding``.
        undefined: stands where a feature is undefined: short texts, empty or missing texts. HistGradientBoosting takes NaN,
            linear models need a number or an imputer.

    Attributes:
        feature_names_out_: names of the columns.
        versions_: lexicon, model and norms in use.

    Examples:
        >>> from formalism_nlp.research import FormalismFeatures
        >>> FormalismFeatures(blocks=["size"]).fit_transform(["修通入户路86公里。"]).tolist()
        [[9.0, 1.0]]
    """

    def __init__(self, blocks: Sequence[str] = ("indices", "functions"), *, genre: str = "", undefined: float = math.nan) -> None:
        self.blocks = blocks
        self.genre = genre
        self.undefined = undefined

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002 - scikit-learn's signature
        """Check the parameters; texts are only counted."""
        texts_of(X)
        unknown = [block for block in self.blocks if block not in BLOCKS]
        if unknown or not len(self.blocks):
            raise FormalismError("F406", "blocks", f"{unknown or 'none'}; known: {', '.join(BLOCKS)}")
        self.feature_names_out_ = np.array([name for block in self.blocks for name in BLOCKS[block]], dtype=object)
        self.versions_ = default_scorer().versions
        return self

    def transform(self, X: Any) -> Floats:
        """Return (texts, features); a text that cannot be scored is a row of ``undefined``.

        Raises:
            FormalismError: F401 unknown genre; F110 X is no column of texts.
        """
        check_is_fitted(self)
        texts = [item if isinstance(item, str) else None for item in texts_of(X)]
        default_scorer().score("核对文种。", genre=self.genre)  # an unknown genre is an error of the caller, not of a row
        rows = np.full((len(texts), len(self.feature_names_out_)), math.nan)
        for i, result in enumerate(default_scorer().score_many(("" if t is None else t for t in texts), genre=self.genre)):
            if isinstance(result, Report):
                values = _features(result)
                rows[i] = [values[name] for name in self.feature_names_out_]
        return np.where(np.isnan(rows), self.undefined, rows)

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:  # noqa: ARG002
        """Return the names of the columns of ``transform``; input names play no part."""
        check_is_fitted(self)
        return np.asarray(self.feature_names_out_, dtype=object)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string, tags.input_tags.two_d_array, tags.input_tags.one_d_array = True, False, True
        tags.input_tags.allow_nan = True
        tags.no_validation = True
        return tags


def _features(report: Report) -> dict[str, float]:
    values = {name: report.indices[name].value for name in _INDICES}
    weights = np.array([s.weight for s in report.sentences], dtype=np.float64)
    total = float(weights.sum())
    p = np.array([(*s.p_function, s.p_specific) for s in report.sentences])
    shares = weights @ p / total if total else np.full(len(FUNCTIONS) + 1, math.nan)
    values.update(zip(BLOCKS["functions"], shares.tolist(), strict=True))
    for signal in _SHOWN:
        hits = sum(finding.signal == signal for finding in report.findings)
        values[f"{signal}_per_1000"] = 1000.0 * hits / total if total else math.nan
    values.update(characters=total, sentences=float((weights > 0).sum()))
    return values


@lru_cache(maxsize=1)
def _matcher() -> Matcher:
    return Matcher(store.default_lexicon())


class SentenceClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Sentences → labels of your own: character n-grams (TF-IDF) and lexicon hits under a logistic regression.

    For labels that the shipped model does not know, and for baselines; for the six functions the shipped model, which also
    looks at headings and neighbours, is better.

    Args:
        C: inverse strength of the L2 penalty, over 0.
        ngrams: shortest and longest character n-gram.
        min_df: sentences an n-gram must stand in.
        lexicon: also count the hits of each rule of the shipped lexicon.
        class_weight: as for scikit-learn's LogisticRegression: a dict, ``"balanced"`` or None.
        max_iter: most iterations of the fit.

    Attributes:
        classes_: the labels, sorted.
        vectorizer_: the fitted TfidfVectorizer.
        model_: the fitted LogisticRegression.
        n_iter_: iterations it took.

    Examples:
        >>> from formalism_nlp.research import SentenceClassifier
        >>> texts = ["要高度重视。", "要提高站位。", "修路86公里。", "建房12间。"]
        >>> SentenceClassifier().fit(texts, ["空", "空", "实", "实"]).predict(["修桥3座，建房9间。"]).tolist()
        ['实']
    """

    def __init__(
        self,
        *,
        C: float = 4.0,
        ngrams: tuple[int, int] = (1, 3),
        min_df: int = 1,
        lexicon: bool = True,
        class_weight: Any = None,
        max_iter: int = 500,
    ) -> None:
        self.C = C
        self.ngrams = ngrams
        self.min_df = min_df
        self.lexicon = lexicon
        self.class_weight = class_weight
        self.max_iter = max_iter

    def fit(self, X: Any, y: ArrayLike) -> Self:
        """Learn from sentences and their labels.

        Raises:
            FormalismError: F110 a sentence is no string.
            ValueError: by scikit-learn: lengths differ, fewer than two labels, an impossible parameter.
        """
        texts = _strings(X)
        if y is None:
            raise ValueError("This SentenceClassifier estimator requires y to be passed, but the target y is None")
        labels = column_or_1d(y, warn=True)
        check_consistent_length(texts, labels)
        check_classification_targets(labels)
        self.vectorizer_ = TfidfVectorizer(
            analyzer="char", ngram_range=tuple(self.ngrams), min_df=self.min_df, sublinear_tf=True, lowercase=False
        ).fit(texts)
        model = LogisticRegression(C=self.C, class_weight=self.class_weight, max_iter=self.max_iter)
        self.model_ = model.fit(self._matrix(texts), labels)
        self.classes_ = self.model_.classes_
        self.n_iter_ = int(self.model_.n_iter_.max())
        return self

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the most probable label of each sentence."""
        check_is_fitted(self)
        return np.asarray(self.model_.predict(self._matrix(_strings(X))))

    def predict_proba(self, X: Any) -> Floats:
        """Return (sentences, classes) probabilities in the order of ``classes_``; not calibrated on held-out data."""
        check_is_fitted(self)
        return np.asarray(self.model_.predict_proba(self._matrix(_strings(X))))

    def decision_function(self, X: Any) -> Floats:
        """Return the linear scores behind ``predict``: (sentences,) for two classes, else (sentences, classes)."""
        check_is_fitted(self)
        return np.asarray(self.model_.decision_function(self._matrix(_strings(X))))

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[np.object_]:  # noqa: ARG002
        """Return the names of the columns of ``model_.coef_``: ``ngram:…``, then ``rule:…``."""
        check_is_fitted(self)
        names = [f"ngram:{gram}" for gram in self.vectorizer_.get_feature_names_out()]
        rules = [f"rule:{rule.id}" for rule in _matcher().lexicon.rules] if self.lexicon else []
        return np.array(names + rules, dtype=object)

    def _matrix(self, texts: list[str]) -> sp.csr_matrix:
        grams = self.vectorizer_.transform(texts)
        if not self.lexicon:
            return grams
        matcher = _matcher()
        hits = [(row, hit.rule) for row, text in enumerate(texts) for hit in matcher.match(text)]
        rows, columns = zip(*hits, strict=True) if hits else ((), ())
        counts = sp.coo_matrix((np.ones(len(rows)), (rows, columns)), shape=(len(texts), len(matcher.lexicon.rules)))
        return sp.hstack([grams, counts.tocsr().log1p()], format="csr")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string, tags.input_tags.two_d_array, tags.input_tags.one_d_array = True, False, True
        tags.no_validation = True
        return tags


def _strings(X: Any) -> list[str]:
    """The sentences in normal form; an empty list or an item that is no text is an error."""
    texts = texts_of(X)
    if not texts:
        raise ValueError("Found array with 0 sample(s) while a minimum of 1 is required.")
    for number, text in enumerate(texts):
        if not isinstance(text, str):
            raise FormalismError("F110", str(number), f"got {type(text).__name__}")
    return [normalise(text) for text in texts]


assert set(_SHOWN) <= set(SIGNALS)
