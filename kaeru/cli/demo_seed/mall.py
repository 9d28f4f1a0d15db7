"""Three shops on Qoo10 beside the demo's own: one safe, one near the line, one over it, over two quarters up to now.

Their past comes as a mall's shop brings it, in one go; the last days are live, with requests that wait for an answer, parcels that
will be late, and a question. No mall is asked: the connection only rehearses, and its next poll lies far ahead.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from kaeru.cancellations.seeds import seed_reasons
from kaeru.cli.demo_seed.mall_plan import SHOPS, Product, Story
from kaeru.connectors import inquiries
from kaeru.connectors.models import Connection
from kaeru.connectors.polling import InquiryRecord
from kaeru.core import clock
from kaeru.core.calendar import Calendar, at_local
from kaeru.core.secrets import seal
from kaeru.customers.rules import CustomerRecord
from kaeru.marketplaces import actions as malls
from kaeru.marketplaces.actions import Seen
from kaeru.marketplaces.models import MallTerms
from kaeru.orders import actions as orders
from kaeru.orders.rules import LineRecord, OrderRecord
from kaeru.tenants import actions as tenants
from kaeru.tenants.models import Organization, Shop

ZONE = "Asia/Tokyo"
CALENDAR = Calendar(ZONE)
SEED = 20261125
LIVE_DAYS = 10
"""Orders of the last days are live: what they bring is acted on."""
COUNTS_AFTER = timedelta(hours=6)
PORTION = 500
FAR = datetime(2126, 1, 1, tzinfo=UTC)
ACTOR = "cli"


def open_malls(organization: Organization, people: Sequence[tuple[str, str]]) -> list[Shop]:
    """The three shops with their two quarters; `people`: invented names and addresses. In the organization's scope."""
    return [_open(organization, story, people, number) for number, story in enumerate(SHOPS)]


def _open(organization: Organization, story: Story, people: Sequence[tuple[str, str]], number: int) -> Shop:
    shop = tenants.add_shop(
        organization, story.slug, story.name, actor=ACTOR, color=story.color, sender_name=story.name, sender_mail=f"shop@{story.slug}.example",
        postal_address="〒110-0001 東京都台東区谷中3-14-15", contact=f"support@{story.slug}.example", staff_mail="staff@kotori.example",
    )  # fmt: skip
    seed_reasons(shop)
    terms = malls.join(shop, "qoo10", actor=ACTOR)
    sale = (clock.now() + timedelta(days=story.sale_in)).date()
    malls.note(terms, Seen(story.points, story.payout_days, sale), actor=ACTOR)
    MallTerms.objects.filter(id=terms.id).update(judged_on=first_day(clock.now()))
    _connect(shop, story)
    draw = random.Random(SEED + number)  # noqa: S311 - invented data, nothing secret
    told = _past(story, draw, people, number)
    live_from = clock.now() - timedelta(days=LIVE_DAYS)
    _bring(shop, [one for one in told if one.placed_at < live_from], is_history=True)
    _bring(shop, [one for one in told if one.placed_at >= live_from], is_history=False)
    _bring(shop, _waiting(story, people, number), is_history=False)
    _ask(shop, story)
    return shop


def _connect(shop: Shop, story: Story) -> None:
    now = clock.now()
    Connection.objects.create(
        organization_id=shop.organization_id, shop=shop, source="qoo10", account=story.account, sealed_token=seal("demo"), installed_at=now,
        checked_at=now, caught_up_to=now, catch_up_at=FAR, look_at=FAR, key_expires_on=(now + timedelta(days=story.key_days)).date(),
    )  # fmt: skip


def _bring(shop: Shop, told: Sequence[OrderRecord], *, is_history: bool) -> None:
    for start in range(0, len(told), PORTION):
        orders.mirror(shop, told[start : start + PORTION], is_history=is_history)


def _ask(shop: Shop, story: Story) -> None:
    now = clock.now()
    inquiries.mirror(
        shop,
        [
            InquiryRecord(
                f"MSG:{shop.slug}:{place}", now - timedelta(minutes=one.minutes), one.title, one.body, category="配送", order_source_id=one.order
            )
            for place, one in enumerate(story.questions)
        ],
    )  # fmt: skip


def first_day(now: datetime) -> date:
    """Of the quarter before this one, in Japan."""
    today = (now + timedelta(hours=9)).date()
    month = (today.month - 1) // 3 * 3 + 1
    return date(today.year, month - 3, 1) if month > 3 else date(today.year - 1, 10, 1)


def _past(story: Story, draw: random.Random, people: Sequence[tuple[str, str]], number: int) -> list[OrderRecord]:
    """Every day's orders until now, each with what became of it; the share of counted cancellations of each month is the story's."""
    now = clock.now()
    found: list[OrderRecord] = []
    day, last = first_day(now), (now + timedelta(hours=9)).date()
    serial = 50_000_000 + number * 1_000_000
    by_month: dict[tuple[int, int], list[OrderRecord]] = {}
    while day <= last:
        for _ in range(max(1, round(draw.gauss(story.a_day, story.a_day**0.5)))):
            placed = at_local(day, time(draw.randint(7, 23), draw.randint(0, 59), draw.randint(0, 59)), ZONE)
            if placed < now - timedelta(minutes=20):
                serial += 1
                by_month.setdefault((day.year, day.month), []).append(_sold(story, draw, people, placed, serial))
        day += timedelta(days=1)
    for month in by_month.values():
        found += _fated(month, story, draw, now)
    return sorted(found, key=lambda one: one.placed_at)


def _sold(
    story: Story, draw: random.Random, people: Sequence[tuple[str, str]], placed: datetime, serial: int
) -> OrderRecord:
    name, mail = people[draw.randrange(len(people))]
    product = draw.choices(story.products, [one.share for one in story.products])[0]
    return record(story, product, placed, serial, name, mail, quantity=draw.choices([1, 2], [8, 1])[0])


def record(
    story: Story, product: Product, placed: datetime, serial: int, name: str, mail: str, *, quantity: int = 1
) -> OrderRecord:  # fmt: skip
    """A paid order of one line as Qoo10 tells it, not sent yet."""
    line = LineRecord(
        title=product.title, quantity=quantity, unit_price=product.price, source_id=str(10**9 + serial), sku=product.sku,
        product_id=product.item, variant_id=product.sku,
    )  # fmt: skip
    total = product.price * quantity
    return OrderRecord(
        source_id=str(serial), number=str(serial), placed_at=placed, updated_at=placed, currency="JPY", total=total, subtotal=total,
        lines=(line,), customer=CustomerRecord(source_id=mail.partition("@")[0], name=name, email=mail, locale="ja"),
        payment_kind="card", sales_channel="qoo10", paid_at=placed + timedelta(minutes=4), mall_state="2",
        dispatch_by=_working((placed + timedelta(hours=9)).date(), 3),
    )  # fmt: skip


def _fated(month: Sequence[OrderRecord], story: Story, draw: random.Random, now: datetime) -> Iterator[OrderRecord]:
    """What became of one month's orders: so many cancelled that count, a few at once, the others sent."""
    ripe = [place for place, one in enumerate(month) if now - one.placed_at > timedelta(hours=14)]
    weights = [next(p.trouble for p in story.products if p.sku == month[place].lines[0].sku) for place in ripe]
    wanted = min(len(ripe), story.counted(len(month)))
    lost: set[int] = set()
    while len(lost) < wanted:
        lost.add(draw.choices(ripe, weights)[0])
    for place, one in enumerate(month):
        age = now - one.placed_at
        if place in lost:
            hours = draw.uniform(7, min(60.0, age.total_seconds() / 3600 - 1))
            yield _cancelled(one, one.placed_at + timedelta(hours=hours), is_shop=draw.random() < story.fault)
        elif age > timedelta(hours=5) and draw.random() < 0.03:
            yield _cancelled(one, one.placed_at + timedelta(hours=draw.uniform(0.2, 4.8)), is_shop=False)
        else:
            yield _sent(one, draw, now)


def _cancelled(one: OrderRecord, at: datetime, *, is_shop: bool) -> OrderRecord:
    reason = "在庫なし" if is_shop else "注文間違い"
    return replace(
        one, cancelled_at=at, cancel_reason=reason, cancel_side="shop" if is_shop else "customer", updated_at=at
    )


def _sent(one: OrderRecord, draw: random.Random, now: datetime) -> OrderRecord:
    day = _working((one.placed_at + timedelta(hours=9)).date(), draw.choice([1, 1, 2]))
    leaves = at_local(day, time(15), ZONE)
    if leaves > now:
        return one
    return replace(
        one, shipped_at=leaves, updated_at=leaves, mall_state="5" if now - leaves > timedelta(days=4) else "4",
        tracking=("ヤマト宅急便", f"4100{int(one.source_id):08d}"),
    )  # fmt: skip


def _working(day: date, days: int) -> date:
    """So many days later on which the shop works."""
    left = days
    while left:
        day += timedelta(days=1)
        left -= not CALENDAR.is_closed_all_day(day)
    return day


def _waiting(story: Story, people: Sequence[tuple[str, str]], number: int) -> list[OrderRecord]:
    """What needs somebody now: requests of buyers, and parcels that have not left in time."""
    now, serial, found = clock.now(), 59_000_000 + number * 10_000, []
    for place, one in enumerate(story.requests):
        name, mail = people[(place * 7 + number * 31) % len(people)]
        placed = now - timedelta(minutes=one.minutes_ago)
        made = record(story, story.products[one.product], placed, serial + place, name, mail)
        day = (now + timedelta(hours=9)).date() + timedelta(days=one.leaves_in) if one.leaves_in is not None else None
        found.append(
            replace(made, cancel_asked_at=now - timedelta(minutes=one.asked_ago), cancel_reason=one.words, dispatch_by=day, updated_at=now)
        )  # fmt: skip
    for place, days in enumerate(story.late_days):
        name, mail = people[(place * 11 + number * 17 + 3) % len(people)]
        placed = at_local((now + timedelta(hours=9)).date() - timedelta(days=days), time(11, 5 + place), ZONE)
        made = record(story, story.products[place % len(story.products)], placed, serial + 100 + place, name, mail)
        found.append(replace(made, updated_at=now))
    return found
