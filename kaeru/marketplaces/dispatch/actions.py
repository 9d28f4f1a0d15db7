"""Verbs: tell buyers of a delay with its new day, tell that a parcel is ready, note that a text stands on the mall's screen."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db import transaction

from kaeru.cancellations.letters import plain
from kaeru.channels.base import Worded
from kaeru.connectors.changes import SetDispatchDate
from kaeru.connectors.gate import actions as gate
from kaeru.connectors.gate import queries as gates
from kaeru.core import audit, clock, wording
from kaeru.marketplaces.dispatch import notice_texts, notices
from kaeru.marketplaces.dispatch.ground import Ground, grounds, reached_by_mail
from kaeru.marketplaces.dispatch.models import BuyerNotice, NoticeKind
from kaeru.marketplaces.dispatch.notices import Told
from kaeru.marketplaces.dispatch.terms import Terms, refused, terms_of
from kaeru.messages import liquid
from kaeru.messages import preview as previews
from kaeru.messages.errors import TextsRefused
from kaeru.orders.models import Order
from kaeru.tenants.models import Shop

FURTHEST = timedelta(days=60)
MOST_AT_ONCE = 500


class DelayRefused(ValueError):
    """The delay cannot be told; `code`: past | too_far | cause | too_many."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Delay:
    """What the buyers are told."""

    new_on: date
    """The day on which it leaves now, in the shop's zone."""
    cause: str = "preparing"
    """`notice_texts.CAUSES`."""
    words: Mapping[str, str] = field(default_factory=dict)
    """The shop's own words: {"ja": …, "en": …}."""
    sets_date: bool = True
    """The mall is told the new day as well, where it takes one."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of the orders that were chosen."""

    mailed: int = 0
    to_paste: int = 0
    """The mall lets nobody write first: the texts wait to be pasted there."""
    silent: int = 0
    """There is no address to write to."""
    known: int = 0
    """The buyer was told the same before."""
    gone: int = 0
    """Left or cancelled meanwhile, or no order of these shops."""
    dates: int = 0
    """Planned dispatch dates that the mall is told."""
    noted: int = 0
    """Dates that are only noted down, as the shop's changes are in a dry run: a person sets them."""


def check(shop: Shop, delay: Delay, today: date) -> None:
    """Raises DelayRefused, or TextsRefused when the shop's own words break a rule of the guard."""
    if delay.new_on <= today:
        raise DelayRefused("past")
    if delay.new_on > today + FURTHEST:
        raise DelayRefused("too_far")
    if delay.cause not in notice_texts.CAUSES:
        raise DelayRefused("cause")
    found = refused(shop, texts_of(terms_of([shop.id])[shop.id], delay))
    if found:
        raise TextsRefused(found)


def texts_of(terms: Terms, delay: Delay) -> dict[str, dict[str, str]]:
    """The letter in both languages with cause and own words in it, as the guard is to read it."""
    found = terms.words("delayed")
    for language, text in found.items():
        said = plain(delay.words.get(language, "") or delay.words.get("ja", ""))
        text["body"] = "\n\n".join([text["body"], notice_texts.CAUSES[delay.cause][language], said])
    return found


@transaction.atomic
def tell_delay(order_ids: Collection[int], delay: Delay, *, actor: str) -> Answer:
    """Tell the buyers of these orders; the same day is told once. A constant number of statements and some for each shop.

    Raises DelayRefused, TextsRefused; then nobody is told.
    """
    orders = _locked(order_ids)
    here = grounds({order.shop_id for order in orders}, with_rates=False)
    for shop in {order.shop_id: order.shop for order in orders}.values():
        check(shop, delay, here[shop.id].today)
    reached = reached_by_mail(orders)
    words = {language: plain(text) for language, text in delay.words.items() if text.strip()}
    told = [
        Told(
            order,
            NoticeKind.DELAYED,
            here[order.shop_id].may_write,
            new_on=delay.new_on,
            cause=delay.cause,
            words=words,
        )
        for order in orders
        if not here[order.shop_id].may_write or order.customer_id in reached
    ]
    rows = notices.write(told, actor=actor)
    asked = _set_dates(rows, here, delay, actor) if delay.sets_date else []
    live = {shop_id for shop_id, terms in gates.terms_of(set(asked)).items() if terms.is_live} if asked else set()
    mailed = sum(row.message_id is not None for row in rows)
    return Answer(
        mailed=mailed, to_paste=len(rows) - mailed, silent=len(orders) - len(told), known=len(told) - len(rows),
        gone=len(set(order_ids)) - len(orders), dates=sum(shop_id in live for shop_id in asked),
        noted=sum(shop_id not in live for shop_id in asked),
    )  # fmt: skip


def _set_dates(rows: Sequence[BuyerNotice], here: Mapping[int, Ground], delay: Delay, actor: str) -> list[int]:
    """Ask the gate to tell the mall the new day; it judges whether it goes out or is noted down. Returns the shops of what was asked."""
    change = SetDispatchDate(delay.new_on.isoformat(), notice_texts.DELAY_TYPES.get(delay.cause, "other"))
    asks = [
        gate.Ask(
            row.organization_id, row.shop_id, row.order_id, change, f"late:{row.order_id}:{row.mark}", "delayed", actor, "notice",
            row.id,
        )
        for row in rows
        if here[row.shop_id].can_set_date
    ]  # fmt: skip
    if asks:
        gate.ask(asks)
    return [one.shop_id for one in asks]


@transaction.atomic
def tell_ready(order_ids: Collection[int], *, actor: str) -> Answer:
    """発送の準備ができました: once for each order, where buyers may be written to."""
    orders = _locked(order_ids)
    here, reached = grounds({order.shop_id for order in orders}, with_rates=False), reached_by_mail(orders)
    told = [
        Told(order, NoticeKind.READY)
        for order in orders
        if here[order.shop_id].may_write and order.customer_id in reached
    ]
    rows = notices.write(told, actor=actor)
    return Answer(
        mailed=len(rows), silent=len(orders) - len(told), known=len(told) - len(rows),
        gone=len(set(order_ids)) - len(orders),
    )  # fmt: skip


def _locked(order_ids: Collection[int]) -> list[Order]:
    """Those that can still be late, and that nobody else changes now. Raises DelayRefused."""
    if len(set(order_ids)) > MOST_AT_ONCE:
        raise DelayRefused("too_many")
    rows = Order.objects.filter(id__in=set(order_ids), shipped_at=None, cancelled_at=None, is_history=False)
    return list(rows.select_for_update(of=("self",)).select_related("shop").order_by("id"))


@transaction.atomic
def paste(notice_id: int, *, actor: str) -> bool:
    """A person has put the text on the mall's screen; False when somebody has said so already, or there is none."""
    rows = BuyerNotice.objects.filter(id=notice_id, message=None, pasted_at=None)
    found = list(rows.select_for_update())
    if not found:
        return False
    rows.update(pasted_at=clock.now(), pasted_by=actor[:60])
    audit.record(found[0].organization_id, actor, "buyer.told_by_hand", "order", found[0].order_id, kind=found[0].kind)
    return True


def texts_to_paste(rows: Sequence[BuyerNotice]) -> dict[int, str]:
    """The ready text of each, as it goes onto the mall's screen: plain, in the buyer's language. Three queries."""
    words, terms = notices.words_of(rows), terms_of({row.shop_id for row in rows})
    found = {}
    for row in rows:
        language = wording.language_of(row.order.customer.language if row.order.customer else "ja")
        body = terms[row.shop_id].words(row.kind)[language]["body"]
        base = {"shop": {"name": row.shop.name, "contact": "", "site_url": ""}}
        found[row.id] = liquid.flat(liquid.fill_in(liquid.parse(body), {**base, **words[row.id]})).strip()
    return found


def sample(shop: Shop, delay: Delay, order: Order, *, is_pasted: bool = False) -> Worded:
    """The letter of a delay as the buyer of this order will read it, by mail or pasted. Raises TemplateBroken."""
    language = wording.language_of(order.customer.language if order.customer else "ja")
    row = BuyerNotice(
        id=0, organization_id=shop.organization_id, shop=shop, order=order, kind=NoticeKind.DELAYED, new_on=delay.new_on,
        cause=delay.cause, words=dict(delay.words),
    )  # fmt: skip
    if is_pasted:
        return Worded("", texts_to_paste([row])[row.id], "")
    text = terms_of([shop.id])[shop.id].words("delayed")[language]
    return previews.preview(shop, "notice", text, language, values=notices.words_of([row])[0])
