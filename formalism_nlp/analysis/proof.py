"""Does each rule keep what its examples promise? Used by ``formalism lexicon check`` and the tests."""

from __future__ import annotations

from collections.abc import Iterator

from formalism_nlp.analysis.matcher import Matcher
from formalism_nlp.analysis.normal import normalise
from formalism_nlp.values.lexicon import GAP, Lexicon


def broken_promises(lexicon: Lexicon) -> Iterator[str]:
    """Yield one line for each example that does not come true and each term that never matches.

    Args:
        lexicon: all rules, since rules compete for overlapping spans.

    Returns:
        Lines ``file:line rule: what was expected and what was found``; none when all is well.
    """
    matcher = Matcher(lexicon)
    yield from _broken_examples(matcher)
    yield from _unreachable_terms(matcher)


def _broken_examples(matcher: Matcher) -> Iterator[str]:
    examples = [
        (number, rule, example) for number, rule in enumerate(matcher.lexicon.rules) for example in (*rule.hit, *rule.avoid)
    ]
    found = matcher.match_each([normalise(example.text) for _, _, example in examples])
    for (number, rule, example), hits in zip(examples, found, strict=True):
        spans = tuple((hit.start, hit.end) for hit in hits if hit.rule == number)
        if spans != example.spans:
            shown = [example.text[a:b] for a, b in spans]
            wanted = [example.text[a:b] for a, b in example.spans]
            yield f"{rule.origin} {rule.id}: in “{example.text}” expected {wanted}, found {shown}"


def _unreachable_terms(matcher: Matcher) -> Iterator[str]:
    """A term standing alone must be found by its own rule, or a longer rival shadows it for ever."""
    terms = [(number, rule, term) for number, rule in enumerate(matcher.lexicon.rules) for term in rule.terms]
    alone = [term.replace(GAP, "某某") for _, _, term in terms]
    for (number, rule, term), text, hits in zip(terms, alone, matcher.match_each(alone), strict=True):
        if not any(hit.rule == number and (hit.start, hit.end) == (0, len(text)) for hit in hits):
            yield f"{rule.origin} {rule.id}: term {term!r} can never match"
