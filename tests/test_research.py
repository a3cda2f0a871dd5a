"""scikit-learn's own checks, pipelines over text, the pandas accessor, polars.

scikit-learn's estimator checks feed numbers. Each estimator is therefore also put behind an adapter that writes every row of
numbers as a text; through it the checks reach our fit, predict and transform. ``SKIPPED`` lists what cannot apply, and why.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.utils import estimator_checks
from sklearn.utils.validation import validate_data

import formalism_nlp as fn
from formalism_nlp import store
from formalism_nlp.research import FormalismFeatures, SentenceClassifier
from formalism_nlp.research.estimators import BLOCKS
from formalism_nlp.values.errors import FormalismError

HOLLOW = ["要高度重视，狠抓落实。", "要提高政治站位。", "坚持凝心聚力、真抓实干。", "切实增强责任感使命感。"]
SOLID = ["修通入户路86公里。", "危房改造12户，全部入住。", "低保金由5天到账降到1天。", "新建水厂3座，供水6100人。"]
NO_TEXT = "rows of numbers are the subject of this check; the adapter's own validation answers, not ours"
SKIPPED = {
    "FormalismFeatures": {
        "check_n_features_in_after_fitting": NO_TEXT,
    },
    "SentenceClassifier": {
        "check_n_features_in_after_fitting": NO_TEXT,
    },
}


def write(row: np.ndarray) -> str:
    """A row of numbers as Chinese text: one character for each column and each fifth of a unit of its value."""
    words = []
    for column, value in enumerate(row):
        step = int(np.clip(np.round(value * 5), -100, 100)) + 100
        words += [chr(0x4E00 + 37 * column + near) for near in range(step, step + 3)] + ["，"]
    return "".join(words) + "。"


class _Numbers(BaseEstimator):
    """Takes what scikit-learn's checks send, validates it as any estimator must, and hands texts on."""

    def fit(self, X: Any, y: Any = None) -> Any:
        X = validate_data(self, X, ensure_min_samples=1, dtype=np.float64)
        super().fit([write(row) for row in X], y)
        return self

    def _read(self, X: Any) -> list[str]:
        estimator_checks.check_is_fitted(self)
        return [write(row) for row in validate_data(self, X, reset=False, dtype=np.float64)]

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string, tags.input_tags.two_d_array, tags.input_tags.one_d_array = False, True, False
        tags.input_tags.allow_nan = tags.no_validation = False
        return tags


class NumberFeatures(_Numbers, FormalismFeatures):
    def transform(self, X: Any) -> Any:
        return super().transform(self._read(X))


class NumberClassifier(_Numbers, SentenceClassifier):
    def predict(self, X: Any) -> Any:
        return super().predict(self._read(X))

    def predict_proba(self, X: Any) -> Any:
        return super().predict_proba(self._read(X))

    def decision_function(self, X: Any) -> Any:
        return super().decision_function(self._read(X))


def checks() -> list[Any]:
    made = [
        (NumberFeatures(["functions", "size"], undefined=0.0), SKIPPED["FormalismFeatures"]),
        (NumberClassifier(ngrams=(1, 2)), SKIPPED["SentenceClassifier"]),
    ]
    out = []
    for estimator, skipped in made:
        for _, check in estimator_checks.estimator_checks_generator(estimator, legacy=True):
            name = getattr(check, "func", check).__name__
            marks = [pytest.mark.skip(reason=skipped[name])] if name in skipped else []
            out.append(pytest.param(estimator, check, marks=marks, id=f"{type(estimator).__name__}-{name}-{len(out)}"))
    assert all(name in str(out) for skipped in SKIPPED.values() for name in skipped)
    return out


@pytest.mark.parametrize(("estimator", "check"), checks())
def test_scikit_learn_checks(estimator: Any, check: Any) -> None:
    check(clone(estimator))


@pytest.mark.parametrize("estimator", [FormalismFeatures(), SentenceClassifier()], ids=lambda e: type(e).__name__)
def test_laws_on_text_itself(estimator: Any) -> None:
    """The laws behind the checks, on text: no work before fit, parameters untouched, order and subsets do not matter."""
    texts, labels = HOLLOW + SOLID, ["空"] * 4 + ["实"] * 4
    before = clone(estimator).get_params()
    with pytest.raises(NotFittedError):
        (estimator.transform if hasattr(estimator, "transform") else estimator.predict)(texts)
    fitted = clone(estimator).fit(texts, labels)
    assert repr(fitted.get_params()) == repr(before)
    use = fitted.transform if hasattr(fitted, "transform") else fitted.predict_proba
    whole = use(texts)
    assert np.allclose(use(texts[::-1])[::-1], whole, equal_nan=True)
    assert np.allclose(np.vstack([use([text]) for text in texts]), whole, equal_nan=True)
    assert np.allclose(use(pd.Series(texts)), use(pd.DataFrame({"t": texts})), equal_nan=True)
    assert np.allclose(use(np.array(texts, dtype=object)[:, None]), whole, equal_nan=True)
    again = clone(estimator).fit(texts, labels)
    assert np.allclose((again.transform if hasattr(again, "transform") else again.predict_proba)(texts), whole, equal_nan=True)


def test_features_equal_the_report(sample_text: str) -> None:
    report = fn.score(sample_text)
    frame = FormalismFeatures(list(BLOCKS)).set_output(transform="pandas").fit_transform(pd.Series([sample_text], index=["甲"]))
    assert list(frame.columns) == [name for block in BLOCKS.values() for name in block]
    row = frame.loc["甲"]
    assert BLOCKS["indices"] == tuple(report.indices)
    for name, index in report.indices.items():
        assert row[name] == pytest.approx(index.value, nan_ok=True)
    assert row["sentences"] == sum(s.weight > 0 for s in report.sentences)
    shares = row[[f"share_{name.lower()}" for name in ("SLOGAN", "ACTIVITY", "RESULT", "PLAN", "PROBLEM", "OTHER")]]
    assert shares.sum() == pytest.approx(1)


def test_bad_texts_are_undefined_rows() -> None:
    made = FormalismFeatures(undefined=-1.0).fit_transform([None, "", math.nan, "修路86公里。"])
    assert (made[:3] == -1).all() and (made[3] != -1).any()


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: FormalismFeatures(["no such block"]).fit(HOLLOW), "F406"),
        (lambda: FormalismFeatures([]).fit(HOLLOW), "F406"),
        (lambda: FormalismFeatures(genre="小说").fit_transform(HOLLOW), "F401"),
        (lambda: FormalismFeatures().fit("一段话"), "F110"),
        (lambda: FormalismFeatures().fit(pd.DataFrame({"a": HOLLOW, "b": HOLLOW})), "F110"),
        (lambda: SentenceClassifier().fit([*HOLLOW, None], [0, 1, 0, 1, 0]), "F110"),
    ],
)
def test_wrong_input_is_named(make: Any, code: str) -> None:
    with pytest.raises(FormalismError) as error:
        make()
    assert error.value.code == code


def test_in_a_grid_search_over_documents() -> None:
    files = sorted((store.data_folder("corpora") / "documents").glob("A?-*.txt"))
    kept = [p for p in files if p.stem.endswith(("-slogan", "-substance"))]
    texts, levels = [p.read_text(encoding="utf-8") for p in kept], [p.stem.split("-")[1] for p in kept]
    pipeline = make_pipeline(FormalismFeatures(undefined=0.0), LogisticRegression(max_iter=1000))
    grid = {"formalismfeatures__blocks": [("functions",), ("indices", "functions")], "logisticregression__C": [1.0]}
    search = GridSearchCV(pipeline, grid, cv=2).fit(texts, levels)
    assert search.best_score_ > 0.8
    boosted = make_pipeline(FormalismFeatures(["functions"]), HistGradientBoostingClassifier(min_samples_leaf=2, max_iter=20))
    assert (boosted.fit(texts, levels).predict([*texts[:2], ""])[:2] == levels[:2]).all()


def test_in_a_column_transformer() -> None:
    frame = pd.DataFrame({"text": HOLLOW + SOLID, "level": [1, 2] * 4})
    for column in ("text", ["text"]):
        made = ColumnTransformer([("text", FormalismFeatures(["size"]), column), ("rest", "passthrough", ["level"])])
        names = made.fit(frame).get_feature_names_out()
        assert list(names) == ["text__characters", "text__sentences", "rest__level"]
        assert made.transform(frame).shape == (8, 3)


def test_classifier_learns_and_names_its_columns() -> None:
    labels = np.array([0] * 4 + [1] * 4)
    for lexicon in (True, False):
        model = SentenceClassifier(lexicon=lexicon).fit(HOLLOW + SOLID, labels)
        assert (model.predict(HOLLOW + SOLID) == labels).all()
        assert model.predict_proba(["修桥3座，供水120户。"])[0, 1] > 0.5
        assert len(model.get_feature_names_out()) == model.model_.coef_.shape[1]
    search = GridSearchCV(SentenceClassifier(), {"C": [0.5, 4.0], "ngrams": [(1, 2), (1, 3)]}, cv=2).fit(HOLLOW + SOLID, labels)
    assert search.best_params_["C"] in (0.5, 4.0)


def test_accessor_keeps_the_index_and_the_frame(sample_text: str) -> None:
    frame = pd.DataFrame({"text": [sample_text, None, "修路86公里。建房12间。"]}, index=["甲", "乙", "丙"])
    before = frame.copy()
    scored = frame.formalism.score("text")
    assert list(scored.index) == ["甲", "乙", "丙"] and scored.loc["乙", "error_code"] == "F110"
    pd.testing.assert_frame_equal(scored, fn.score_frame(frame, "text"))
    sentences = frame.loc[["甲", "丙"]].formalism.sentences()
    assert sentences.loc["丙", "text"].tolist() == ["修路86公里。", "建房12间。"]
    pd.testing.assert_frame_equal(frame, before)
    with pytest.raises(FormalismError, match="F110"):
        frame.formalism.sentences("no")
    with pytest.raises(FormalismError, match="F110"):
        frame.formalism.sentences("text")


def test_polars_in_polars_out(sample_text: str) -> None:
    polars = pytest.importorskip("polars")
    texts = [sample_text, None, "修路86公里。"]
    made = fn.score_frame(polars.DataFrame({"t": texts}), "t")
    plain = fn.score_frame(pd.DataFrame({"t": texts}), "t")
    assert isinstance(made, polars.DataFrame) and made.columns == list(plain.columns)
    for column in plain.columns.drop("error"):  # which says how each library calls a missing text
        left, right = made[column].to_list(), plain[column].tolist()
        assert left == pytest.approx(right, nan_ok=True) if plain[column].dtype.kind == "f" else left == right
    with pytest.raises(FormalismError, match="F110"):
        fn.score_frame(polars.DataFrame({"t": texts}), "no")
    assert np.array_equal(
        FormalismFeatures().fit_transform(polars.DataFrame({"t": texts})),
        FormalismFeatures().fit_transform(texts),
        equal_nan=True,
    )


def test_the_guide_is_true() -> None:
    guide = Path(__file__).parent.parent / "docs" / "comparing.md"
    if not guide.is_file():
        pytest.skip("docs/ is only in the checkout")
    blocks = re.findall(r"```python\n(.*?)```", guide.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) == 4
    for block in blocks:
        exec(compile(block, str(guide), "exec"), {})  # noqa: S102 - our own guide
