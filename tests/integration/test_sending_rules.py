"""Sending rules and caps at hand-over: what may not go now waits with its reason, and goes later by itself."""

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from kaeru.channels import registry as channels
from kaeru.channels.base import Letter, Outcome, Result, Worded
from kaeru.core import clock, scope
from kaeru.core.models import AuditEntry
from kaeru.customers import actions as customers
from kaeru.customers.models import Customer
from kaeru.messages import actions, claims, passes, registry
from kaeru.messages.errors import RuleRefused
from kaeru.messages.models import ChannelRule, Message
from kaeru.messages.timing import Cap, Rule
from kaeru.tenants.models import Shop
from tests import builders
from tests.cast import Cast
from tests.integration.test_hand_over import TEXTS, again, put

sent: list[Letter] = []


class Pigeon:
    """A channel that takes everything at once."""

    name = "mail"

    def word(self, letter: Letter) -> Worded:
        return Worded("", "", "")

    def open(self) -> AbstractContextManager["Pigeon"]:
        return nullcontext(self)

    def send(self, letter: Letter, worded: Worded) -> Result:
        sent.append(letter)
        return Result(Outcome.ACCEPTED)


@pytest.fixture(autouse=True)
def pigeon() -> Iterator[None]:
    sent.clear()
    passes.mend()
    channels.register("mail", f"{__name__}.Pigeon")
    yield
    channels.register("mail", "kaeru.channels.mail.channel.Mail")


def tokyo(*told: int) -> datetime:
    return datetime(*told, tzinfo=ZoneInfo("Asia/Tokyo")).astimezone(UTC)  # type: ignore[arg-type,misc]


def at(moment: datetime) -> None:
    clock.set_clock(clock.Clock(real=datetime.now(UTC).timestamp(), shown=moment))


def everything() -> None:
    """All that may go now; on a busy machine a batch gives back what it has no time for."""
    while passes.hand_over(100):
        pass


NIGHT, MORNING = tokyo(2026, 11, 24, 23), tokyo(2026, 11, 25, 8)


@pytest.fixture
def kotori(cast: Cast) -> Shop:
    """A shop that said nothing about sending."""
    with scope.everyone():
        ChannelRule.objects.all().delete()
    return cast.kotori


def many(shop: Shop, buyers: Sequence[Customer], count: int = 1) -> list[int]:
    """`count` advertisements to each."""
    with scope.organization(shop.organization_id):
        template = actions.publish_template(shop.id, "advertisement", TEXTS)
        return actions.enqueue(
            [
                actions.NewMessage(
                    organization_id=shop.organization_id, shop_id=shop.id, customer_id=buyer.id, template_id=template.id,
                    purpose="advertisement", source_id=1, due_at=clock.now(), source="test",
                )
                for _ in range(count)
                for buyer in buyers
            ]
        )  # fmt: skip


def test_it_waits_for_the_morning_and_then_goes_by_itself(kotori: Shop) -> None:
    at(NIGHT)
    offer = put(kotori, builders.customer(kotori, consents=True), "advertisement")
    notice = put(kotori, builders.customer(kotori, email="b@example.com"))
    everything()
    assert again(notice).state == "sent", "the notice of a cancellation goes at night, too"
    waiting = again(offer)
    assert (waiting.state, waiting.reason, waiting.due_at) == ("waiting", "quiet_hours", MORNING)
    assert passes.next_due() == MORNING
    at(MORNING - timedelta(seconds=2))
    assert passes.hand_over(100) == 0
    at(MORNING)
    everything()
    gone = again(offer)
    assert (gone.state, gone.reason) == ("sent", "")
    assert gone.handed_at is not None
    assert gone.handed_at >= MORNING


def test_it_keeps_the_shops_own_days(kotori: Shop) -> None:
    with scope.organization(kotori.organization_id):
        actions.set_rule(kotori, Rule("mail", weekdays=frozenset(range(5)), on_holidays=False), actor="test")
    at(tokyo(2026, 11, 21, 12))  # a Saturday before a holiday
    saturday = put(kotori, builders.customer(kotori, consents=True), "advertisement")
    everything()
    at(tokyo(2026, 11, 23, 12))
    monday = put(kotori, builders.customer(kotori, email="b@example.com", consents=True), "advertisement")
    everything()
    assert [(again(row).reason, again(row).due_at) for row in (saturday, monday)] == [
        ("weekday", tokyo(2026, 11, 24)),
        ("holiday", tokyo(2026, 11, 24)),
    ]


def test_it_asks_again_whether_it_is_needed_when_the_night_is_over(kotori: Shop) -> None:
    at(NIGHT)
    needed = {"is": True}
    registry.register_source(
        "night", still_needed=lambda rows: {} if needed["is"] else {row.id: "reordered" for row in rows},
        words=lambda rows: {row.id: {} for row in rows},
    )  # fmt: skip
    buyer = builders.customer(kotori, consents=True)
    reordered = put(kotori, buyer, "advertisement", source="night")
    stopped = put(kotori, builders.customer(kotori, email="s@example.com", consents=True), "advertisement")
    everything()
    needed["is"] = False
    with scope.everyone():
        customers.opt_out(kotori.id, "mail", "s@example.com")
    at(MORNING)
    everything()
    assert again(reordered).reason == "reordered"
    assert again(stopped).reason == "opted_out"
    assert sent == []


def test_it_looks_again_at_what_waits_when_the_rule_changes(kotori: Shop) -> None:
    at(NIGHT)
    offer = put(kotori, builders.customer(kotori, consents=True), "advertisement")
    everything()
    with scope.organization(kotori.organization_id):
        actions.set_rule(kotori, Rule("mail", quiet_from=time(1), quiet_to=time(5)), actor="test")
        assert AuditEntry.objects.filter(verb="rule.set").latest("id").detail["quiet_from"] == "01:00:00"
    everything()
    assert again(offer).state == "sent"


def test_it_stops_at_the_minute_in_which_the_night_begins(kotori: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The batch was prepared at 20:59; half of it is sent when the clock shows 21:00."""
    at(tokyo(2026, 11, 24, 20, 59))
    ids = many(kotori, [builders.customer(kotori, email=f"c{n}@example.com", consents=True) for n in range(6)])

    def send(self: Pigeon, letter: Letter, worded: Worded) -> Result:
        sent.append(letter)
        if len(sent) == 3:
            at(tokyo(2026, 11, 24, 21))
        return Result(Outcome.ACCEPTED)

    monkeypatch.setattr(Pigeon, "send", send)
    everything()
    with scope.everyone():
        told = Counter(Message.objects.filter(id__in=ids).values_list("state", "reason", "due_at"))
    assert told[("waiting", "quiet_hours", MORNING)] == 3 == len(sent)


@pytest.mark.parametrize("rule", [Rule(weekdays=frozenset()), Rule(quiet_from=time(8), quiet_to=time(8))])
def test_it_refuses_a_rule_that_never_allows_anything(kotori: Shop, rule: Rule) -> None:
    with scope.organization(kotori.organization_id), pytest.raises(RuleRefused, match="never"):
        actions.set_rule(kotori, rule, actor="test")


# --- caps


def test_it_gives_a_customer_three_in_seven_days(kotori: Shop) -> None:
    at(tokyo(2026, 11, 24, 12))
    buyer = builders.customer(kotori, consents=True)
    many(kotori, [buyer], 5)
    everything()
    assert len(sent) == 3
    with scope.everyone():
        rest = Message.objects.filter(state="waiting")
        assert {row.reason for row in rest} == {"cap"}
        due = {row.due_at for row in rest}
    assert all(timedelta(0) <= moment - tokyo(2026, 12, 1, 12) < timedelta(seconds=5) for moment in due)
    at(max(due))
    everything()
    assert len(sent) == 5
    put(kotori, buyer)
    everything()
    assert len(sent) == 6, "a notice is no advertisement"


def test_it_counts_over_scenarios_and_keeps_to_the_shop(kotori: Shop, cast: Cast) -> None:
    at(tokyo(2026, 11, 24, 12))
    with scope.organization(kotori.organization_id):
        actions.set_cap(kotori, Cap(1, 30), actor="test")
    ours, theirs = builders.customer(kotori, consents=True), builders.customer(cast.other_shop, consents=True)
    put(kotori, ours, "advertisement", source="one")
    put(kotori, ours, "advertisement", source="another")
    for _ in range(3):
        put(cast.other_shop, theirs, "advertisement")
    everything()
    assert len(sent) == 4
    with scope.organization(kotori.organization_id):
        actions.set_cap(kotori, None, actor="test")
    everything()
    assert len(sent) == 5, "without a cap it goes at once"


def test_it_counts_what_is_not_proven_but_not_what_was_refused(kotori: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    at(tokyo(2026, 11, 24, 12))
    with scope.organization(kotori.organization_id):
        actions.set_cap(kotori, Cap(1, 7), actor="test")
    outcomes = iter([Outcome.REFUSED, Outcome.UNKNOWN, Outcome.ACCEPTED])
    monkeypatch.setattr(Pigeon, "send", lambda *args: Result(next(outcomes)))
    buyer = builders.customer(kotori, consents=True)
    rows = [put(kotori, buyer, "advertisement") for _ in range(3)]
    everything()
    assert [(again(row).state, again(row).reason) for row in rows] == [
        ("failed", "refused"), ("unknown", "no_proof"), ("waiting", "cap"),
    ]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_it_keeps_the_cap_with_several_workers(kotori: Shop) -> None:
    """Every worker holds a batch of its own with one advertisement for each customer; three places, eight messages each."""
    at(tokyo(2026, 11, 24, 12))
    buyers = [builders.customer(kotori, email=f"c{n}@example.com", consents=True) for n in range(20)]
    many(kotori, buyers, 8)
    ready, failures = threading.Barrier(4), list[BaseException]()

    def work() -> None:
        try:
            ready.wait(10)
            while passes.hand_over(20):
                pass
        except BaseException as failure:
            failures.append(failure)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failures == []
    assert set(Counter(letter.address for letter in sent).values()) == {3}
    with scope.everyone():
        told = Counter(Message.objects.values_list("state", "reason"))
    assert told == {("sent", ""): 60, ("waiting", "cap"): 100}


@pytest.mark.django_db(transaction=True)
def test_it_lets_one_begin_when_two_see_the_last_place_free(kotori: Shop) -> None:
    """The narrow moment itself: four hand-overs to one customer begin at once, with one place left."""
    at(tokyo(2026, 11, 24, 12))
    buyer = builders.customer(kotori, consents=True)
    for _ in range(15):
        with scope.everyone():
            Message.objects.all().delete()
            many(kotori, [buyer], 4)
            message_ids, until = claims.claim("mail", 4)
            rows = list(Message.objects.select_related("template").filter(id__in=message_ids))
        ready = threading.Barrier(4)

        def begin(row: Message, until: datetime = until, ready: threading.Barrier = ready) -> bool:
            try:
                connection.ensure_connection()
                ready.wait(10)
                with scope.everyone():
                    return claims.begin(row, until, claims.Terms(b"", buyer.id, Cap(1, 7))) is not None
            finally:
                connections.close_all()

        with ThreadPoolExecutor(4) as crowd:
            assert sorted(crowd.map(begin, rows)) == [False, False, False, True]


def test_it_asks_a_constant_number_of_questions(kotori: Shop) -> None:
    """Putting off costs the same for five and for twelve, which is what a batch takes at once."""
    at(NIGHT)
    counts = []
    for size in (5, 12):
        buyers = [builders.customer(kotori, email=f"c{size}-{n}@example.com", consents=True) for n in range(size)]
        many(kotori, buyers)
        with CaptureQueriesContext(connection) as seen:
            assert passes.hand_over(100) == size
        counts.append(len(seen))
    assert counts[1] - counts[0] <= 1, "one more look whether anything is left"
    assert counts[1] <= 22
    assert sent == []


# --- held


def test_it_holds_what_its_room_holds_and_releases_it(kotori: Shop) -> None:
    at(tokyo(2026, 11, 24, 12))
    first, second = (put(kotori, builders.customer(kotori, email=f"{n}@example.com")) for n in "ab")
    with scope.organization(kotori.organization_id):
        Message.objects.filter(id=second.id).update(source_id=2)
        assert actions.hold("test", [1]) == 1
        passes.hand_over(100)
        assert (again(first).state, again(first).reason) == ("held", "switched_off")
        assert again(second).state == "sent"
        assert actions.release("test", Message.objects.filter(id=first.id).values("source_id")) == 1
    everything()
    assert again(first).state == "sent"
    assert len(sent) == 2


def test_it_asks_the_room_at_hand_over(kotori: Shop) -> None:
    off: dict[str, Any] = {"is": True}
    registry.register_source(
        "switch", words=lambda rows: {row.id: {} for row in rows},
        held=lambda rows: {row.id: "switched_off" for row in rows} if off["is"] else {},
    )  # fmt: skip
    message = put(kotori, builders.customer(kotori), source="switch")
    everything()
    assert again(message).state == "held"
    passes.release_held(100)
    assert again(message).state == "held"
    off["is"] = False  # and nobody released it: it was held in that very moment
    passes.release_held(100)
    everything()
    assert again(message).state == "sent"


def test_it_closes_what_is_held_when_it_is_not_needed_any_more(kotori: Shop) -> None:
    message = put(kotori, builders.customer(kotori))
    with scope.organization(kotori.organization_id):
        actions.hold("test", [1])
        actions.close("test", [1], "reordered")
        actions.release("test", [1])
    assert (again(message).state, again(message).reason) == ("closed", "reordered")
