"""Models and norms on disk: npz without pickle beside a JSON manifest with its hash."""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from formalism_nlp.analysis.classifier import OUTPUTS, Model, NgramTable
from formalism_nlp.analysis.norms import GenreNorm, Norms
from formalism_nlp.store.whole_files import read_bytes, read_json, write_whole
from formalism_nlp.values.errors import ModelError

# 2: the temperature is among the weights, so that the version names it, too; 3: no words of headings;
# 4: a network in the first pass, a threshold of specific.
MODEL_SCHEMA = 4
_ARRAYS = (
    "sentence_weights", "dense_weights", "unit_bias", "first_weights", "first_bias", "second_mean", "second_spread",
    "hidden_weights", "hidden_bias", "pair_weights", "pair_bias",
)  # fmt: skip


def save_model(model: Model, folder: str | os.PathLike[str], *, provenance: dict[str, Any]) -> str:
    """Write ``weights.npz`` and ``model.json``; the same model gives the same bytes.

    Args:
        model: compiled model.
        folder: is made when missing.
        provenance: data hashes, settings and scores, stored as they are.

    Returns:
        The model version: twelve hex digits of the weights' SHA-256.
    """
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    arrays = {name: getattr(model, name) for name in _ARRAYS}
    arrays["temperature"] = np.array(model.temperature)
    arrays["specific_threshold"] = np.array(model.specific_threshold)
    np.savez_compressed(buffer, sentence_keys=model.sentence.keys, **arrays)
    body = buffer.getvalue()
    digest = hashlib.sha256(body).hexdigest()
    manifest = {
        "schema": MODEL_SCHEMA,
        "sha256": digest,
        "outputs": list(OUTPUTS),
        "lexicon": model.lexicon_version,
        "characters": model.characters,
        "sentence_longest": model.sentence.longest,
        "dense_names": list(model.dense_names),
        "provenance": provenance,
    }
    write_whole(target / "weights.npz", body)
    write_whole(target / "model.json", (json.dumps(manifest, ensure_ascii=True, indent=1, sort_keys=True) + "\n").encode())
    return digest[:12]


def load_model(folder: str | os.PathLike[str]) -> Model:
    """Read a model folder.

    Raises:
        ModelError: F301 when a file is missing, of another schema, or does not have the hash the manifest names.
    """
    path = Path(folder)
    manifest = read_json(path / "model.json")
    if manifest.get("schema") != MODEL_SCHEMA or manifest.get("outputs") != list(OUTPUTS):
        raise ModelError("F301", str(path), f"model schema {manifest.get('schema')!r}; this library reads {MODEL_SCHEMA}")
    body = read_bytes(path / "weights.npz")
    digest = hashlib.sha256(body).hexdigest()
    if digest != manifest["sha256"]:
        raise ModelError("F301", str(path / "weights.npz"), "the hash differs from model.json; restore the pair or train again")
    try:
        with np.load(io.BytesIO(body), allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        for array in arrays.values():
            array.flags.writeable = False
        return Model(
            characters=manifest["characters"],
            lexicon_version=manifest["lexicon"],
            dense_names=tuple(manifest["dense_names"]),
            sentence=NgramTable(arrays.pop("sentence_keys"), manifest["sentence_longest"]),
            temperature=float(arrays.pop("temperature")),
            specific_threshold=float(arrays.pop("specific_threshold")),
            version=digest[:12],
            **arrays,
        )
    except (KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise ModelError("F301", str(path), f"{type(error).__name__}: {error}") from error


def save_norms(norms: Norms, folder: str | os.PathLike[str]) -> str:
    """Write ``norms.json``; returns the norms' version (twelve hex digits)."""
    body = {
        "schema": 1,
        "aliases": dict(sorted(norms.aliases.items())),
        "genres": {
            name: {
                "size": genre.size,
                "trace_mean": genre.trace_mean,
                "values": {index: [round(float(v), 6) for v in values] for index, values in sorted(genre.values.items())},
            }
            for name, genre in sorted(norms.genres.items())
        },
    }
    text = json.dumps(body, ensure_ascii=False, indent=1) + "\n"
    Path(folder).mkdir(parents=True, exist_ok=True)
    write_whole(Path(folder) / "norms.json", text.encode())
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def load_norms(folder: str | os.PathLike[str]) -> Norms:
    """Read ``norms.json`` of a model folder.

    Raises:
        ModelError: F301 when it is missing or damaged.
    """
    path = Path(folder) / "norms.json"
    body = read_json(path)
    try:
        genres = {
            name: GenreNorm(
                name, row["size"], row["trace_mean"], {index: np.array(v, dtype=np.float64) for index, v in row["values"].items()}
            )
            for name, row in body["genres"].items()
        }
        return Norms(genres, dict(body["aliases"]), hashlib.sha256(read_bytes(path)).hexdigest()[:12])
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError("F301", str(path), f"{type(error).__name__}: {error}") from error
