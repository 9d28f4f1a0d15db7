"""What people and systems do in a world: customers, the shop's own system, its owner, its staff, mail servers.

Each deed draws what it is about at once and returns the act, so that the same act can be told again after a kill.
"""

from collections.abc import Callable
from contextlib import suppress

from kaeru.calls import actions as calls
from kaeru.calls.errors import AlreadyClosed, NextTryRefused, SomebodyWasFaster
from kaeru.calls.models import CallTask
from kaeru.calls.rules import Answer
from kaeru.cancellations import actions as cancellations
from kaeru.cancellations.errors import NotCancellable
from kaeru.core import clock
from kaeru.customers import actions as customers
from kaeru.customers.models import Customer
from kaeru.messages import actions as messages
from kaeru.messages import queries as message_queries
from kaeru.messages.models import Message
from kaeru.offers import actions as offers
from kaeru.offers.errors import CouponExpired, CouponNotFit, CouponUsed
from kaeru.offers.models import Coupon
from kaeru.orders import own_events
from kaeru.orders.cancelled import mirror_cancelled
from kaeru.orders.own_events import OwnEvent
from kaeru.orders.rules import CancelledRecord
from tests.simulation import world as worlds
from tests.simulation.flows import OWN
from tests.simulation.outside import Outside
from tests.simulation.world import Bought, Person, World

Act = Callable[[], None]
Deed = Callable[[World], Act | None]
DEEDS: dict[Deed, float] = {}
"""How often each happens."""


def deed(weight: float) -> Callable[[Deed], Deed]:
    """Something that happens so often."""

    def register(function: Deed) -> Deed:
        DEEDS[function] = weight
        return function

    return register


def _both(first: Act, second: Act) -> Act:
    def act() -> None:
        first()
        second()

    return act


def _standing(world: World) -> list[Bought]:
    return [one for one in world.bought if one.record.cancelled_at is None and one.record.shipped_at is None]


@deed(1)
def buy(world: World) -> Act:
    """Somebody orders; now and then it is told late, twice, or in the wrong order."""
    return world.tell(world.place(world.chance.choice(world.people)))


@deed(8)
def cancel_on_page(world: World) -> Act | None:
    """The buyer gives a reason and cancels."""
    open_ones = _standing(world)
    if not open_ones:
        return buy(world)
    one, reason = world.chance.choice(open_ones), world.chance.choice(worlds.REASONS)
    return cancel(world, one, reason, is_told=world.chance.happens(0.7))


def cancel(world: World, one: Bought, reason: str, *, is_told: bool) -> Act:
    """This order, on its page; `is_told`: the shop's system does as it is told, and says so."""
    tell = world.tell(one)

    def act() -> None:
        if one.told is None:
            tell()
        with world.inside():
            try:
                cancellations.request(one.order_id, reason, actor="customer")
            except NotCancellable:
                return

    if is_told:
        world.change(one, cancelled_at=one.record.updated_at, cancel_side="customer")
        after = world.tell(one)
        return _both(act, after)
    return act


@deed(2)
def cancel_in_shop(world: World) -> Act | None:
    """The shop's system cancels; sometimes that is all it tells, sometimes it tells the older state afterwards."""
    open_ones = _standing(world)
    if not open_ones:
        return None
    one = world.chance.choice(open_ones)
    before = one.record
    world.change(
        one,
        cancelled_at=max(clock.now(), one.record.placed_at),
        cancel_side=world.chance.choice(("shop", "customer", "")),
    )
    tell, again = world.tell(one), world.tell(one, before)
    if world.chance.happens(0.3) and one.told is not None:
        slip = CancelledRecord(one.record.source_id, clock.now(), one.record.updated_at, "", "shop")

        def act() -> None:
            with world.inside():
                assert mirror_cancelled(world.shop, [slip]) == []
            tell()

        return act
    return _both(tell, again) if world.chance.happens(0.4) else tell


@deed(1)
def restore(world: World) -> Act | None:
    """The shop takes a cancellation back."""
    gone = [one for one in world.bought if one.record.cancelled_at is not None]
    if not gone:
        return None
    one = world.chance.choice(gone)
    world.change(one, cancelled_at=None)
    return world.tell(one)


@deed(0.6)
def ship(world: World) -> Act | None:
    """A parcel leaves."""
    open_ones = _standing(world)
    if not open_ones:
        return None
    one = world.chance.choice(open_ones)
    world.change(one, shipped_at=max(clock.now(), one.record.placed_at))
    return world.tell(one)


@deed(0.6)
def tell_again(world: World) -> Act | None:
    """The shop's system tells something a second time, or something old at last."""
    one = world.chance.choice(world.bought)
    return world.tell(one, one.told if world.chance.happens(0.5) else None)


@deed(1.5)
def buy_again(world: World) -> Act | None:
    """Somebody who has cancelled comes back; with the coupon, when there is one."""
    gone = [one for one in world.bought if one.record.cancelled_at is not None]
    return come_back(world, world.chance.choice(gone).person, world.chance.happens(0.5)) if gone else None


def come_back(world: World, person: Person, brings_coupon: bool) -> Act:
    """This person orders again, with the coupon if they have one and bring it."""
    with world.inside():
        mine = Coupon.objects.filter(
            customer__source_id=person.key, redeemed_at=None, expires_at__gt=clock.now()
        ).order_by("id")
        codes = tuple(mine.values_list("code", flat=True)) if brings_coupon else ()
    one = world.place(person, codes=codes[:1])
    tell = world.tell(one)
    if not codes:
        return tell

    def act() -> None:
        with world.inside(), suppress(CouponExpired, CouponUsed, CouponNotFit):
            offers.redeem(world.shop.id, codes[0], one.record.source_id, subtotal=one.record.total)
        tell()

    return act


@deed(0.8)
def unsubscribe(world: World) -> Act | None:
    """Somebody opts out: by the link in a message, else by hand."""
    person = world.chance.choice(world.people)
    return opt_out(world, person, world.chance.choice(("mail", "mail", "line")))


def opt_out(world: World, person: Person, channel: str) -> Act | None:
    """This person wants no more advertisements on this channel."""
    if not person.address(channel):
        return None

    def act() -> None:
        with world.inside():
            customers.opt_out(world.shop.id, channel, person.address(channel))
        person.stopped.add(channel)

    return act


@deed(0.7)
def agree(world: World) -> Act:
    """Somebody ticks the box on the cancel page."""
    person = world.chance.choice(world.people)

    def act() -> None:
        with world.inside():
            customer = Customer.objects.get(shop=world.shop, source_id=person.key)
            customers.agree_to_advertising(customer.id, source="cancel_page")
        if person.consent.get("mail", "withdrawn") == "withdrawn":
            person.consent["mail"] = "cancel_page"
        if "mail" not in person.dead:
            person.stopped.discard("mail")

    return act


@deed(1.5)
def tell_own(world: World) -> Act:
    """The shop's system tells an event of its own, or that an order is late."""
    one = world.chance.choice(world.bought)
    name = world.chance.choice((*OWN, "order.delayed"))
    return own(world, name, one)


def own(world: World, name: str, one: Bought) -> Act:
    """This event, about this order."""
    told = OwnEvent(name, clock.now(), order=one.record.source_id)

    def act() -> None:
        with world.inside():
            own_events.tell(world.shop, [told])

    return act


@deed(2.5)
def call(world: World) -> Act | None:
    """Staff make a call that waits."""
    with world.inside():
        waiting = list(
            CallTask.objects.filter(shop=world.shop, state="waiting").order_by("id").values_list("id", flat=True)
        )
    if not waiting:
        return None
    which, answer = world.chance.choice(waiting), world.chance.choice(list(Answer)).value

    def act() -> None:
        with world.inside(), suppress(AlreadyClosed, NextTryRefused, SomebodyWasFaster):
            calls.record(which, answer, actor="simulation", user=None)

    return act


def settle(world: World, outside: Outside) -> Act | None:
    """A person looks into a message that needs one, and finds the truth."""
    with world.inside():
        found = list(message_queries.needing_person([world.shop.id]).order_by("id")[:3])
    if not found:
        return None
    message = world.chance.choice(found)
    arrived = any(one.key == str(message.key) for one in outside.arrivals)
    findings = {"unknown": ["arrived"] if arrived else ["again", "lost"], "failed": ["seen", "again"]}[message.state]
    finding = world.chance.choice(findings)

    def act() -> None:
        with world.inside():
            if messages.settle(message.id, finding, actor="simulation") and finding == "again":
                return

    return act


def report(world: World, outside: Outside) -> Act | None:
    """The provider tells what became of a letter: delivered, bounced, or the reader complained."""
    from kaeru.core import scope
    from kaeru.messages.tracking import Tracking, record

    mine = [one for one in outside.arrivals if one.channel == "mail" and one.address.startswith(f"w{world.seed}c")]
    if not mine:
        return None
    one, kind = (
        world.chance.choice(mine),
        world.chance.weighed({"delivered": 5, "bounced": 1, "complained": 1, "unsubscribed": 1}),
    )
    person = world.person("mail", one.address)
    assert person is not None

    def act() -> None:
        with scope.everyone():
            record(Tracking(kind, key=one.key))
        if kind in ("bounced", "complained"):
            person.dead.add("mail")
        elif kind == "unsubscribed":
            person.stopped.add("mail")

    return act


def message_of(key: str) -> tuple[int, int] | None:
    """Its enrolment and shop, by the key of a letter."""
    return Message.objects.filter(key=key).values_list("source_id", "shop_id").first()
