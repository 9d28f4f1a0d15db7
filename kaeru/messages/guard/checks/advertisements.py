"""What the law asks of advertisements: consent, a way to stop them, who sends them, what a coupon is worth."""

from collections.abc import Iterator

from kaeru.messages.guard.page import Page, compiled
from kaeru.messages.guard.text import Hit, Rule


def consent(page: Page, rule: Rule) -> Iterator[Hit]:
    """Sent to somebody who did not agree."""
    if page.text.has_consent is False:
        yield Hit()


def opt_out(page: Page, rule: Rule) -> Iterator[Hit]:
    """Nothing says how it is stopped."""
    has_stop = page.text.has_stop
    if not (page.shows(rule.words["stop"]) and page.shows(rule.words["reach"]) if has_stop is None else has_stop):
        yield Hit()


def sender(page: Page, rule: Rule) -> Iterator[Hit]:
    """Nothing says who sends it, or how they are reached."""
    known = page.text.has_sender
    if not (page.shows(rule.words["sender"]) and page.shows(rule.words["contact"]) if known is None else known):
        yield Hit()


def outweighs(page: Page, rule: Rule) -> Iterator[Hit]:
    """More of the notice advertises than tells something."""
    promotion = compiled(rule.words["promotion"])
    clauses = [said.strip() for said in page.said if len(said.strip()) > 4 and not said.strip().startswith("http")]
    loud = [said for said in clauses if promotion.search(said)]
    if len(loud) >= 2 and len(loud) * 2 > len(clauses):
        at = page.said.index(next(said for said in page.said if said.strip() == loud[0]))
        yield Hit(*page.normal.span(*page.clauses[at]))


def coupon(page: Page, rule: Rule) -> Iterator[Hit]:
    """A coupon is given, and something of its amount, its end and its conditions is not said."""
    words = rule.words
    given = _given(page, words["given_ja"], words["given_en"], words["harmless"])
    if given is not None and not all(page.has(words[name]) for name in ("amount", "until", "terms")):
        yield Hit(*page.normal.span(*given))


def _given(page: Page, *words: str) -> tuple[int, int] | None:
    ja, en, harmless = (compiled(one) for one in words)
    if not (page.has(words[0]) or page.has(words[1])):
        return None
    for span, said in zip(page.clauses, page.said, strict=True):
        if (ja.search(said) or en.search(said)) and not harmless.search(said):
            return span
    return None
