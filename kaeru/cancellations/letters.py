"""Letters to the buyer about what was decided: approved, declined, a substitute offered, taken out for the shop's fault.

A letter is composed from the default words and what the staff chose, shown as it will arrive, edited, checked, and then sent as
a notice. What is known of the buyer and the order stays a variable until the hand-over; the staff's own words stand in it as they are.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from kaeru.cancellations.letter_texts import BODIES, CAUSES, CLOSING, MALL_CLOSING, OPENING, SUBJECTS
from kaeru.cancellations.models import CancellationRequest, RequestState
from kaeru.channels.base import Worded
from kaeru.core import clock, links, money, wording
from kaeru.messages import actions as outbox
from kaeru.messages import guarding
from kaeru.messages import preview as previews
from kaeru.messages.actions import NewMessage
from kaeru.messages.models import Message
from kaeru.messages.queries import recent_template
from kaeru.messages.registry import register_source
from kaeru.messages.texts import check_texts
from kaeru.messages.variables import CUSTOMER, ORDER, REASON, SHOP
from kaeru.orders.models import OrderLine
from kaeru.tenants.models import Shop

DECISION = "decision"
"""Source of answers: they always go."""
OFFER = "offer"
"""Source of offers: they go while the wish is still open."""
ALLOWED = SHOP | CUSTOMER | ORDER | REASON | {"links.substitute", "links.account"}
LINKS_WORK_FOR = timedelta(days=60)
LONGEST_WORDS = 2000
_PLACE = re.compile(r"(?<!\{)\{([a-z_]+)\}(?!\})")


@dataclass(frozen=True, slots=True)
class Said:
    """What the staff say in a letter besides its default words."""

    ground: str = ""
    """The ground as the buyer reads it."""
    alternative: str = ""
    own: str = ""
    title: str = ""
    """The item that it is about."""
    cause: str = "out_of_stock"
    items: Sequence[str] = ()
    """Substitutes, each in one line."""
    until: str = ""
    """Until when an answer is awaited, in the buyer's language."""


def plain(text: str) -> str:
    """Staff's own words as they stand in a letter: nothing in them is read as a template."""
    kept = text.replace("\r\n", "\n").replace("\x00", "").strip()[:LONGEST_WORDS]
    return kept.replace("{{", "{ {").replace("}}", "} }").replace("{%", "{ %").replace("%}", "% }")


def compose(kind: str, language: str, said: Said) -> dict[str, str]:
    """Subject and body in Liquid. Raises KeyError for an unknown kind (see `letter_texts.KINDS`) or cause."""
    words = {name: texts[language] for name, texts in CAUSES[said.cause].items()}
    words |= {
        "ground": plain(said.ground),
        "alternative": plain(said.alternative),
        "own": plain(said.own),
        "title": plain(said.title),
        "items": "\n".join(f"・{plain(one)}" if language == "ja" else f"- {plain(one)}" for one in said.items),
        "until": plain(said.until),
    }
    filled = _PLACE.sub(lambda found: words[found[1]], BODIES[kind][language])
    closing = MALL_CLOSING if kind == "refused" else CLOSING
    body = "\n\n".join([OPENING[language], filled, closing[language]])
    while "\n\n\n" in body:
        body = body.replace("\n\n\n", "\n\n")
    return {"subject": SUBJECTS[kind][language], "body": body}


def problems(text: Mapping[str, str], language: str) -> list[str]:
    """What keeps a letter from being sent, as sentences in the reader's language; empty when it may go."""
    texts = {language: dict(text)}
    found = check_texts(texts, "notice", ALLOWED) or guarding.check(texts, "notice")
    return [one.message for one in found if not one.is_warning]


def preview(request: CancellationRequest, text: Mapping[str, str]) -> Worded:
    """The letter as this buyer will read it. Raises TemplateBroken."""
    language = language_of(request)
    values = words_of([request], is_sample=True)[request.id]
    return previews.preview(request.shop, "notice", text, language, values=values)


def language_of(request: CancellationRequest) -> str:
    """The buyer's language."""
    return wording.language_of(request.customer.language if request.customer else "ja")


def day_of(moment: datetime, shop: Shop, language: str) -> str:
    """Day and time in the shop's zone, as a letter says it: 11月24日(火) 14:00."""
    zone = ZoneInfo(shop.timezone)
    return wording.moment(moment.astimezone(zone), language, clock.now().astimezone(zone).year)


def template_of(shop: Shop, texts: Mapping[str, Mapping[str, str]], *, allowed: frozenset[str] = ALLOWED) -> int:
    """The template of these texts ({"ja": {"subject", "body"}, …}): one that the shop has sent lately, or a new one.

    Raises TextsRefused with what to mend.
    """
    kept = {language: {part: told[part].strip() for part in ("subject", "body")} for language, told in texts.items()}
    return recent_template(shop, kept) or outbox.publish_template(shop.id, "notice", kept, allowed=allowed).id


def send(
    requests: Sequence[CancellationRequest], template_ids: Sequence[int], *, source: str = DECISION, due_at: datetime
) -> list[int]:
    """Put one letter to each buyer into the outbox, in the caller's transaction; returns the messages' ids."""
    return outbox.enqueue(
        [
            NewMessage(
                organization_id=request.organization_id,
                shop_id=request.shop_id,
                customer_id=request.customer_id,
                template_id=template_id,
                purpose="notice",
                source=source,
                source_id=request.id,
                due_at=due_at,
            )
            for request, template_id in zip(requests, template_ids, strict=True)
        ]
    )


def words_of(requests: Sequence[CancellationRequest], *, is_sample: bool = False) -> dict[int, dict[str, Any]]:
    """What a letter may mention, by request id; two queries for any number (the requests come with shop, order, customer, reason).

    A sample has no working link: whoever reads a letter before it is sent must not act in the buyer's place.
    """
    lines: dict[int, list[OrderLine]] = {}
    orders = {request.order_id for request in requests if request.order_id is not None}
    for line in OrderLine.objects.filter(order_id__in=orders, quantity__gt=0).order_by("position"):
        lines.setdefault(line.order_id, []).append(line)
    tokens: dict[int, str] = {}
    until = clock.now() + LINKS_WORK_FOR
    for owner in {request.organization_id for request in requests}:
        theirs = [r.order_id for r in requests if r.organization_id == owner and r.order_id is not None]
        tokens.update(dict.fromkeys(theirs, "…") if is_sample else links.publish("cancel", owner, theirs, until))
    return {request.id: _words(request, lines, tokens) for request in requests}


def _words(
    request: CancellationRequest, lines: Mapping[int, list[OrderLine]], tokens: Mapping[int, str]
) -> dict[str, Any]:
    shop, order, language = request.shop, request.order, language_of(request)
    account = shop.account_url or shop.site_url
    found: dict[str, Any] = {
        "shop": {"name": shop.name, "contact": shop.contact, "site_url": shop.site_url},
        "customer": {"name": request.customer.name if request.customer else ""},
        "reason": {
            "label": wording.pick(request.reason.labels if request.reason else {}, language),
            "guidance": wording.pick(request.reason.guidance if request.reason else {}, language),
        },
        "links": {"account": account, "substitute": account},
    }
    if order is None:
        return found
    found["links"]["substitute"] = f"{settings.KAERU_BASE_URL}/c/{tokens[order.id]}"
    here, zone = clock.now(), ZoneInfo(shop.timezone)
    found["order"] = {
        "number": order.number,
        "total": money.show(order.total, order.currency, language),
        "placed_on": wording.day(order.placed_at.astimezone(zone).date(), language, here.astimezone(zone).year),
        "lines": [
            {
                "title": line.title,
                "variant": line.variant,
                "quantity": line.quantity,
                "price": money.show(line.unit_price * line.quantity, order.currency, language),
            }
            for line in lines.get(order.id, [])
        ],
    }
    return found


def _words_for(rows: Sequence[Message]) -> dict[int, dict[str, Any]]:
    """By message id."""
    requests = {request.id: request for request in _requests(rows)}
    words = words_of(list(requests.values()))
    return {row.id: words[row.source_id] for row in rows if row.source_id in words}


def _requests(rows: Sequence[Message]) -> list[CancellationRequest]:
    wanted = {row.source_id for row in rows}
    return list(CancellationRequest.objects.filter(id__in=wanted).select_related("shop", "order", "customer", "reason"))


SETTLED = {
    RequestState.KEPT: "kept",
    RequestState.CANCELLED: "cancelled",
    RequestState.REQUESTED: "cancelled",
    RequestState.RESTORED: "restored",
}


def _still_open(rows: Sequence[Message]) -> dict[int, str]:
    """Offers to buyers whose wish has settled meanwhile are closed unsent."""
    states = dict(CancellationRequest.objects.filter(id__in={row.source_id for row in rows}).values_list("id", "state"))
    found = {row.id: SETTLED.get(RequestState(states[row.source_id])) for row in rows if row.source_id in states}
    return {key: reason for key, reason in found.items() if reason}


register_source(DECISION, _words_for, allowed_variables=ALLOWED)
register_source(OFFER, _words_for, _still_open, allowed_variables=ALLOWED)
