"""The judge of whole documents says what the judge of sentences says, whatever else is judged with them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from formalism_nlp import store
from formalism_nlp.analysis import judging
from formalism_nlp.analysis.features import prepare_all
from formalism_nlp.analysis.judging import Judge
from formalism_nlp.analysis.scorer import Scorer
from formalism_nlp.analysis.taxonomy import TaxonomyJudge
from formalism_nlp.values.document import Document
from formalism_nlp.values.taxonomy import FORMS
from tests.test_reference import PIECES

DOCUMENTS = sorted((store.data_folder("corpora") / "documents").glob("*.txt"))
SAID = [
    "文山会海反弹回潮", "会议过多", "一些干部", "我们", "照片", "台账", "填表", "重复报送", "微信工作群", "打卡签到", "不得", "减少", "存在",
    "层层签订责任书", "推诿扯皮", "群众来信", "党建品牌", "第一书记", "“一件事”", "？", "难道", "去年", "要", "已", "由12个降到3个",
]  # fmt: skip
TEXTS = st.lists(st.lists(st.sampled_from(SAID * 3 + PIECES), min_size=1, max_size=40).map("".join), min_size=1, max_size=3)


@pytest.fixture(scope="module")
def judges(scorer: Scorer) -> tuple[Judge, TaxonomyJudge]:
    model = store.find_taxonomy(store.model_folder())
    if model is None:
        pytest.skip("no taxonomy model is shipped")
    return Judge(model, scorer.lexicon), TaxonomyJudge(model, scorer.lexicon)


def same(texts: list[str], scorer: Scorer, judges: tuple[Judge, TaxonomyJudge]) -> int:
    """Compare both judges; return how many rows they found."""
    documents = [Document.from_text(text) for text in texts]
    prepared = prepare_all(documents, scorer._matcher)
    ngrams, told = scorer._classifier.ngram_sums(prepared)
    found = judges[0].judge(prepared, scorer._classifier.predict(prepared, ngrams), told)
    for document, ours in zip(documents, found, strict=True):
        theirs = judges[1].judge(scorer.sentences_of(document))
        assert np.array_equal(ours.present, theirs.present)
        assert np.abs(ours.p - theirs.p).max() < 1e-5  # one of them multiplies in single precision
        spoken = theirs.present[:, : len(FORMS)]
        assert np.array_equal(ours.stance[spoken], theirs.stance[spoken])
        assert dict(ours.because) == dict(theirs.because)
    return sum(int(verdicts.present.sum()) for verdicts in found)


def test_on_documents(scorer: Scorer, judges: tuple[Judge, TaxonomyJudge]) -> None:
    chosen = [path.read_text(encoding="utf-8") for path in DOCUMENTS[::5]]
    assert sum(same(chosen[i : i + 4], scorer, judges) for i in range(0, len(chosen), 4)) > 50


def test_in_parts_and_at_once(scorer: Scorer, judges: tuple[Judge, TaxonomyJudge], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "_SENTENCES", 7)
    same([path.read_text(encoding="utf-8") for path in DOCUMENTS[3:6]], scorer, judges)


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(TEXTS)
def test_on_pieces(scorer: Scorer, judges: tuple[Judge, TaxonomyJudge], texts: list[str]) -> None:
    texts = [text for text in texts if text.strip()]
    if texts:
        same(texts, scorer, judges)
