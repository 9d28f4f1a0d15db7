"""The demo's salon: its calendar holds, its clients were reminded the evening before, and a time that was given up is an opening."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from pytest_django import Settings

from examples.inbox.catcher import Catcher
from examples.line import here, serving
from kaeru.appointments.models import Booking, ClientCard, Occupancy, Opening, Reminder, TicketPack, WaitlistEntry
from kaeru.channels.line.models import LineFriend
from kaeru.cli.demo_seed import mall, plan, salon, salon_scene, seed
from kaeru.core import clock, scope
from kaeru.tenants.models import Shop

pytestmark = pytest.mark.only_on("sqlite")  # where every demo lives

NOON, NIGHT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC), datetime(2026, 11, 23, 18, 30, tzinfo=UTC)


@pytest.fixture
def quick(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hardly any orders, no malls: the salon is what is looked at."""
    monkeypatch.setattr(plan, "ORDERS", 6)
    monkeypatch.setattr(plan, "HISTORY_ORDERS", 10)
    monkeypatch.setattr(mall, "SHOPS", ())
    monkeypatch.setattr(salon, "CLIENTS", 120)
    settings.KAERU_HOME, settings.KAERU_ALLOW_PRIVATE_EGRESS = tmp_path, True
    here.use(clock.now)
    with Catcher() as catcher, serving.listening(here.platform()) as line:
        settings.KAERU_MAIL_URL, settings.KAERU_LINE_API_URL = f"smtp://127.0.0.1:{catcher.port}", line
        yield


@pytest.mark.parametrize(
    ("now", "hour"),
    [
        (NOON, 11),
        (NIGHT, 20),
        (datetime(2026, 11, 24, 0, 5, tzinfo=UTC), 20),
        (datetime(2026, 11, 24, 14, 0, tzinfo=UTC), 20),
    ],
)
def test_it_reminds_at_the_last_full_hour_of_the_day(now: datetime, hour: int) -> None:
    found = salon.round_before(now)
    assert (found.hour, found.minute) == (hour, 0)
    assert timedelta(minutes=15) <= now - found < timedelta(hours=14)


def test_it_opens_a_salon_whose_clients_were_reminded(quick: None) -> None:
    clock.set_clock(clock.Clock(real=datetime.now(UTC).timestamp(), shown=NOON))
    shop = seed.fill()
    with scope.organization(shop.organization_id):
        house = Shop.objects.get(slug=salon.SLUG)
        states = set(Booking.objects.filter(shop=house).values_list("state", flat=True))
        assert states == {"booked", "done", "cancelled", "no_show"}
        spans = list(
            Occupancy.objects.filter(shop=house)
            .order_by("resource_id", "starts_at")
            .values_list("resource_id", "starts_at", "ends_at")
        )
        assert len(spans) > 300
        assert not any(a[0] == b[0] and a[2] > b[1] for a, b in pairwise(spans)), "nobody is at two places"
        haruka = LineFriend.objects.get(customer__name=salon_scene.STARS[salon_scene.HARUKA].name)
        visit = Booking.objects.get(customer=haruka.customer_id, state="booked")
        assert Reminder.objects.get(booking=visit, kind="first").state == "told"
        bubble = here.platform().bubbles(salon.BOT, haruka.user_id)[-1]
        assert (bubble.kind, bubble.message["type"]) == ("push", "flex")
        assert len(bubble.message["contents"]["footer"]["contents"]) == 3
        assert Opening.objects.filter(shop=house, state="open").exists()
        assert Opening.objects.filter(shop=house, state="claimed", winner__isnull=False).exists()
        assert WaitlistEntry.objects.filter(shop=house, state="waiting").exists()
        assert TicketPack.objects.filter(shop=house).count() > 5
        assert ClientCard.objects.filter(shop=house, usual_interval_days__isnull=False).count() > 40
