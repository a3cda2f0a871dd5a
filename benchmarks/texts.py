"""The texts benchmarks run on."""

from __future__ import annotations

from formalism_nlp import store


def load_texts(*, smoke: bool = False) -> tuple[list[str], str]:
    """Provincial reports of 2026 when ``../shared`` is there, else own documents three times over; and where they come from."""
    shared = store.shared_corpora()
    paths = sorted((shared / "public").glob("P26*.txt")) if shared else []
    if paths:
        return [path.read_text(encoding="utf-8") for path in paths[: 2 if smoke else None]], "reports of ../shared"
    own = sorted((store.data_folder("corpora") / "documents").glob("*.txt"))
    texts = [path.read_text(encoding="utf-8") for path in own[: 8 if smoke else None]]
    return texts * (1 if smoke else 3), "own documents"
