"""The guard at the house's doors: texts before they are published, and each letter before it is handed over.

A template's own words are judged once: a customer's data is blanked out in them, so the same words of the same shop need not be judged
again for the next customer. The data itself is looked through each time for what nobody may overrule: a name can be a trick, too.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kaeru.channels import registry as channels
from kaeru.channels.base import Letter, Piece, PieceKind, Worded
from kaeru.core import clock
from kaeru.core.wording import language_of
from kaeru.messages import liquid, registry, worst_case
from kaeru.messages.errors import Problem, TemplateBroken
from kaeru.messages.guard import book
from kaeru.messages.guard.judge import judge
from kaeru.messages.guard.normalise import normalise
from kaeru.messages.guard.page import compiled
from kaeru.messages.guard.text import Finding, Severity, Text
from kaeru.messages.models import Message, Overrule
from kaeru.tenants.models import Shop

BLANK = "〓"
"""Stands for a customer's data."""
LANGUAGES = ("ja", "en")
SAMPLES = ("usual", "empty", "long")
"""Customers with whom texts are tried (`worst_case.NAMES`): a usual one as they are, the others for what their data does to the words."""
Overruled = Mapping[str, frozenset[str]]
"""Rules that the owner has overruled, by `fingerprint`."""


def fingerprint(purpose: str, text: Mapping[str, Any]) -> str:
    """Of one language's text: an overruling holds for exactly these words."""
    said = "\0".join((purpose, str(text.get("subject") or "").strip(), str(text.get("body") or "").strip()))
    return hashlib.sha256(said.encode()).hexdigest()


def overruled(shop_id: int) -> Overruled:
    """What the shop's owner has overruled; one query."""
    found: dict[str, set[str]] = {}
    for text, rule in Overrule.objects.filter(shop_id=shop_id).values_list("text", "rule"):
        found.setdefault(text, set()).add(rule)
    return {text: frozenset(rules) for text, rules in found.items()}


def check(
    texts: Mapping[str, Any],
    purpose: str,
    *,
    side: str = "",
    over: Collection[str] = ("mail",),
    but: Overruled | None = None,
) -> list[Problem]:
    """What the guard says of these texts ({"ja": {"subject", "body"}, …}), filled in with samples, in the reader's language.

    The texts can be filled in (`texts.check_texts` found nothing wrong). `but` names what is overruled.
    """
    problems: list[Problem] = []
    for language in LANGUAGES:
        text = texts.get(language)
        if not isinstance(text, Mapping) or not str(text.get("body") or "").strip():
            continue
        for found in findings(purpose, text, language, side=side, over=over, but=but):
            part = "subject" if found.place == "subject" else "body"
            told = Problem(f"{language}.{part}", f"guard_{found.rule}", say(found))
            problems.append(replace(told, is_warning=found.severity is Severity.WARN))
    return problems


def findings(
    purpose: str,
    text: Mapping[str, Any],
    language: str,
    *,
    side: str = "",
    over: Collection[str] = ("mail",),
    but: Overruled | None = None,
) -> tuple[Finding, ...]:
    """The findings of one language's text on these channels, each rule and excerpt once."""
    reader = language_of(get_language())
    told: dict[tuple[str, str], Finding] = {}
    for channel in over:
        said = _sampled(
            purpose, str(text.get("subject") or ""), str(text.get("body") or ""), language, side, channel, clock.now().date(), reader
        )  # fmt: skip
        for found in said:
            told.setdefault((found.rule, found.excerpt), found)
    waived = (but or {}).get(fingerprint(purpose, text), frozenset())
    return tuple(found for found in told.values() if found.is_absolute or found.rule not in waived)


def say(found: Finding) -> str:
    """The finding in one paragraph."""
    told = {
        "title": found.title,
        "excerpt": found.excerpt,
        "why": found.why,
        "better": found.better,
        "source": found.source,
    }
    if not found.excerpt:
        return _("%(title)s. %(why)s Better: %(better)s (%(source)s)") % told
    return _("%(title)s: “%(excerpt)s”. %(why)s Better: %(better)s (%(source)s)") % told


@lru_cache(maxsize=1000)
def _sampled(
    purpose: str, subject: str, body: str, language: str, side: str, channel: str, on: date, reader: str
) -> tuple[Finding, ...]:
    found: dict[str, Finding] = {}
    for name in SAMPLES:
        try:
            letter = sample(purpose, subject, body, language, name)
        except TemplateBroken:
            continue
        blanked = letter if name == "usual" else _blanked(letter)
        for one in judge(text_of(blanked, channel, side), on, reader):
            found.setdefault(one.rule, one)
    return tuple(sorted(found.values(), key=lambda one: one.severity is Severity.WARN))


def sample(purpose: str, subject: str, body: str, language: str, name: str) -> Letter:
    """A letter of these words to a customer of `worst_case.NAMES`, from a shop that says who it is. Raises TemplateBroken."""
    values = worst_case.values(language, name)
    shop = Shop(
        name=values["shop"]["name"],
        contact=values["shop"]["contact"],
        site_url=values["shop"]["site_url"],
        postal_address="東京都台東区谷中1-2-3" if language == "ja" else "1-2-3 Yanaka, Taito, Tokyo",
    )
    is_advertisement = purpose == "advertisement"
    return Letter(
        key=UUID(int=0),
        shop=shop,
        language=language,
        is_advertisement=is_advertisement,
        address="sample@kaeru.invalid",
        subject=liquid.fill_in(liquid.compiled(subject), values),
        body=liquid.fill_in(liquid.compiled(body), values),
        at=clock.now(),
        unsubscribe_url=values["links"]["unsubscribe"] if is_advertisement else "",
    )


def _blanked(letter: Letter) -> Letter:
    """Without the customer's data and our own links: a Kaeru that is reached by a number, as the demo is, is no fraud."""
    stop = "https://link.invalid/unsubscribe" if letter.unsubscribe_url else ""
    pressed = tuple(replace(one, url="https://link.invalid/button" if one.url else "") for one in letter.buttons)
    return replace(
        letter, subject=_blank(letter.subject), body=_blank(letter.body), unsubscribe_url=stop, buttons=pressed
    )


def _blank(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
    return tuple(
        Piece(one.kind, BLANK, one.role)
        if one.kind is PieceKind.VALUE and one.text.strip()
        else Piece(one.kind, f"https://link.invalid/{one.role}", one.role)
        if one.kind is PieceKind.LINK
        else one
        for one in pieces
    )


def text_of(letter: Letter, channel: str, side: str, worded: Worded | None = None) -> Text:
    """What the reader sees."""
    seen = worded or channels.get(channel).word(letter)
    shop, is_ad = letter.shop, letter.is_advertisement
    return Text(
        body=seen.text,
        subject=seen.subject,
        html=seen.html,
        channel=channel,
        kind="advertisement" if is_ad else "notice",
        side=side if side in ("customer", "shop") else "",
        has_consent=True if is_ad else None,  # looked up by the hand-over itself
        has_sender=bool((shop.sender_name or shop.name) and shop.postal_address and shop.contact) if is_ad else None,
        has_stop=bool(letter.unsubscribe_url) if is_ad else None,
    )


def detail(forbidden: Sequence[Finding]) -> str:
    """Why a letter was stopped, in a line for the people who look: the rules, what was said, why."""
    return " ".join(f"{one.rule} {one.title}: “{one.excerpt}” {one.why}" for one in forbidden[:2])


_judged: dict[Any, tuple[Finding, ...]] = {}
"""What the guard said of words that it has read: shop, words, channel, side and day -> findings."""
MOST_JUDGED = 2000


def _of_words(key: tuple[Any, ...], letter: Letter) -> tuple[Finding, ...]:
    found = _judged.get(key)
    if found is None:
        *_known, channel, side, on = key
        found = judge(text_of(letter, channel, side), on, letter.language)
        if len(_judged) >= MOST_JUDGED:
            _judged.clear()
        _judged[key] = found
    return found


def _is_suspicious(letter: Letter) -> bool:
    """Whether a customer's data speaks of what nobody may be asked for."""
    said = "\n".join(one.text for one in (*letter.subject, *letter.body) if one.kind is PieceKind.VALUE)
    text = normalise(said).text
    return any(compiled(source).search(text) for source in _topics())


@cache
def _topics() -> tuple[str, ...]:
    words = {key: book.rule(key).words for key in ("L01", "L02", "L03")}
    named = [words[key][f"topic_{language}"] for key in ("L01", "L02") for language in LANGUAGES]
    return (*named, *(words["L03"][f"asked_{language}"] for language in LANGUAGES))


def stopped(row: Message, letter: Letter, worded: Worded, side: str) -> tuple[Finding, ...]:
    """What forbids this letter to be handed over; empty when it may go. Notes to the shop's own people are not judged."""
    if registry.source(row.source).is_internal:
        return ()
    on = letter.at.date()
    blanked = _blanked(letter)
    shop = letter.shop
    known = (shop.id, shop.name, shop.sender_name, shop.postal_address, shop.contact, shop.color, shop.site_url)
    key = (
        letter.language,
        letter.is_advertisement,
        bool(letter.unsubscribe_url),
        blanked.subject,
        blanked.body,
        blanked.buttons,
    )
    found = _of_words((known, key, row.channel, side, on), blanked)
    if _is_suspicious(letter):
        own = judge(text_of(letter, row.channel, side, worded), on, letter.language, is_absolute=True)
        found = (*found, *(one for one in own if one.rule not in {was.rule for was in found}))
    blocking = tuple(one for one in found if one.severity is Severity.BLOCK)
    if blocking and not all(one.is_absolute for one in blocking):
        text = row.template.texts.get(letter.language, {})
        waived = overruled(row.shop_id).get(fingerprint(row.purpose, text), frozenset())
        blocking = tuple(one for one in blocking if one.is_absolute or one.rule not in waived)
    return blocking
