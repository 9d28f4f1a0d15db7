"""What waits, when it goes on, and why it was put off."""

import re
from datetime import timedelta

from pytest_django import DjangoAssertNumQueries

from kaeru.core import clock, scope
from kaeru.orders import own_events
from kaeru.scenarios import actions as scenarios
from kaeru.scenarios.flow import flow_of
from kaeru.scenarios.models import Enrollment
from kaeru.worker.registry import drain
from tests import builders
from tests.cast import Cast


def seen(cast: Cast, **query: str) -> str:
    html = cast.aoi.browser().get("/waiting/", {"lang": "en", **query}).content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_it_lists_the_next_first_and_says_what_it_is(cast: Cast) -> None:
    reason = builders.reason(cast.kotori)
    _, revision = builders.scenario(reason, builders.template(cast.kotori))
    for hours, number in ((30, "LATER-1"), (2, "SOON-1")):
        order = builders.order(cast.kotori, builders.customer(cast.kotori), number=number)
        due = clock.now() + timedelta(hours=hours, minutes=1)
        builders.enrollment(revision, builders.cancellation(order, reason), due_at=due, step=0)
    page = seen(cast)
    assert page.index("SOON-1") < page.index("LATER-1")
    assert "Mail Change the delivery address" in page
    assert "in 2 h" in page
    assert "in 1 d 6 h" in page


def test_it_says_why_somebody_is_held(cast: Cast) -> None:
    reason = builders.reason(cast.kotori)
    _, revision = builders.scenario(reason, builders.template(cast.kotori), is_on=False)
    builders.enrollment(revision, builders.cancellation(builders.order(cast.kotori), reason), state="held")
    assert "The scenario is switched off." in seen(cast, state="held")
    assert "Nothing waits" in seen(cast)


def test_it_says_why_a_mail_was_put_off(cast: Cast) -> None:
    template = builders.template(cast.kotori)
    builders.message(template, builders.customer(cast.kotori), 1, reason="unreachable")
    assert "The mail server could not be reached. It is tried again." in seen(cast)


def test_it_says_what_to_do_when_nothing_waits(cast: Cast) -> None:
    assert "Nothing waits" in seen(cast)


def test_it_costs_the_same_for_many(cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    reason = builders.reason(cast.kotori)
    template = builders.template(cast.kotori)
    _, revision = builders.scenario(reason, template)
    for _ in range(10):
        buyer = builders.customer(cast.kotori)
        builders.enrollment(revision, builders.cancellation(builders.order(cast.kotori, buyer), reason))
        builders.message(template, buyer, 1)
    browser = cast.aoi.browser()
    with django_assert_max_num_queries(12):
        browser.get("/waiting/")


def test_it_leads_somewhere_for_what_began_with_an_event_of_the_shops_own(cast: Cast) -> None:
    buyer = builders.customer(cast.kotori, name="秘田 密子")
    order = builders.order(cast.kotori, buyer, number="LATE-1")
    with scope.organization(cast.organization.id):
        for trigger in ("order.delayed", "custom:parcel.returned"):
            made = scenarios.begin(
                cast.kotori, actor="test", name=trigger, flow=flow_of([{"kind": "wait", "days": 2}], trigger=trigger)
            )
            scenarios.publish(made.id, actor="test")
            scenarios.switch(made.id, is_on=True, actor="test")
        own_events.tell(
            cast.kotori,
            [
                own_events.OwnEvent("order.delayed", clock.now(), order=order.source_id),
                own_events.OwnEvent("parcel.returned", clock.now(), customer=str(buyer.source_id)),
            ],
        )
    drain()
    page = seen(cast)
    assert "LATE-1" in page
    browser = cast.aoi.browser()
    html = browser.get("/waiting/").content.decode()
    for address in re.findall(r'href="(/waiting/\d+/)"', html):
        assert browser.get(address).status_code == 200
    assert len(re.findall(r'href="/waiting/\d+/"', html)) == 2
    assert browser.get("/").status_code == 200
    with scope.organization(cast.organization.id):
        Enrollment.objects.update(state="parked")
    assert browser.get("/").status_code == 200


def test_it_says_until_when_a_call_is_waited_for(cast: Cast) -> None:
    reason = builders.reason(cast.kotori)
    _, revision = builders.scenario(reason, builders.template(cast.kotori))
    order = builders.order(cast.kotori, builders.customer(cast.kotori))
    net = clock.now() + timedelta(days=40)
    enrolled = builders.enrollment(
        revision, builders.cancellation(order, reason), due_at=net, rest_until=net, awaiting="call.closed"
    )
    builders.call(
        cast.kotori,
        order.customer,
        order,
        source_id=enrolled.id,
        deadline_at=clock.now() + timedelta(hours=3, minutes=1),
    )
    assert "in 3 h" in seen(cast)
