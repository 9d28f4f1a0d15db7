"""はさみ美容室: opened four weeks ago, its clients with cards, LINE and ticket packs, its calendar, its openings and reminders so far.

The past is written in sets, as an import would; from the last evening on everything is lived through: reminders go out by LINE and mail.
"""

import random
import secrets
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from examples.demo_shop.store import Buyer
from examples.line import here
from examples.line.things import Account, Person, user_id
from kaeru.appointments.bookings.rules import Span
from kaeru.appointments.clients import keeping
from kaeru.appointments.models import Shift
from kaeru.appointments.openings import terms as refill_terms
from kaeru.appointments.visits import terms as visit_terms
from kaeru.channels.line import accounts
from kaeru.channels.line.friends import KIND
from kaeru.channels.line.models import LineAccount, LineFriend
from kaeru.cli.demo_seed import people, play, salon_scene, salon_story
from kaeru.cli.demo_seed.salon_house import House, go_on_leave, open_house
from kaeru.cli.demo_seed.salon_plan import Book, Offered, Taste, before, fill, tastes
from kaeru.core import clock, ids
from kaeru.core.secrets import seal
from kaeru.customers import actions as customers
from kaeru.customers.models import Consent, Identity
from kaeru.customers.rules import CustomerRecord
from kaeru.tenants import actions as tenants
from kaeru.tenants.models import Organization, Shop, ShopKind

SLUG, NAME = "hasami", "はさみ美容室"
ACTOR = "cli"
ZONE = ZoneInfo("Asia/Tokyo")
SEED = 20261126
CLIENTS = 520
DAYS_BACK, DAYS_AHEAD = 28, 14
BOT = user_id("hasami")
LOGIN_CHANNEL, LIFF = "2000000001", "2000000001-hasami01"


def round_before(now: datetime) -> datetime:
    """The full hour at which the demo's salon reminds: the last one, so that tomorrow's reminders have just gone out."""
    local = (now - timedelta(minutes=15)).astimezone(ZONE)
    if local.hour < 9:
        local -= timedelta(days=1)
        return datetime.combine(local.date(), time(20), ZONE)
    return datetime.combine(local.date(), time(min(local.hour, 20)), ZONE)


def open_salon(stage: play.Stage, organization: Organization, start: datetime) -> None:
    """Everything of the salon up to the evening before; enters what follows into the stage."""
    evening = clock.now()
    told_of = round_before(stage.end).date() + timedelta(days=1)
    play.set_clock(start)
    shop = tenants.add_shop(
        organization, SLUG, NAME, actor=ACTOR, kind=ShopKind.SALON, color="#2f7d4f", sender_name=NAME, sender_mail=f"yoyaku@{SLUG}.example",
        postal_address="〒110-0001 東京都台東区谷中2-5-8", contact=f"support@{SLUG}.example", staff_mail=f"staff@{SLUG}.example",
    )  # fmt: skip
    house = open_house(shop, closed_weekday=0 if told_of.weekday() == 1 else 1)
    play.set_clock(evening)
    go_on_leave(house)
    _say_terms(shop, round_before(stage.end).hour)
    draw = random.Random(SEED)  # noqa: S311 - invented data, nothing secret
    buyers = [*salon_scene.stars(), *people.customers(draw, CLIENTS)]
    found = customers.upsert(shop, [_record(number, one) for number, one in enumerate(buyers)])
    keys = [key for key in found if key is not None]
    _connect_line(shop)
    _befriend(shop, buyers, keys, draw)
    scene = salon_scene.Scene(house, dict(enumerate(keys)), told_of, evening)
    likes = tastes(draw, house.doers, len(keys))
    book = _book(house, draw)
    scene.enter(book)
    likes = scene.own_tastes(likes)
    _fill(book, likes, scene, start, evening)
    rows = salon_story.Rows(house, keys)
    rows.add(book.visits)
    rows.remember(list(before(draw, book, likes, start, evening, salon_scene.LAST_VISIT_DAYS)))
    rows.write()
    keeping.recount(keys)
    scene.settle()
    scene.talk_of_last_month(draw)
    salon_scene.plan(stage, scene)


def _say_terms(shop: Shop, hour: int) -> None:
    told = {"remind_at": time(hour), "late_percent": 30, "no_show_percent": 50, "no_shows_most": 3}
    visit_terms.set_terms(shop, told, actor=ACTOR)
    refill_terms.begin_with(shop)
    refill_terms.set_terms(
        shop, is_by_rule=True, offer_from=time(8), offer_to=time(22), pushes_per_opening=40, yen_per_push=3, once_per_days=7, actor=ACTOR
    )  # fmt: skip


def _record(number: int, one: Buyer) -> CustomerRecord:
    return CustomerRecord(
        source_id=f"S{number:04d}", name=one.name, email=one.email, phone=one.phone, locale=one.language,
        accepts_advertising=one.accepts_advertising,
    )  # fmt: skip


def _connect_line(shop: Shop) -> None:
    """The salon's official account, on the platform of the demo."""
    platform = here.platform()
    account = platform.add_account(
        Account(
            BOT,
            "1000000001",
            secrets.token_hex(16),
            secrets.token_urlsafe(64),
            "@hasami",
            NAME,
            "#2f7d4f",
            quota=5000,
            login_channel_id=LOGIN_CHANNEL,
            liff_id=LIFF,
        )
    )
    platform.set_quota(BOT, 5000, 612)
    LineAccount.objects.create(
        organization_id=shop.organization_id, shop=shop, bot_user_id=BOT, channel_id=account.channel_id, basic_id=account.basic_id, name=NAME,
        sealed_secret=seal(account.secret), sealed_token=seal(account.token), login_channel_id=LOGIN_CHANNEL, liff_id=LIFF,
        quota_kind="limited", quota_limit=5000, quota_used=612, quota_read_at=clock.now(), created_at=clock.now(),
        greeting="友だち追加ありがとうございます。はさみ美容室です。ご予約の確認や変更は、このトークでできます。",
    )  # fmt: skip


def _befriend(shop: Shop, buyers: Sequence[Buyer], keys: Sequence[int], draw: random.Random) -> None:
    """Two of three clients have added the account; the first of the list are those whom a visitor plays."""
    platform, now = here.platform(), clock.now()
    named = [(number, one, user_id(f"hasami:{one.id}:{number}")) for number, one in enumerate(buyers)]
    friends = [each for each in named if each[0] < len(salon_scene.STARS) or draw.random() < 0.66]
    platform.add_people(
        Person(user, one.name, one.language, number if number < len(salon_scene.STARS) else 100 + number)
        for number, one, user in friends
    )
    linked = [each for each in friends if salon_scene.is_linked(each[0])]
    met = [user for number, _, user in friends if salon_scene.is_friend(number)]
    platform.befriend(BOT, met)
    owner: dict[str, Any] = {"organization_id": shop.organization_id}
    LineFriend.objects.bulk_create(
        LineFriend(
            **owner, id=key, shop=shop, user_id=user, customer_id=keys[number] if salon_scene.is_linked(number) else None,
            since=now - timedelta(days=90), name=one.name[:100], language=one.language, looked_at=now,
        )
        for key, (number, one, user) in zip(ids.new_ids(len(friends)), friends, strict=True)
        if salon_scene.is_friend(number)
    )  # fmt: skip
    Identity.objects.bulk_create(
        Identity(**owner, id=key, shop=shop, customer_id=keys[number], kind=KIND, value=user)
        for key, (number, _, user) in zip(ids.new_ids(len(linked)), linked, strict=True)
    )
    agreed = [each for each in linked if each[1].accepts_advertising is not False]
    Consent.objects.bulk_create(
        Consent(
            **owner, id=key, customer_id=keys[number], channel="line", basis="opt_in", source="import", granted_at=now
        )
        for key, (number, _, _) in zip(ids.new_ids(len(agreed)), agreed, strict=True)
    )


def _book(house: House, draw: random.Random) -> Book:
    """The empty pages."""
    spans: dict[int, list[Span]] = {}
    for resource, starts_at, ends_at in Shift.objects.filter(shop=house.shop).values_list(
        "resource_id", "starts_at", "ends_at"
    ):
        spans.setdefault(resource, []).append(Span(starts_at, ends_at))
    offered = {key: Offered(key, row.stages, row.cleanup_minutes, row.needs) for key, row in house.services.items()}
    places = {"chair": [row.id for row in house.chairs], "room": [row.id for row in house.rooms]}
    return Book(draw, offered, house.doers, places, spans)


def _fill(book: Book, likes: Sequence[Taste], scene: salon_scene.Scene, start: datetime, now: datetime) -> None:
    for number in range(len(salon_scene.STARS)):
        book.next_day[number] = date.max
    today, first = now.astimezone(ZONE).date(), start.astimezone(ZONE).date()
    days = [today + timedelta(days=count) for count in range(-DAYS_BACK, DAYS_AHEAD + 1)]
    fill(book, likes, [day for day in days if day >= first], now, spared=scene.spared())


def connect() -> None:
    """Tell the platform where the salon's webhooks go; the port may be another at each start."""
    shop = Shop.objects.filter(slug=SLUG).first()
    if shop is not None:
        here.platform().set_webhook(BOT, accounts.webhook_address(shop))
        here.platform().set_liff(BOT, f"{settings.KAERU_BASE_URL}/liff/{shop.public_key}")
