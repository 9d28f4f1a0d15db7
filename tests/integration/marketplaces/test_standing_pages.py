"""The standing on its page and over the API: for a shop that is safe, over the line, on no mall, and for strangers."""

import json
from datetime import date, timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from typer.testing import CliRunner, Result

from kaeru.cli.commands import app
from kaeru.core import clock, events, scope
from kaeru.marketplaces import actions, counting, judging, standing
from kaeru.marketplaces.models import MallTerms
from kaeru.orders.actions import mirror
from kaeru.orders.rules import LineRecord, OrderRecord
from kaeru.tenants import actions as tenants
from tests.cast import Cast
from tests.integration.api.client import System


def fill(cast: Cast, *, orders: int, cancelled: int, programme: str = "qoo10") -> None:
    """Orders of this very hour of the mall's day, some cancelled by the shop after a day of patience."""
    now = clock.now()
    with scope.organization(cast.organization.id):
        records = [
            OrderRecord(
                f"m{number}", now, now, "JPY", 3000, (LineRecord("手ぬぐい", 1, 3000, f"l{number}"),), paid_at=now,
                cancelled_at=now + timedelta(hours=7) if number < cancelled else None, cancel_side="shop" if number < cancelled else "",
            )
            for number in range(orders)
        ]  # fmt: skip
        mirror(cast.kotori, records, is_history=True)
        actions.join(cast.kotori, programme, actor="test")
    count()


def count() -> None:
    while events.deliver(1000):
        pass
    counting.lay_out_new(10)
    while counting.count_marked(400):
        pass


def page_of(cast: Cast, address: str = "/standing/") -> str:
    answer = cast.aoi.browser().get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_asks_for_the_mall_first(cast: Cast) -> None:
    page = page_of(cast, "/standing/?lang=en")
    assert "This shop is on no mall yet" in page
    assert cast.aoi.browser().post("/standing/join/", {"programme": "qoo10"}).status_code == 302
    count()
    page = page_of(cast, "/standing/?lang=en")
    assert "No orders yet" in page
    assert 'href="/standing/"' in page, "the place is in the bar"


def test_it_opens_with_the_first_shop_that_is_on_a_mall(cast: Cast) -> None:
    with scope.organization(cast.organization.id):
        other = tenants.add_shop(cast.organization, "mall", "モール店", actor="test")
        actions.join(other, "qoo10", actor="test")
    answer = cast.aoi.browser().get("/standing/?lang=en")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/standing/?lang=en&shop=mall")
    assert "This shop is on no mall yet" in page_of(cast, f"/standing/?lang=en&shop={cast.kotori.slug}")


def test_it_shows_how_far_each_line_is(cast: Cast) -> None:
    fill(cast, orders=100, cancelled=5)
    page = page_of(cast, "/standing/?lang=en")
    assert "2 more cancellations stay within the line at 7%." in page
    assert "5.0%" in page
    assert "5 cancelled of 100 orders" in page
    assert "At most 500 items" in page
    assert "could not be verified" in page


def test_it_takes_exactly_the_limit_as_within_and_shows_so(cast: Cast) -> None:
    fill(cast, orders=100, cancelled=7)
    page = page_of(cast, "/standing/?lang=en")
    assert "one more cancellation crosses the line at 7%" in page
    assert "7.000%" in page


def test_it_says_what_follows_beyond_a_line(cast: Cast) -> None:
    fill(cast, orders=100, cancelled=16)
    page = page_of(cast, "/standing/?lang=en")
    assert "over the line now. What follows: At most 500 items" in page or "What follows: No mega sale" in page
    assert "over the line" in page


def test_it_reads_the_rule_as_the_seller_chooses(cast: Cast) -> None:
    fill(cast, orders=100, cancelled=8)
    browser = cast.aoi.browser()
    assert browser.post("/standing/reading/", {"named": "everything"}).status_code == 302
    with scope.organization(cast.organization.id):
        assert counting.reading_of(MallTerms.objects.get()).grace_hours == 0
    own = {
        "named": "own",
        "cancels": "orders",
        "month_of": "cancel",
        "grace_hours": "12",
        "sides": ["customer"],
        "only_paid": "on",
    }
    assert browser.post("/standing/reading/", own).status_code == 302
    with scope.organization(cast.organization.id):
        reading = counting.reading_of(MallTerms.objects.get())
        assert (reading.grace_hours, reading.sides, reading.month_of) == (12, ("customer",), "cancel")
        assert MallTerms.objects.get().counted_at is not None, "another reading needs no new count"
    assert browser.post("/standing/reading/", {**own, "sides": []}).status_code == 422
    assert browser.post("/standing/reading/", {**own, "grace_hours": "9999"}).status_code == 422


def test_it_keeps_what_the_malls_screen_shows(cast: Cast) -> None:
    fill(cast, orders=1, cancelled=0)
    browser = cast.aoi.browser()
    told = {"points": "-12", "payout_days": "28", "next_sale_on": "2026-11-27"}
    assert browser.post("/standing/seen/", told).status_code == 302
    with scope.organization(cast.organization.id):
        terms = MallTerms.objects.get()
        assert (terms.points, terms.payout_days, terms.next_sale_on) == (-12, 28, date(2026, 11, 27))
        assert terms.points_on is not None
    assert browser.post("/standing/seen/", {"points": "many"}).status_code == 422


def test_it_lets_only_those_change_it_who_may(cast: Cast) -> None:
    fill(cast, orders=1, cancelled=0)
    for address in ("join", "reading", "seen", "leave"):
        assert cast.bunta.browser().post(f"/standing/{address}/", {"programme": "rakuten"}).status_code == 403
    assert cast.bunta.browser().get("/standing/").status_code == 200
    assert cast.chika.browser().get(f"/standing/?shop={cast.kotori.slug}").status_code == 200
    assert (
        "cancelled of" not in cast.chika.browser().get(f"/standing/?shop={cast.kotori.slug}&lang=en").content.decode()
    )


def test_it_stops_counting_when_asked_and_keeps_the_past(cast: Cast) -> None:
    fill(cast, orders=3, cancelled=0)
    assert judging.judge_due(10) == 1
    assert cast.aoi.browser().post("/standing/leave/").status_code == 302
    with scope.organization(cast.organization.id):
        assert not MallTerms.objects.exists()
    count()
    assert "on no mall yet" in page_of(cast, "/standing/?lang=en")


def test_it_draws_every_mall(cast: Cast) -> None:
    fill(cast, orders=20, cancelled=2)
    for name in ("amazon_jp", "rakuten", "yahoo", "ebay", "shopee", "lazada"):
        with scope.organization(cast.organization.id):
            actions.join(cast.kotori, name, actor="test")
        count()
        assert 'class="lead' in page_of(cast)


def test_it_asks_the_same_few_questions_however_many_orders(cast: Cast) -> None:
    fill(cast, orders=30, cancelled=3)
    with scope.organization(cast.organization.id):
        terms = MallTerms.objects.get()
        with CaptureQueriesContext(connection) as queries:
            standing.answer(terms)
    assert len(queries) == 2


def test_it_answers_over_the_api(cast: Cast) -> None:
    system = System(cast.kotori, ("read",))
    assert system.call("GET", "/standing").status_code == 404
    fill(cast, orders=100, cancelled=8)
    told = system.get("/standing")
    assert (told["programme"], told["definition"], told["stage"], told["heading_for"]) == (
        "qoo10",
        "after_6_hours",
        None,
        "warning",
    )
    month = told["running"][0]
    assert (month["counted"], month["orders"], month["rate"], month["lines"][0]["limit"]) == (8, 100, 0.08, "7%")
    assert {one["definition"] for one in told["other_definitions"]} >= {"shop_side", "everything", "product_slips"}
    assert system.get("/standing?definition=slips")["running"][0]["counted"] == 0
    assert system.get("/standing?on=2020-02-01")["judged"][0]["orders"] == 0
    for wrong in ("definition=mine", "on=1900-01-01", "on=soon", "shop=other"):
        assert system.call("GET", f"/standing?{wrong}").status_code == 422
    assert System(cast.other_shop, ("read",)).call("GET", "/standing").status_code == 404


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["standing", "--shop", "kotori", *arguments])


def test_it_answers_on_the_command_line(cast: Cast) -> None:
    fill(cast, orders=100, cancelled=8)
    shown = {}
    for more in ("", "--recount", "--definition everything", "--programme rakuten --on 2020-01-01"):
        done = run("--json", *more.split())
        assert done.exit_code == 0, done.output
        shown[more] = json.loads(done.stdout)
    assert shown[""] == shown["--recount"]
    assert shown[""]["heading_for"] == "warning"
    assert shown["--definition everything"]["definition"] == "everything"
    assert shown["--programme rakuten --on 2020-01-01"]["judged"][0]["counts"] == "points"
    assert "heading for warning" in " ".join(run().stdout.split())
    for wrong in ("--definition mine", "--programme mall", "--on soon"):
        assert run(*wrong.split()).exit_code == 2
