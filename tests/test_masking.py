"""Hidden characters: how many, where, and that nothing else changes."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from formalism_nlp.training.masking import HIDDEN, masked


@example(["a\x00", "\ud800b"], 0.5, 0)
@given(st.lists(st.text(max_size=30), max_size=8), st.floats(0, 1), st.integers(0, 9))
def test_only_hidden_characters_differ(sentences: list[str], share: float, seed: int) -> None:
    out = masked(sentences, share, np.random.default_rng(seed))
    assert [len(sentence) for sentence in out] == [len(sentence) for sentence in sentences]
    assert all(b in (a, HIDDEN) for one, other in zip(sentences, out, strict=True) for a, b in zip(one, other, strict=True))


def test_about_the_share_is_hidden_and_each_draw_is_another() -> None:
    sentences = ["全年召开专题会议十二次，建立问题台账三十六份。"] * 400
    rng = np.random.default_rng(0)
    once, again = masked(sentences, 0.15, rng), masked(sentences, 0.15, rng)
    hidden = "".join(once).count(HIDDEN) / len("".join(once))
    assert 0.11 < hidden < 0.15  # runs overlap or end with the sentence
    assert once != again
    assert masked(sentences, 0.15, np.random.default_rng(0)) == once
    assert masked(sentences, 0.0, rng) == sentences
