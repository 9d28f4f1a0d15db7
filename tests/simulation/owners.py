"""What owners do in a world: write scenarios anew, switch them, stop everything, change the rules; and ambushes."""

from django.db.models import F

from kaeru.scenarios import actions as scenarios
from kaeru.scenarios.models import Enrollment, EnrollmentState, Scenario
from kaeru.tenants import actions as tenants
from tests.simulation import world as worlds
from tests.simulation.deeds import Act, come_back, deed, opt_out
from tests.simulation.flows import random_flow
from tests.simulation.world import World


@deed(0.5)
def rewrite(world: World) -> Act | None:
    """The owner edits a scenario and publishes; sometimes an older one is restored, another is copied, or it goes."""
    with world.inside():
        found = worlds.scenarios_of(world)
    if not found:
        return None
    which, what = (
        world.chance.choice(found),
        world.chance.weighed({"publish": 6, "restore": 1, "copy": 1, "remove": 1, "arrange": 1}),
    )
    flow = random_flow(world.chance, scenarios.surroundings(world.shop))
    world.spoiled.update(found)

    def act() -> None:
        with world.inside():
            if not Scenario.objects.filter(id=which).exists():
                return  # somebody removed it meanwhile
            if what == "remove":
                scenarios.remove(which, actor="simulation")
            elif what == "arrange":
                scenarios.arrange(which, by=-1, actor="simulation")
            elif what == "restore":
                scenarios.restore(which, 1, actor="simulation")
            elif what == "copy":
                made = scenarios.copy(which, actor="simulation", name="copy")
                worlds.divide(world, made.id, 100 + len(found))
                scenarios.publish(made.id, actor="simulation")
                world.off.add(made.id)
            else:
                scenarios.save_draft(which, flow, actor="simulation")
                scenarios.publish(which, actor="simulation")

    return act


@deed(1)
def switch(world: World) -> Act | None:
    """A scenario is switched off, or on again."""
    with world.inside():
        found = worlds.scenarios_of(world)
    if not found:
        return None
    which = world.chance.choice(found)
    return switch_to(world, which, is_on=which in world.off)


def switch_to(world: World, which: int, *, is_on: bool) -> Act:
    """This scenario, on or off."""
    world.spoiled.add(which)

    def act() -> None:
        with world.inside():
            if not Scenario.objects.filter(id=which).exists():
                return
            scenarios.switch(which, is_on=is_on, actor="simulation")
        (world.off.discard if is_on else world.off.add)(which)

    return act


@deed(0.8)
def pause(world: World) -> Act:
    """The shop, or the whole organization, is paused; next time it goes on."""
    if world.chance.happens(0.3):
        return pause_organization(world, is_paused=not world.is_organization_paused)
    return pause_shop(world, is_paused=not world.is_paused)


def pause_shop(world: World, *, is_paused: bool) -> Act:
    """The shop stops, or goes on."""

    def act() -> None:
        with world.inside():
            (tenants.pause_shop if is_paused else tenants.resume_shop)(world.shop, actor="simulation")
        world.is_paused = is_paused

    return act


def pause_organization(world: World, *, is_paused: bool) -> Act:
    """The organization stops, or goes on."""

    def act() -> None:
        verb = tenants.pause_organization if is_paused else tenants.resume_organization
        with world.inside():
            verb(world.organization, actor="simulation")
        world.is_organization_paused = is_paused

    return act


@deed(0.5)
def settings(world: World) -> Act:
    """The owner changes when messages may go, how many, how often coupons, or when the shop is open."""
    what = world.chance.choice((worlds.set_rule, worlds.set_cap, worlds.set_weeks, None))
    hours = world.chance.choice(
        ([["10:00", "18:00"]] * 5 + [None, None], [["22:00", "02:00"]] * 7, [None] * 6 + [["00:00", "00:01"]])
    )

    def act() -> None:
        with world.inside():
            if what is not None:
                what(world)
            else:
                tenants.change_hours(
                    world.shop, hours=hours, closed_on=["2027-01-04"], keeps_holidays=True, actor="simulation"
                )

    return act


@deed(0.2)
def retry(world: World) -> Act:
    """A person lets what has stopped try again."""

    def act() -> None:
        with world.inside():
            for key in Enrollment.objects.filter(shop=world.shop, state=EnrollmentState.PARKED).values_list(
                "id", flat=True
            ):
                scenarios.retry(key, actor="simulation")

    return act


def ambush(world: World, channel: str, address: str, source_id: int) -> Act | None:
    """The very reader of a letter that is just being made changes their mind, or the owner does."""
    person = world.person(channel, address)
    if person is None:
        return None
    what = world.chance.choice(("stop", "stop", "buy", "buy", "pause", "off", "restore"))
    if what == "stop":
        return opt_out(world, person, channel)
    if what == "buy":
        return come_back(world, person, world.chance.happens(0.5))
    if what == "pause":
        return pause_shop(world, is_paused=True)
    with world.inside():
        found = (
            Enrollment.objects.filter(id=source_id).values_list("revision__scenario_id", "order_id", F("id")).first()
        )
    if found is None:
        return None
    if what == "off":
        return switch_to(world, found[0], is_on=False)
    one = next((one for one in world.bought if one.order_id == found[1] and one.record.cancelled_at), None)
    if one is None:
        return None
    world.change(one, cancelled_at=None)
    return world.tell(one)
