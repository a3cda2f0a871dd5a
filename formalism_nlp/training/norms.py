"""Fit genre norms: score the reference corpus and keep the sorted index values of each genre."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from formalism_nlp import store
from formalism_nlp.analysis.classifier import Model
from formalism_nlp.analysis.matcher import Matcher
from formalism_nlp.analysis.norms import Norms
from formalism_nlp.analysis.scorer import Scorer
from formalism_nlp.analysis.taxonomy_model import TaxonomyModel
from formalism_nlp.corpora.reference import LEAST_DOCUMENTS, make_norms
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
        Norms; a genre with ten public documents or more rests on these alone, the others, and all without ``../shared``, on own ones too.
    """
    scorer = Scorer(matcher.lexicon, model, Norms({}, {}), library="norms", taxonomy=taxonomy)
    aliases = genre_aliases()
    documents = [(genre, scorer.sums(document)) for genre, document in _reference(own, aliases)]
    return make_norms(documents, aliases)


def genre_aliases() -> dict[str, str]:
    """Genre names, Chinese ones too → genre whose norm they use, from ``corpora/genres.json``."""
    genres = json.loads((store.data_folder("corpora") / "genres.json").read_text(encoding="utf-8"))
    out: dict[str, str] = {}
    for name, row in genres.items():
        out.update(dict.fromkeys([row["zh"], *row["aliases"]], name))
    return out


def _reference(own: Sequence[Passage], aliases: Mapping[str, str]) -> Iterator[tuple[str, Document]]:
    """Public documents, then own ones of the genres that have too few public ones for a norm.

    Own documents are written to be hard to judge, with every label in each: they tell less about a genre than real ones.
    """
    real: Counter[str] = Counter()
    shared = store.shared_corpora()
    if shared is not None:
        for line in (shared / "public_manifest.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if row["genre"] not in _NOT_REFERENCE:
                real[aliases.get(row["genre"], row["genre"])] += 1
                yield row["genre"], Document.from_text((shared / row["file"]).read_text(encoding="utf-8"))
    for passage in own:
        if real[aliases.get(passage.genre, passage.genre)] < LEAST_DOCUMENTS:
            yield passage.genre, passage.document
