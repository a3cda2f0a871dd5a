"""``formalism train``: labelled corpora → model folder (weights, manifest, taxonomy model, norms)."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import Any

from formalism_nlp import __version__, store
from formalism_nlp.analysis.matcher import Matcher
from formalism_nlp.training.data import Passage, load_passages
from formalism_nlp.training.fit import Settings, fit
from formalism_nlp.training.norms import fit_norms
from formalism_nlp.training.taxonomy_train import train_taxonomy


def train(
    folder: str | os.PathLike[str], *, settings: Settings | None = None, public: bool = True, progress: Callable[[str], None]
) -> dict[str, Any]:
    """Fit model and norms and write them to ``folder``.

    Args:
        folder: target; files there are replaced whole.
        settings: choices made on dev.
        public: also use stand-off labels of public texts when they are on this machine.
        progress: called with one line a step.

    Returns:
        The provenance written to ``model.json``. The same data, settings and library versions give the same bytes.
    """
    settings = settings or Settings()
    matcher = Matcher(store.default_lexicon())
    passages = load_passages(("train",), public=public)
    training = fit(passages, matcher, settings, progress=progress)
    provenance = describe_data(passages) | {
        "settings": asdict(settings),
        "library": __version__,
        "seed": settings.second.seed,
    }
    version = store.save_model(training.model, folder, provenance=provenance)
    model = replace(training.model, version=version)
    progress("forms and stances")
    taxonomy = train_taxonomy(folder, model, matcher.lexicon)
    progress("norms")
    own = load_passages(("train", "dev", "test"), public=False)
    norms_version = store.save_norms(fit_norms(model, matcher, own, taxonomy), folder)
    return provenance | {"model": version, "taxonomy": taxonomy.version, "norms": norms_version}


def describe_data(passages: Sequence[Passage]) -> dict[str, Any]:
    """Counts by source and one hash over texts and labels."""
    digest = hashlib.sha256()
    counts: dict[str, dict[str, int]] = {}
    for passage in passages:
        rows = [(x.start, x.end, x.function, x.specific) for x in passage.labels]
        text = passage.document.text
        digest.update(f"{passage.doc_id}\x1f{hashlib.sha256(text.encode()).hexdigest()}\x1f{rows}\x1e".encode())
        row = counts.setdefault(passage.source, {"passages": 0, "sentences": 0})
        row["passages"] += 1
        row["sentences"] += len(rows)
    return {"data_sha256": digest.hexdigest(), "data": counts}
