"""The fitted taxonomy: what it looks at, its weights, and what each input of a sentence says for a row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from formalism_nlp.analysis.classifier import NgramTable
from formalism_nlp.analysis.detection import CUE_FEATURES, RowRules, context_features
from formalism_nlp.analysis.ngrams import make_alphabet, text_of
from formalism_nlp.analysis.stance import STANCE_FEATURES
from formalism_nlp.values.errors import ModelError
from formalism_nlp.values.taxonomy import FORMS, REMEDIES

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

WORD = "word:"  # before an n-gram among the reasons for a row
# What the stance model knows of a (sentence, form) besides the sentence: the form, its family, the kind of words that speak for it.
PAIR_FEATURES = ("F1", "F2", "F3", "F4", *FORMS, "counted", "trace", "named")
LEAST_ALONE = 8  # characters: in a scrap such as 全屏 (full screen) one pair of characters would decide
_PAIRS_NAMED, _WORDS_NAMED = 2, 3  # reasons given at most


@dataclass(frozen=True)
class TaxonomyModel:
    """Fitted weights: which rows a sentence speaks of, in two passes, and a multinomial logistic model of the stance.

    First pass: a network of rectified ``units`` for the forms and a logistic model for each remedy, over the character n-grams
    of the sentence (``ngrams`` in the alphabet ``characters``, each 1/√(their number)) and over named features. ``ngram_inputs``
    (n-grams, units and ``REMEDIES``), ``named_inputs`` (``names``, the same) and ``input_bias`` lead to the units and, behind
    them, to the logits of the remedies; ``forms`` (units, ``FORMS``) and ``forms_bias`` from the units to the logits of the forms.
    Second pass (``context_features``): ``context`` (``CONTEXT_FEATURES``, 2) and ``context_bias``, for forms and for remedies. A row
    is present when its logit is over its ``threshold``.
    Stance: ``ngram_stances`` (n-grams, ``STANCES``), ``stance`` (``stance_names``, ``STANCES``), ``stance_bias``, ``pair``
    (``PAIR_FEATURES``, ``STANCES``).
    """

    characters: str
    ngrams: NgramTable
    names: tuple[str, ...]
    ngram_inputs: Floats
    named_inputs: Floats
    input_bias: Floats
    forms: Floats
    forms_bias: Floats
    context: Floats
    context_bias: Floats
    threshold: Floats
    ngram_stances: Floats
    stance_names: tuple[str, ...]
    stance: Floats
    stance_bias: Floats
    pair: Floats
    version: str = ""

    def __post_init__(self) -> None:
        if self.stance_names != STANCE_FEATURES:
            raise ModelError("F301", "", "the stance model was fitted with other features than this library has")

    @property
    def units(self) -> int:
        """Number of rectified units."""
        return len(self.forms)

    @property
    def ngram_table(self) -> tuple[Ints, Floats]:
        """Keys of the n-grams and their weights, (n-grams, units and ``REMEDIES`` and ``STANCES``), in 32 bits as they are stored."""
        return self.ngrams.keys, np.hstack([self.ngram_inputs, self.ngram_stances]).astype(np.float32)

    def inputs_of(self, rules: RowRules) -> Floats:
        """``named_inputs`` in the order of ``rules.names``; zeros for rules the model does not know.

        Raises:
            ModelError: the model looks at a rule the lexicon does not have, or at a cue this library does not have.
        """
        position = {name: i for i, name in enumerate(rules.names)}
        missing = sorted(set(self.names) - set(position))
        if missing:
            raise ModelError("F301", "", f"the stance model needs features the lexicon does not give: {', '.join(missing[:5])}")
        out = np.zeros((len(position), self.named_inputs.shape[1]))
        out[[position[name] for name in self.names]] = self.named_inputs
        return out

    def strongest(self, code: int, most: int) -> list[tuple[float, str]]:
        """The inputs that say most for a row when they stand alone.

        Args:
            code: index in ``CODES``.
            most: how many.

        Returns:
            Change of the first-pass logit against an empty sentence, and name (an n-gram of letters after ``WORD``), the greatest
            first.
        """
        weights = np.vstack([self.named_inputs, self.ngram_inputs])
        if code < len(FORMS):
            bias = self.input_bias[: self.units]
            gain = (np.maximum(weights[:, : self.units] + bias, 0.0) - np.maximum(bias, 0.0)) @ self.forms[:, code]
        else:
            gain = weights[:, self.units + code - len(FORMS)]
        words = [text_of(key, self.characters) for key in self.ngrams.keys.tolist()]
        names = [*self.names, *(WORD + word if word.isalpha() else "" for word in words)]
        order = [i for i in np.argsort(-gain, kind="stable").tolist() if names[i]]
        return [(float(gain[i]), names[i]) for i in order[:most]]

    def decide(self, logits: Floats, spoken: Bools, length: Ints) -> Bools:
        """Which rows are present.

        Args:
            logits: (sentences, ``CODES``) of the second pass.
            spoken: (sentences, ``CODES``) whether a rule that carries the row hits.
            length: characters of each sentence; of fewer than ``LEAST_ALONE`` no row is said unless a rule speaks for it.
        """
        return np.asarray((logits > self.threshold) & (spoken | (length >= LEAST_ALONE)[:, None]))

    def second_pass(self, logits: Floats, paragraph: Ints, text: Floats) -> Floats:
        """First-pass logits of whole paragraphs → second-pass logits, same shape; ``text`` is of ``text_features``."""
        both = context_features(logits, paragraph, text) @ self.context + self.context_bias
        return np.concatenate([both[:, : len(FORMS), 0], both[:, len(FORMS) :, 1]], axis=1)


@dataclass(frozen=True)
class Asked:
    """A sentence with rows that no single rule speaks for.

    ``inputs`` are those of the units and ``REMEDIES`` before the units are rectified; ``cues`` the cue features that hold in it
    (numbers in ``CUE_FEATURES``); ``codes`` the rows (indices in ``CODES``).
    """

    sentence: int
    body: str
    inputs: Floats
    cues: Ints
    codes: tuple[int, ...]


class Reasons:
    """Names what speaks most for a row in a sentence: pairs of cues, and n-grams.

    A network is linear as long as no unit changes sides: an input's share of a row's logit is its value times the sum of its
    weights to the units that are active in this sentence, each times the unit's weight for the row.

    Args:
        model: its weights.
    """

    def __init__(self, model: TaxonomyModel) -> None:
        self._model = model
        position = {name: i for i, name in enumerate(model.names)}
        at = np.array([position.get(name, -1) for name in CUE_FEATURES])
        self._cues = np.where((at >= 0)[:, None], model.named_inputs[at], 0.0)
        self._alphabet = make_alphabet(model.characters)

    def of(self, asked: Sequence[Asked]) -> dict[tuple[int, int], tuple[str, ...]]:
        """Name the reasons for some rows of some sentences.

        Returns:
            For each sentence and row at most two cue features and three n-grams (after ``WORD``; of letters alone, none inside
            another one), the strongest first.
        """
        row, at, _ = self._model.ngrams.rows([one.body for one in asked], self._alphabet)
        edges = row.searchsorted(np.arange(len(asked) + 1)).tolist()
        out = {}
        for number, one in enumerate(asked):
            own, cues = np.unique(at[edges[number] : edges[number + 1]]), np.sort(one.cues)
            for code in one.codes:
                toward = self._toward(one.inputs, code)
                pairs = _best(self._cues[cues] @ toward, cues, _PAIRS_NAMED)
                words = self._words(_best(self._model.ngram_inputs[own] @ toward, own, len(own)))
                out[one.sentence, code] = (*(CUE_FEATURES[i] for i in pairs), *(WORD + word for word in words))
        return out

    def _toward(self, inputs: Floats, code: int) -> Floats:
        """How much of each input of a unit or remedy arrives at the logit of a row."""
        model = self._model
        out = np.zeros(model.units + len(REMEDIES))
        if code < len(FORMS):
            out[: model.units] = model.forms[:, code] * (inputs[: model.units] > 0)
        else:
            out[model.units + code - len(FORMS)] = 1.0
        return out

    def _words(self, ngrams: Sequence[int]) -> list[str]:
        """The first of some n-grams that a reader can make something of."""
        out: list[str] = []
        for ngram in ngrams:
            word = text_of(int(self._model.ngrams.keys[ngram]), self._model.characters)
            if word.isalpha() and not any(word in other for other in out):
                out.append(word)
            if len(out) == _WORDS_NAMED:
                break
        return out


class Because(Mapping[tuple[int, int], tuple[str, ...]]):
    """Sentence and row → reasons, named when the first of them is looked at: most reports are never asked why.

    Args:
        reasons: names them.
        asked: sentences of one document.
    """

    def __init__(self, reasons: Reasons, asked: Sequence[Asked]) -> None:
        self._reasons, self._asked = reasons, asked

    @cached_property
    def _named(self) -> dict[tuple[int, int], tuple[str, ...]]:
        return self._reasons.of(self._asked)

    def __getitem__(self, key: tuple[int, int]) -> tuple[str, ...]:
        return self._named[key]

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return iter(self._named)

    def __len__(self) -> int:
        return sum(len(one.codes) for one in self._asked)


def _best(gain: Floats, numbers: Ints, most: int) -> list[int]:
    """The numbers with the greatest positive gains, the greatest first."""
    order = np.argsort(-gain, kind="stable")[:most]
    return [int(numbers[i]) for i in order.tolist() if gain[i] > 0]
