"""The taxonomy model on disk: a JSON file in which every weight has the name of its feature, n-grams beside it as npz."""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.analysis.classifier import NgramTable
from formalism_nlp.analysis.detection import CONTEXT_FEATURES
from formalism_nlp.analysis.taxonomy import PAIR_FEATURES, TaxonomyModel
from formalism_nlp.store.whole_files import read_bytes, read_json, write_whole
from formalism_nlp.values.errors import ModelError
from formalism_nlp.values.report import STANCES
from formalism_nlp.values.taxonomy import CODES

NAME = "stance.json"
NGRAMS = "stance.npz"
_SCHEMA = 2  # 2: n-grams instead of learnt words
_DIGITS = 4
_KINDS = ("forms", "remedies")

Floats = NDArray[np.float64]


def save_taxonomy(model: TaxonomyModel, folder: str | os.PathLike[str], *, provenance: dict[str, Any]) -> str:
    """Write ``stance.json`` and ``stance.npz`` of a model folder.

    Weights with a name are rounded to four digits and zeros left out; those of n-grams are rounded to 32 bits.

    Args:
        model: fitted weights.
        folder: is made when missing.
        provenance: data hash, settings and scores, stored as they are.

    Returns:
        The version: twelve hex digits of the file's SHA-256.
    """
    buffer = io.BytesIO()
    rows, stances = (table.astype(np.float32) for table in (model.ngram_rows, model.ngram_stances))
    np.savez_compressed(buffer, keys=model.ngrams.keys, rows=rows, stances=stances)
    body = {
        "schema": _SCHEMA,
        "stances": list(STANCES),
        "provenance": provenance,
        "context": {
            kind: _named(CONTEXT_FEATURES, model.context[:, i]) | {"bias": round(float(model.context_bias[i]), _DIGITS)}
            for i, kind in enumerate(_KINDS)
        },
        "detection": {
            code: {
                "bias": round(float(model.detection_bias[i]), _DIGITS),
                "threshold": round(float(model.threshold[i]), _DIGITS),
                "threshold_alone": round(float(model.threshold_alone[i]), _DIGITS),
                "weights": _named(model.detection_names, model.detection[:, i]),
            }
            for i, code in enumerate(CODES)
        },
        "stance": {
            name: {
                "bias": round(float(model.stance_bias[i]), _DIGITS),
                "weights": _named(model.stance_names, model.stance[:, i]) | _named(PAIR_FEATURES, model.pair[:, i]),
            }
            for i, name in enumerate(STANCES)
        },
        "detection_names": list(model.detection_names),
        "stance_names": list(model.stance_names),
        "ngrams": {
            "characters": model.characters,
            "longest": model.ngrams.longest,
            "sha256": hashlib.sha256(buffer.getvalue()).hexdigest(),
        },
    }
    text = json.dumps(body, ensure_ascii=False, indent=1) + "\n"
    Path(folder).mkdir(parents=True, exist_ok=True)
    write_whole(Path(folder) / NGRAMS, buffer.getvalue())
    write_whole(Path(folder) / NAME, text.encode())
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def load_taxonomy(folder: str | os.PathLike[str]) -> TaxonomyModel:
    """Read ``stance.json`` and ``stance.npz`` of a model folder.

    Raises:
        ModelError: F301 when it is missing, damaged, of another schema, or was fitted with other features.
    """
    path = Path(folder) / NAME
    body = read_json(path)
    if body.get("schema") != _SCHEMA or body.get("stances") != list(STANCES):
        raise ModelError("F301", str(path), f"schema {body.get('schema')!r}; this library reads {_SCHEMA}")
    try:
        detection, stance, ngrams = body["detection"], body["stance"], body["ngrams"]
        keys, rows, stances = _ngrams(path.with_name(NGRAMS), ngrams["sha256"])
        names, stance_names = tuple(body["detection_names"]), tuple(body["stance_names"])
        return TaxonomyModel(
            characters=ngrams["characters"],
            ngrams=NgramTable(keys, ngrams["longest"]),
            ngram_rows=rows,
            ngram_stances=stances,
            detection_names=names,
            detection=_table(names, [detection[code]["weights"] for code in CODES]),
            detection_bias=np.array([detection[code]["bias"] for code in CODES], dtype=np.float64),
            context=_table(CONTEXT_FEATURES, [body["context"][kind] for kind in _KINDS]),
            context_bias=np.array([body["context"][kind]["bias"] for kind in _KINDS], dtype=np.float64),
            threshold=np.array([detection[code]["threshold"] for code in CODES], dtype=np.float64),
            threshold_alone=np.array([detection[code]["threshold_alone"] for code in CODES], dtype=np.float64),
            stance_names=stance_names,
            stance=_table(stance_names, [stance[name]["weights"] for name in STANCES]),
            stance_bias=np.array([stance[name]["bias"] for name in STANCES], dtype=np.float64),
            pair=_table(PAIR_FEATURES, [stance[name]["weights"] for name in STANCES]),
            version=hashlib.sha256(read_bytes(path)).hexdigest()[:12],
        )
    except (KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise ModelError("F301", str(path), f"{type(error).__name__}: {error}") from error


def _ngrams(path: Path, sha256: str) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Keys, weights for rows and weights for stances, if the file is the one its JSON was written with."""
    stored = read_bytes(path)
    if hashlib.sha256(stored).hexdigest() != sha256:
        raise ModelError("F301", str(path), f"the hash differs from {NAME}; restore the pair or train again")
    with np.load(io.BytesIO(stored), allow_pickle=False) as arrays:
        return arrays["keys"], arrays["rows"].astype(np.float64), arrays["stances"].astype(np.float64)


def find_taxonomy(folder: str | os.PathLike[str]) -> TaxonomyModel | None:
    """Read ``stance.json`` of a model folder; None when it has none, then the rules alone judge forms and stances."""
    return load_taxonomy(folder) if (Path(folder) / NAME).is_file() else None


def _named(names: tuple[str, ...], weights: Floats) -> dict[str, float]:
    rounded = {name: round(float(w), _DIGITS) for name, w in zip(names, weights.tolist(), strict=True)}
    return {name: w for name, w in rounded.items() if w}


def _table(names: tuple[str, ...], columns: list[dict[str, float]]) -> Floats:
    return np.array([[column.get(name, 0.0) for column in columns] for name in names], dtype=np.float64)
