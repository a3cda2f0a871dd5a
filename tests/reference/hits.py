"""Lexicon hits by trying every rule at every character, then the overlap policy and the guards."""

from __future__ import annotations

from formalism_nlp.values.lexicon import GAP, SIGNALS, Lexicon
from tests.reference.patterns import CLAUSE_STOP, compile_patterns

Triple = tuple[int, int, int]  # start, end, rule number
LONGEST_GAP = 10


def match(lexicon: Lexicon, text: str) -> list[Triple]:
    """All hits in a normalised text, sorted; overlaps and guards resolved."""
    hits = {hit for rule in range(len(lexicon.rules)) for hit in _term_hits(lexicon, rule, text)}
    for find in compile_patterns((i, rule.pattern) for i, rule in enumerate(lexicon.rules) if rule.pattern):
        hits |= {(start, end, rule) for rule, start, end in find(text)}
    return _resolved(lexicon, {hit for hit in hits if not _guarded(lexicon, hit, hits)})


def _term_hits(lexicon: Lexicon, rule: int, text: str) -> list[Triple]:
    out = []
    for term in lexicon.rules[rule].terms:
        head, gap, tail = term.partition(GAP)
        if not gap:
            out += [(at, at + len(term), rule) for at in _everywhere(text, term)]
            continue
        for at in _everywhere(text, tail):
            first = text.rfind(head, max(0, at - LONGEST_GAP - len(head)), max(0, at - 1))
            if first >= 0 and not set(text[first + len(head) : at]) & set(CLAUSE_STOP):
                out.append((first, at + len(tail), rule))
    return out


def _everywhere(text: str, word: str) -> list[int]:
    out, at = [], text.find(word)
    while at >= 0:
        out.append(at)
        at = text.find(word, at + 1)
    return out


def _guarded(lexicon: Lexicon, hit: Triple, hits: set[Triple]) -> bool:
    guards = {i for i, rule in enumerate(lexicon.rules) if rule.id in lexicon.rules[hit[2]].unless}
    return bool(guards) and any(g[2] in guards and g[0] <= hit[0] and hit[1] <= g[1] for g in hits)


def _resolved(lexicon: Lexicon, hits: set[Triple]) -> list[Triple]:
    """Of overlapping hits with one signal keep the longest, then the leftmost, then the first rule."""
    kept = {hit for hit in hits if lexicon.rules[hit[2]].overlap == "all"}
    for signal in SIGNALS:
        taken: list[Triple] = []
        for hit in sorted(hits - kept, key=lambda hit: (hit[0] - hit[1], hit[0], hit[2])):
            if lexicon.rules[hit[2]].signal == signal and all(hit[1] <= t[0] or t[1] <= hit[0] for t in taken):
                taken.append(hit)
        kept |= set(taken)
    return sorted(kept)
