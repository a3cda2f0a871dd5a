"""Does each rule keep what its examples promise? Used by ``formalism lexicon check`` and the tests."""

from __future__ import annotations

from collections.abc import Iterator

from formalism_nlp.analysis.matcher import Matcher
from formalism_nlp.analysis.normal import normalise
from formalism_nlp.values.lexicon import GAP, Lexicon, Rule


def broken_promises(lexicon: Lexicon) -> Iterator[str]:
    """Yield one line for each example that does not come true and each term that never matches.

    Args:
        lexicon: all rules, since rules compete for overlapping spans.

    Returns:
        Lines ``file:line rule: what was expected and what was found``; none when all is well.
    """
    matcher = Matcher(lexicon)
    for number, rule in enumerate(lexicon.rules):
        for example in (*rule.hit, *rule.avoid):
            text = normalise(example.text)
            found = tuple((hit.start, hit.end) for hit in matcher.match(text) if hit.rule == number)
            if found != example.spans:
                shown = [example.text[a:b] for a, b in found]
                wanted = [example.text[a:b] for a, b in example.spans]
                yield f"{rule.origin} {rule.id}: in “{example.text}” expected {wanted}, found {shown}"
        yield from _unreachable(matcher, number, rule)


def _unreachable(matcher: Matcher, number: int, rule: Rule) -> Iterator[str]:
    """A term standing alone must be found by its own rule, or a longer rival shadows it for ever."""
    for term in rule.terms:
        alone = term.replace(GAP, "某某")
        if not any(hit.rule == number and (hit.start, hit.end) == (0, len(alone)) for hit in matcher.match(alone)):
            yield f"{rule.origin} {rule.id}: term {term!r} can never match"
