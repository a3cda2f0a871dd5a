"""Sentences, findings and advice of one report; their fields are columns, each made when one of them is first read."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import overload

import numpy as np

from formalism_nlp.analysis.classifier import N_FUNCTIONS
from formalism_nlp.analysis.cues import CUES_ZH
from formalism_nlp.analysis.evidence import Columns, FindingRules, named
from formalism_nlp.analysis.official_rules import Subject, advise, first_line
from formalism_nlp.analysis.spans import Ints, where
from formalism_nlp.analysis.stance import stance_of
from formalism_nlp.analysis.taxonomy import Verdicts
from formalism_nlp.analysis.taxonomy_model import WORD
from formalism_nlp.values.report import FUNCTIONS, STANCES, Advice, Finding, Sentence
from formalism_nlp.values.rows import make_rows
from formalism_nlp.values.taxonomy import CODES, FORMS, ROW_NAMES

_FORM_NAMES = named((*CODES, ""))  # -1 is no row
_FUNCTION_NAMES, _STANCE_NAMES = named(FUNCTIONS), named(STANCES)


@dataclass(frozen=True)
class Evidence:
    """What the sentences, findings and advice of one report are made of; makes equal ones however often it is asked.

    ``genre`` is the genre its norms are of, ``parent`` the text of the document it carries out.
    """

    columns: Columns
    verdicts: Verdicts
    rules: FindingRules
    genre: str
    parent: str

    def sentences(self) -> tuple[Sentence, ...]:
        """Make the sentences."""
        return make_rows(Sentence, SentenceColumns(self.columns), len(self.columns.start))

    def findings(self) -> tuple[Finding, ...]:
        """Make the findings, sorted by start, end and rule.

        A finding carries a row of the taxonomy only when the verdicts say that its sentence speaks of that row; its stance is
        then the verdict's, else that of ``stance_of``.

        Returns:
            One finding for each lexicon hit of a shown signal, for each hit of a form or remedy rule whose row the sentence
            speaks of, for each row of a sentence that no hit speaks for, and for each sentence that is not OTHER.
        """
        places = _places(self.columns, self.verdicts, self.rules)
        return make_rows(Finding, FindingColumns(self.columns, self.verdicts, self.rules, places), len(places.start))

    def official_rules(self, sentences: tuple[Sentence, ...], findings: tuple[Finding, ...]) -> tuple[Advice, ...]:
        """Make the advice of official rules."""
        document = self.columns.document
        title = document.title or first_line(document.text)
        return advise(Subject(document.text, sentences, self.columns.level, findings, self.genre, title, self.parent))


@dataclass(frozen=True, slots=True)
class Places:
    """Start, end, rule (a number of ``FindingRules``), row (-1 for none) and sentence of each finding, in their order."""

    start: Ints
    end: Ints
    rule: Ints
    row: Ints
    sentence: Ints


def _places(c: Columns, verdicts: Verdicts, rules: FindingRules) -> Places:
    row = rules.row.take(c.hits.rule)
    with_row = where(row >= 0)  # few hits have one
    carries = with_row[where(verdicts.present[c.hit_sentence.take(with_row), row.take(with_row)])]
    silent = verdicts.present.copy()
    silent[c.hit_sentence.take(carries), row.take(carries)] = False
    said, code = silent.nonzero()
    shown = rules.shown.take(c.hits.rule)
    shown[carries] |= rules.carried.take(c.hits.rule.take(carries))
    kept_row = np.full(len(row), -1, dtype=np.int64)
    kept_row[carries] = row.take(carries)
    shown = where(shown)
    judged = rules.judged[c.function, c.specific.astype(np.int64)]
    whole = where(judged >= 0)
    of = np.concatenate([said, whole])
    start = np.concatenate([c.hits.start.take(shown), c.start.take(of)])
    end = np.concatenate([c.hits.end.take(shown), c.body_end.take(of)])
    rule = np.concatenate([c.hits.rule.take(shown), rules.first_row + code, judged.take(whole)])
    row = np.concatenate([kept_row.take(shown), code, np.full(len(whole), -1, dtype=np.int64)])
    sentence = np.concatenate([c.hit_sentence.take(shown), of])
    # One number a finding sorts it by start, end and rule; none of them is there twice.
    size = end - start
    for_size, for_rule = int(size.max(initial=0)).bit_length(), len(rules.ids).bit_length()
    # Three ascending lists, nearly: a stable sort only merges them.
    order = np.argsort((start << for_size | size) << for_rule | rules.order.take(rule), kind="stable")
    return Places(*(column.take(order) for column in (start, end, rule, row, sentence)))


class SentenceColumns:
    """The fields of the sentences of one document.

    Args:
        columns: the document.
    """

    def __init__(self, columns: Columns) -> None:
        self._columns = columns

    def columns(self, name: str) -> Mapping[str, Sequence[object]]:
        """Probabilities wait for themselves; all other fields are made at once."""
        c = self._columns
        if name.startswith("p_"):
            functions = c.probabilities[:, :N_FUNCTIONS].T.tolist()
            return {
                "p_function": list(zip(*functions, strict=True)),
                "p_specific": c.probabilities[:, N_FUNCTIONS].tolist(),
                "p_substantive": c.probabilities[:, N_FUNCTIONS + 1].tolist(),
            }
        start, end, bodies = c.start.tolist(), c.end.tolist(), c.bodies
        return {
            "start": start,
            "end": end,
            "text": _pieces(c.document.text, start, end),
            "function": _FUNCTION_NAMES.take(c.function).tolist(),
            "specific": c.specific.tolist(),
            "weight": c.weights.tolist(),
            "heading": [bodies[above] if 0 <= above != i else "" for i, above in enumerate(c.above.tolist())],
            "paragraph": c.paragraph.tolist(),
        }


class FindingColumns:
    """The fields of the findings of one document.

    Args:
        columns, verdicts: the document.
        rules: of all findings.
        places: of its findings.
    """

    def __init__(self, columns: Columns, verdicts: Verdicts, rules: FindingRules, places: Places) -> None:
        self._document = columns
        self._verdicts = verdicts
        self._rules = rules
        self._places = places

    def columns(self, name: str) -> Mapping[str, Sequence[object]]:
        """Reasons and fingerprints wait for themselves; all other fields are made at once."""
        if name in ("reason", "reason_en"):
            return self._reasons()
        if name == "fingerprint":
            return {name: Fingerprints(self._rules.heads, self._places, self._texts, self._document.bodies)}
        places, rules = self._places, self._rules
        return {
            "start": places.start.tolist(),
            "end": places.end.tolist(),
            "text": self._texts,
            "rule": rules.ids.take(places.rule).tolist(),
            "signal": rules.signals.take(places.rule).tolist(),
            "form": _FORM_NAMES.take(places.row, mode="wrap").tolist(),
            "stance": self._stances(),
            "sentence": places.sentence.tolist(),
        }

    @cached_property
    def _texts(self) -> list[str]:
        return _pieces(self._document.document.text, self._places.start.tolist(), self._places.end.tolist())

    def _stances(self) -> list[str]:
        """Stance of each finding; that of a form is the verdict's."""
        c, row, sentence = self._document, self._places.row, self._places.sentence
        form = (row >= 0) & (row < len(FORMS))
        plain = named([""] * len(c.start))
        asked = np.zeros(len(c.start), dtype=bool)
        asked[sentence[~form]] = True
        bodies, functions, headings = c.bodies, c.function.tolist(), c.above.tolist()
        for i in where(asked).tolist():
            above = headings[i]
            plain[i] = stance_of(FUNCTIONS[functions[i]], bodies[i], bodies[above] if 0 <= above != i else "")
        out = plain.take(sentence)
        forms = where(form)
        out[forms] = _STANCE_NAMES.take(self._verdicts.stance[sentence.take(forms), row.take(forms)])
        stances: list[str] = out.tolist()
        return stances

    def _reasons(self) -> dict[str, list[str]]:
        """Why each finding is one, in Chinese and in English: what its rule says around the words, or around a probability."""
        rules, rule, sentence = self._rules, self._places.rule, self._places.sentence
        told = list(self._texts)
        by_function = where((rule >= rules.first_model) & (rule < rules.first_row))
        function = rules.function.take(rule.take(by_function) - rules.first_model)
        p = self._document.probabilities[sentence.take(by_function), function]
        for k, value in zip(by_function.tolist(), p.tolist(), strict=True):
            told[k] = f"{value:.2f}"
        numbers = rule.tolist()
        for k in where(rule >= rules.first_row).tolist():
            numbers[k] = 0  # written below
        out = {
            "reason": list(map(str.join, told, map(rules.messages.__getitem__, numbers))),
            "reason_en": list(map(str.join, told, map(rules.messages_en.__getitem__, numbers))),
        }
        for k in where(rule >= rules.first_row).tolist():
            out["reason"][k], out["reason_en"][k] = self._row_reason(int(rule[k]) - rules.first_row, int(sentence[k]))
        return out

    def _row_reason(self, code: int, sentence: int) -> tuple[str, str]:
        """Why a sentence speaks of a row that no rule speaks for."""
        row = CODES[code]
        p, cues = self._verdicts.p[sentence, code], self._verdicts.because.get((sentence, code), ())
        zh, en = ROW_NAMES[row]
        words = "".join(f"“{cue.removeprefix(WORD)}”" for cue in cues if cue.startswith(WORD))
        pairs = [cue for cue in cues if not cue.startswith(WORD)]
        because = "；".join(filter(None, (*("＋".join(CUES_ZH[part] for part in cue.split("+")) for cue in pairs), words)))
        because_en = "; ".join(filter(None, (*pairs, words)))
        return (
            f"整句说的是{zh}（{row}）{f'：{because}' if because else ''}（p={p:.2f}）",
            f"the sentence speaks of {en} ({row}){f': {because_en}' if because_en else ''} (p={p:.2f})",
        )


def _pieces(text: str, starts: Sequence[int], ends: Sequence[int]) -> list[str]:
    """Stretches of a text."""
    return [text[start:end] for start, end in zip(starts, ends, strict=True)]


class Fingerprints(Sequence[str]):
    """Fingerprints of the findings of one document, made when they are asked for: hashing costs more than all else of a finding.

    Sixteen hex digits over rule, text, sentence and the number of the same finding before it.

    Args:
        heads: what the key of each rule begins with (``FindingRules.heads``).
        places: of the findings.
        texts: matched text of each finding.
        bodies: normalised sentences.
    """

    def __init__(self, heads: Sequence[bytes], places: Places, texts: Sequence[str], bodies: Sequence[str]) -> None:
        self._heads = heads
        self._places = places
        self._texts = texts
        self._bodies = bodies

    def __len__(self) -> int:
        return len(self._texts)

    @overload
    def __getitem__(self, number: int) -> str: ...

    @overload
    def __getitem__(self, number: slice) -> list[str]: ...

    def __getitem__(self, number: int | slice) -> str | list[str]:
        """One of them, or a list of some."""
        if not isinstance(number, slice):
            return self[number : number + 1 or None][0]
        sentence = self._places.sentence[number]
        if not len(sentence):
            return []
        # Several findings share a sentence: each is encoded once.
        first = int(sentence.min())
        bodies = [f"\x1f{body}\x1f".encode("utf-8", "surrogatepass") for body in self._bodies[first : int(sentence.max()) + 1]]
        heads = map(self._heads.__getitem__, self._places.rule[number].tolist())
        behind = map(bodies.__getitem__, (sentence - first).tolist())
        sha256 = hashlib.sha256
        return [
            sha256(b"".join((head, text.encode("utf-8", "surrogatepass"), body, before))).hexdigest()[:16]
            for head, text, body, before in zip(heads, self._texts[number], behind, self._before[number], strict=True)
        ]

    @cached_property
    def _before(self) -> list[bytes]:
        """How many of the same stand before each: none but where a rule is found again in an equal sentence."""
        numbers: dict[str, int] = {}
        body = np.array([numbers.setdefault(body, len(numbers)) for body in self._bodies], dtype=np.int64)
        key = body.take(self._places.sentence) * len(self._heads) + self._places.rule
        order = np.argsort(key, kind="stable")
        same = where(key.take(order[1:]) == key.take(order[:-1]))
        again = np.zeros(len(key), dtype=bool)
        again[order.take(same)] = again[order.take(same + 1)] = True
        out = [b"0"] * len(key)
        seen: dict[tuple[int, str], int] = {}
        at = where(again)
        for k, own in zip(at.tolist(), key.take(at).tolist(), strict=True):
            number = seen.get((own, self._texts[k]), 0)
            seen[own, self._texts[k]] = number + 1
            out[k] = b"%d" % number
        return out
