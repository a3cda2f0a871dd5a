"""The taxonomy model on disk: one JSON file in which every weight has the name of its feature."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.analysis.detection import CONTEXT_FEATURES
from formalism_nlp.analysis.taxonomy import PAIR_FEATURES, TaxonomyModel
from formalism_nlp.store.whole_files import read_bytes, read_json, write_whole
from formalism_nlp.values.errors import ModelError
from formalism_nlp.values.report import STANCES
from formalism_nlp.values.taxonomy import CODES

NAME = "stance.json"
_SCHEMA = 1
_DIGITS = 4
_KINDS = ("forms", "remedies")

Floats = NDArray[np.float64]


def save_taxonomy(model: TaxonomyModel, folder: str | os.PathLike[str], *, provenance: dict[str, Any]) -> str:
    """Write ``stance.json`` of a model folder; weights are rounded to four digits and zeros left out.

    Args:
        model: fitted weights.
        folder: is made when missing.
        provenance: data hash, settings and scores, stored as they are.

    Returns:
        The version: twelve hex digits of the file's SHA-256.
    """
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
    }
    text = json.dumps(body, ensure_ascii=False, indent=1) + "\n"
    Path(folder).mkdir(parents=True, exist_ok=True)
    write_whole(Path(folder) / NAME, text.encode())
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def load_taxonomy(folder: str | os.PathLike[str]) -> TaxonomyModel:
    """Read ``stance.json`` of a model folder.

    Raises:
        ModelError: F301 when it is missing, damaged, of another schema, or was fitted with other features.
    """
    path = Path(folder) / NAME
    body = read_json(path)
    if body.get("schema") != _SCHEMA or body.get("stances") != list(STANCES):
        raise ModelError("F301", str(path), f"schema {body.get('schema')!r}; this library reads {_SCHEMA}")
    try:
        detection, stance = body["detection"], body["stance"]
        names, stance_names = tuple(body["detection_names"]), tuple(body["stance_names"])
        return TaxonomyModel(
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
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError("F301", str(path), f"{type(error).__name__}: {error}") from error


def find_taxonomy(folder: str | os.PathLike[str]) -> TaxonomyModel | None:
    """Read ``stance.json`` of a model folder; None when it has none, then the rules alone judge forms and stances."""
    return load_taxonomy(folder) if (Path(folder) / NAME).is_file() else None


def _named(names: tuple[str, ...], weights: Floats) -> dict[str, float]:
    rounded = {name: round(float(w), _DIGITS) for name, w in zip(names, weights.tolist(), strict=True)}
    return {name: w for name, w in rounded.items() if w}


def _table(names: tuple[str, ...], columns: list[dict[str, float]]) -> Floats:
    return np.array([[column.get(name, 0.0) for column in columns] for name in names], dtype=np.float64)
