"""Stance corpus → ``stance.json`` of a model folder."""

from __future__ import annotations

import os
from dataclasses import asdict

from threadpoolctl import threadpool_limits

from formalism_nlp import __version__, store
from formalism_nlp.analysis.classifier import Model
from formalism_nlp.analysis.detection import RowRules
from formalism_nlp.analysis.norms import Norms
from formalism_nlp.analysis.scorer import Scorer
from formalism_nlp.analysis.taxonomy_model import TaxonomyModel
from formalism_nlp.training.stance_corpus import corpus_hash, load_documents, load_paragraphs, load_public
from formalism_nlp.training.taxonomy_fit import TaxonomySettings, fit_taxonomy, measure
from formalism_nlp.values.lexicon import Lexicon


def train_taxonomy(
    folder: str | os.PathLike[str], model: Model, lexicon: Lexicon, *, settings: TaxonomySettings | None = None
) -> TaxonomyModel:
    """Fit forms and stances on the train and dev paragraphs and write ``stance.json``.

    Args:
        folder: of ``model``.
        model: its probabilities are features.
        lexicon: the rules.
        settings: choices made on dev.

    Returns:
        The model as it was written. The same corpus, lexicon, model and settings give the same bytes.
    """
    settings = settings or TaxonomySettings()
    paragraphs = load_paragraphs(("train", "dev")) + load_documents(("train", "dev")) + load_public(("train", "dev"))
    scorer = Scorer(lexicon, model, Norms({}, {}), library="training")
    with threadpool_limits(limits=1):  # as in ``fit``: the same bytes however many threads there are
        fitted = fit_taxonomy(measure(paragraphs, scorer), RowRules(lexicon).names, model.characters, settings)
    provenance = {
        "data": {"texts": len(paragraphs), "sentences": sum(len(p.starts) for p in paragraphs), "splits": ["train", "dev"]},
        "data_sha256": corpus_hash(paragraphs),
        "model": model.version,
        "lexicon": lexicon.version,
        "settings": asdict(settings),
        "library": __version__,
    }
    store.save_taxonomy(fitted, folder, provenance=provenance)
    return store.load_taxonomy(folder)
