"""The taxonomy model on disk: a JSON file with names, thresholds and the weights a person can read, the others beside it as npz."""

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
from formalism_nlp.analysis.taxonomy_model import PAIR_FEATURES, TaxonomyModel
from formalism_nlp.store.whole_files import read_bytes, read_json, write_whole
from formalism_nlp.values.errors import ModelError
from formalism_nlp.values.report import STANCES

NAME = "stance.json"
ARRAYS = "stance.npz"
_SCHEMA = 2  # 2: a network over character n-grams
_DIGITS = 4
_KINDS = ("forms", "remedies")
_STORED = ("ngram_inputs", "named_inputs", "input_bias", "forms", "forms_bias", "ngram_stances")

Floats = NDArray[np.float64]


def save_taxonomy(model: TaxonomyModel, folder: str | os.PathLike[str], *, provenance: dict[str, Any]) -> str:
    """Write ``stance.json`` and ``stance.npz`` of a model folder.

    The weights in the JSON file are rounded to four digits and zeros left out, those in the npz to 32 bits.

    Args:
        model: fitted weights.
        folder: is made when missing.
        provenance: data hash, settings and scores, stored as they are.

    Returns:
        The version: twelve hex digits of the JSON file's SHA-256; it names the hash of the other file, too.
    """
    buffer = io.BytesIO()
    np.savez_compressed(buffer, keys=model.ngrams.keys, **{name: getattr(model, name).astype(np.float32) for name in _STORED})
    body = {
        "schema": _SCHEMA,
        "stances": list(STANCES),
        "provenance": provenance,
        "names": list(model.names),
        "threshold": [round(float(t), _DIGITS) for t in model.threshold],
        "context": {
            kind: _named(CONTEXT_FEATURES, model.context[:, i]) | {"bias": round(float(model.context_bias[i]), _DIGITS)}
            for i, kind in enumerate(_KINDS)
        },
        "stance": {
            name: {
                "bias": round(float(model.stance_bias[i]), _DIGITS),
                "weights": _named(model.stance_names, model.stance[:, i]) | _named(PAIR_FEATURES, model.pair[:, i]),
            }
            for i, name in enumerate(STANCES)
        },
        "stance_names": list(model.stance_names),
        "ngrams": {"characters": model.characters, "longest": model.ngrams.longest},
        "arrays_sha256": hashlib.sha256(buffer.getvalue()).hexdigest(),
    }
    text = json.dumps(body, ensure_ascii=False, indent=1) + "\n"
    Path(folder).mkdir(parents=True, exist_ok=True)
    write_whole(Path(folder) / ARRAYS, buffer.getvalue())
    write_whole(Path(folder) / NAME, text.encode())
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def load_taxonomy(folder: str | os.PathLike[str]) -> TaxonomyModel:
    """Read ``stance.json`` and ``stance.npz`` of a model folder.

    Raises:
        ModelError: F301 when one is missing, damaged, of another schema, or was fitted with other features.
    """
    path = Path(folder) / NAME
    body = read_json(path)
    if body.get("schema") != _SCHEMA or body.get("stances") != list(STANCES):
        raise ModelError("F301", str(path), f"schema {body.get('schema')!r}; this library reads {_SCHEMA}")
    try:
        stance, stance_names, ngrams = body["stance"], tuple(body["stance_names"]), body["ngrams"]
        arrays = _arrays(path.with_name(ARRAYS), body["arrays_sha256"])
        return TaxonomyModel(
            characters=ngrams["characters"],
            ngrams=NgramTable(arrays["keys"], ngrams["longest"]),
            names=tuple(body["names"]),
            **{name: arrays[name].astype(np.float64) for name in _STORED},
            context=_table(CONTEXT_FEATURES, [body["context"][kind] for kind in _KINDS]),
            context_bias=np.array([body["context"][kind]["bias"] for kind in _KINDS], dtype=np.float64),
            threshold=np.array(body["threshold"], dtype=np.float64),
            stance_names=stance_names,
            stance=_table(stance_names, [stance[name]["weights"] for name in STANCES]),
            stance_bias=np.array([stance[name]["bias"] for name in STANCES], dtype=np.float64),
            pair=_table(PAIR_FEATURES, [stance[name]["weights"] for name in STANCES]),
            version=hashlib.sha256(read_bytes(path)).hexdigest()[:12],
        )
    except (KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise ModelError("F301", str(path), f"{type(error).__name__}: {error}") from error


def _arrays(path: Path, sha256: str) -> dict[str, NDArray[Any]]:
    """The arrays, if the file is the one its JSON was written with."""
    stored = read_bytes(path)
    if hashlib.sha256(stored).hexdigest() != sha256:
        raise ModelError("F301", str(path), f"the hash differs from {NAME}; restore the pair or train again")
    with np.load(io.BytesIO(stored), allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}


def find_taxonomy(folder: str | os.PathLike[str]) -> TaxonomyModel | None:
    """Read ``stance.json`` of a model folder; None when it has none, then the rules alone judge forms and stances."""
    return load_taxonomy(folder) if (Path(folder) / NAME).is_file() else None


def _named(names: tuple[str, ...], weights: Floats) -> dict[str, float]:
    rounded = {name: round(float(w), _DIGITS) for name, w in zip(names, weights.tolist(), strict=True)}
    return {name: w for name, w in rounded.items() if w}


def _table(names: tuple[str, ...], columns: list[dict[str, float]]) -> Floats:
    return np.array([[column.get(name, 0.0) for column in columns] for name in names], dtype=np.float64)
