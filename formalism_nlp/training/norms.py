"""Fit genre norms: score the reference corpus and keep the sorted index values of each genre."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from formalism_nlp import store
from formalism_nlp.analysis.classifier import Model
from formalism_nlp.analysis.matcher import Matcher
from formalism_nlp.analysis.norms import Norms
from formalism_nlp.analysis.scorer import Scorer
from formalism_nlp.analysis.taxonomy_model import TaxonomyModel
from formalism_nlp.corpora.reference import make_norms
from formalism_nlp.training.data import Passage
from formalism_nlp.values.document import Document

# Texts that no office would score: they would only widen the norms.
_NOT_REFERENCE = {"control-news", "technical", "official-news-1998", "formalism-news"}


def fit_norms(model: Model, matcher: Matcher, own: Sequence[Passage], taxonomy: TaxonomyModel | None = None) -> Norms:
    """Score the reference corpus with the model.

    Args:
        model: compiled model.
        matcher: its lexicon.
        own: passages of own documents (each a whole document).
        taxonomy: fitted weights of forms and stances, as users' documents are scored with.

    Returns:
        Norms; without ``../shared`` they rest on the own documents alone.
    """
    scorer = Scorer(matcher.lexicon, model, Norms({}, {}), library="norms", taxonomy=taxonomy)
    documents = [(genre, scorer.sums(document)) for genre, document in _reference(own)]
    return make_norms(documents, genre_aliases())


def genre_aliases() -> dict[str, str]:
    """Genre names, Chinese ones too → genre whose norm they use, from ``corpora/genres.json``."""
    genres = json.loads((store.data_folder("corpora") / "genres.json").read_text(encoding="utf-8"))
    out: dict[str, str] = {}
    for name, row in genres.items():
        out.update(dict.fromkeys([row["zh"], *row["aliases"]], name))
    return out


def _reference(own: Sequence[Passage]) -> Iterator[tuple[str, Document]]:
    for passage in own:
        yield passage.genre, passage.document
    shared = store.shared_corpora()
    if shared is None:
        return
    for line in (shared / "public_manifest.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["genre"] not in _NOT_REFERENCE:
            yield row["genre"], Document.from_text((shared / row["file"]).read_text(encoding="utf-8"))
