"""The demo's button: to the next thing that happens, or to one customer's own next step."""

from datetime import timedelta

from pytest_django import Settings

from kaeru.core import clock, scope
from kaeru.scenarios.models import Enrollment, Revision
from tests import builders
from tests.cast import Cast


def wait(cast: Cast, days: int) -> Enrollment:
    """A customer whose scenario goes on in so many days."""
    order = builders.order(cast.kotori, builders.customer(cast.kotori, email=f"b{days}@example.com"))
    why = builders.reason(cast.kotori)
    revision = Revision.objects.filter(scenario__reason=why).first()
    revision = revision or builders.scenario(why, builders.template(cast.kotori))[1]
    return builders.enrollment(revision, builders.cancellation(order, why), due_at=clock.now() + timedelta(days=days))


def test_it_goes_to_the_named_customers_step_in_the_demo_only(cast: Cast, settings: Settings) -> None:
    with scope.organization(cast.organization.id):
        wait(cast, 1)
        later = wait(cast, 3)
    browser = cast.aoi.browser()
    body = {"cancellation": str(later.cancellation_id)}
    assert browser.post("/demo/skip/", body).status_code == 404
    settings.KAERU_DEMO = True
    assert browser.post("/demo/skip/", body).status_code == 302
    assert abs(clock.now() - later.due_at) < timedelta(minutes=1)


def test_it_takes_a_stranger_only_to_the_next_step_of_all(cast: Cast, settings: Settings) -> None:
    settings.KAERU_DEMO = True
    with scope.organization(cast.organization.id):
        first = wait(cast, 1)
        later = wait(cast, 3)
    cast.chika.browser().post("/demo/skip/", {"cancellation": str(later.cancellation_id)})
    assert abs(clock.now() - first.due_at) < timedelta(minutes=1)
