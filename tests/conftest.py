"""Shared fixtures. Nothing here needs ``../shared``; what does is skipped with a plain message."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

from formalism_nlp import store
from formalism_nlp.analysis.matcher import Matcher
from formalism_nlp.analysis.scorer import Scorer
from formalism_nlp.api import default_scorer
from formalism_nlp.values.lexicon import Lexicon

# Helpers that assert: a failure shows what was compared, as in a test.
pytest.register_assert_rewrite("reading", "commenting")
# How fast a machine is fails no test: on a busy one, hypothesis' limit of 200 ms an example did.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def lexicon() -> Lexicon:
    return store.default_lexicon()


@pytest.fixture(scope="session")
def matcher(lexicon: Lexicon) -> Matcher:
    return Matcher(lexicon)


@pytest.fixture(scope="session")
def scorer() -> Scorer:
    return default_scorer()


@pytest.fixture(scope="session")
def shared() -> Path:
    folder = store.shared_corpora()
    if folder is None:
        pytest.skip("../shared/corpora is not on this machine")
    return folder


@pytest.fixture(scope="session")
def sample_text() -> str:
    return (store.data_folder("corpora") / "documents" / "A1-mixed.txt").read_text(encoding="utf-8")
