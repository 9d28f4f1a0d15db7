"""The list of cancellations, and the whole story of one."""

import re
from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from kaeru.cancellations import actions
from kaeru.cancellations.models import CancellationRequest, RequestState
from kaeru.core import clock, scope
from kaeru.core.models import AuditEntry
from kaeru.recoveries.models import Recovery
from kaeru.scenarios.models import StepLog
from tests import builders
from tests.cast import Cast


def seen(html: bytes) -> str:
    """The page's words without its tags."""
    return " ".join(re.sub(r"<[^>]+>", " ", html.decode()).split())


@pytest.fixture
def wish(cast: Cast) -> CancellationRequest:
    """A cancellation that went all the way: mail, coupon, re-order."""
    now = clock.now()
    buyer = builders.customer(cast.kotori)
    order = builders.order(cast.kotori, buyer, placed_at=now - timedelta(days=2), number="K-1")
    reason = builders.reason(cast.kotori)
    told = builders.cancellation(
        order,
        reason,
        state=RequestState.CANCELLED,
        requested_at=now - timedelta(days=1, hours=2),
        decided_at=now - timedelta(days=1, hours=1),
        cancelled_at=now - timedelta(days=1),
    )
    template = builders.template(cast.kotori)
    _, revision = builders.scenario(reason, template)
    way = builders.enrollment(revision, told, state="ended", end_reason="reordered", ended_at=now - timedelta(hours=1))
    mail = builders.message(template, buyer, way.id, state="sent", ended_at=now - timedelta(hours=20))
    builders.delivery(mail, subject="ご注文K-1について", body="山田 花子 様\nカートはこちらです。")
    builders.coupon(cast.kotori, buyer, enrollment_id=way.id, code="KAERU-77", issued_at=now - timedelta(hours=3))
    again = builders.order(cast.kotori, buyer, placed_at=now - timedelta(hours=1), number="K-2")
    with scope.organization(cast.organization.id):
        StepLog.objects.create(
            organization=cast.organization, enrollment_id=way.id, position=1, kind="coupon", outcome="skipped",
            reason="no_consent", at=now - timedelta(hours=2),
        )  # fmt: skip
        Recovery.objects.create(
            organization=cast.organization, shop=cast.kotori, cancellation=told, order=again, how="link", amount=3460,
            currency="JPY", recovered_at=again.placed_at,
        )  # fmt: skip
    return told


def test_it_tells_the_whole_story_in_order(cast: Cast, wish: CancellationRequest) -> None:
    page = seen(cast.aoi.browser().get(f"/cancellations/{wish.id}/", {"lang": "en"}).content)
    order = [
        "Ordered for ¥3,960",
        "“Change the delivery address”",
        "Cancelled by the customer: ¥3,960",
        "Cancelled in the shop&#x27;s system",
        "sent",
        "ご注文K-1について",
        "Coupon issued: ¥500 off",
        "KAERU-77",
        "Left out: after 1 day The customer has not agreed to advertisements.",
        "The customer ordered again, so nothing more is sent.",
        "¥3,460",
        "It came through the re-order link.",
    ]
    reached = page.index("The story")
    for words in order:
        reached = page.index(words, reached)


def test_it_lists_what_came_back(cast: Cast, wish: CancellationRequest) -> None:
    order = builders.order(cast.kotori, builders.customer(cast.kotori, email=None), number="GONE-9")
    builders.cancellation(order, builders.reason(cast.kotori), state=RequestState.CANCELLED)
    page = cast.aoi.browser().get("/cancellations/", {"span": "back"}).content.decode()
    assert f"/cancellations/{wish.id}/" in page
    assert "GONE-9" not in page
    assert "?span=back" in cast.aoi.browser().get("/").content.decode()


def test_it_says_what_comes_next(cast: Cast) -> None:
    reason = builders.reason(cast.kotori)
    told = builders.cancellation(builders.order(cast.kotori, builders.customer(cast.kotori)), reason)
    _, revision = builders.scenario(reason, builders.template(cast.kotori))
    builders.enrollment(revision, told, due_at=clock.now() + timedelta(hours=5), step=0)
    page = seen(cast.aoi.browser().get(f"/cancellations/{told.id}/", {"lang": "en"}).content)
    assert "Next: Mail" in page
    assert "Waits for the shop&#x27;s system to cancel it" in page


def test_it_lists_by_span(cast: Cast) -> None:
    now = clock.now()
    reason = builders.reason(cast.kotori)
    for days, number in ((0, "NOW-1"), (3, "WEEK-1"), (30, "OLD-1")):
        order = builders.order(cast.kotori, builders.customer(cast.kotori, email=None), number=number)
        builders.cancellation(order, reason, state=RequestState.CANCELLED, requested_at=now - timedelta(days=days))
    order = builders.order(cast.kotori, builders.customer(cast.kotori, email=None), number="PAGE-1")
    builders.cancellation(order, reason, state=RequestState.CONSIDERING)
    order = builders.order(cast.kotori, builders.customer(cast.kotori, email=None), number="HAND-1")
    builders.cancellation(order, reason, requested_at=now - timedelta(days=40))

    def numbers(span: str) -> set[str]:
        page = cast.aoi.browser().get("/cancellations/", {"span": span}).content.decode()
        return set(re.findall(r"[A-Z]+-1\b", page))

    assert numbers("today") == {"NOW-1"}
    assert numbers("week") == {"NOW-1", "WEEK-1"}
    assert numbers("all") == {"NOW-1", "WEEK-1", "OLD-1", "HAND-1"}
    assert numbers("hand") == {"HAND-1"}
    assert numbers("nonsense") == numbers("week")


def test_it_pages_a_long_list_at_a_constant_cost(
    cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    reason = builders.reason(cast.kotori)
    buyer = builders.customer(cast.kotori)
    for number in range(53):
        order = builders.order(cast.kotori, buyer, lines=[], number=f"N-{number:03d}")
        builders.cancellation(order, reason, requested_at=clock.now() - timedelta(minutes=number))
    browser = cast.aoi.browser()
    with django_assert_max_num_queries(12):
        first = browser.get("/cancellations/").content.decode()
    assert "N-000" in first
    assert "N-052" not in first
    assert "N-052" in browser.get("/cancellations/", {"page": "2"}).content.decode()
    assert browser.get("/cancellations/", {"page": "999999"}).status_code == 200
    assert browser.get("/cancellations/", {"page": "<x>"}).status_code == 200


def test_it_notes_an_order_cancelled_by_hand_once(cast: Cast) -> None:
    told = builders.cancellation(builders.order(cast.kotori), builders.reason(cast.kotori))
    address = f"/cancellations/{told.id}/confirm/"
    assert "店舗で取り消しました" in cast.bunta.browser().get(f"/cancellations/{told.id}/").content.decode()
    for _ in range(2):
        assert cast.bunta.browser().post(address).status_code == 302
    with scope.organization(cast.organization.id):
        told.refresh_from_db()
        entries = list(AuditEntry.objects.filter(verb="cancellation.confirmed_by_hand"))
    assert told.state == RequestState.CANCELLED
    assert [entry.actor for entry in entries] == [f"member:{cast.bunta.member.id}"]


def test_it_lets_a_viewer_read_but_neither_decide_nor_see_people(cast: Cast, wish: CancellationRequest) -> None:
    page = cast.mei.browser().get(f"/cancellations/{wish.id}/").content.decode()
    assert "山田" not in page
    assert "山•••" in page
    assert "/mails/" not in page
    assert cast.mei.browser().post(f"/cancellations/{wish.id}/confirm/").status_code == 403


def test_it_shows_a_mail_as_it_was_sent(cast: Cast) -> None:
    buyer = builders.customer(cast.kotori)
    mail = builders.message(builders.template(cast.kotori), buyer, 1, state="sent")
    builders.delivery(mail, subject="<script>1</script>件名", body="<script>alert(1)</script>\n二行目")
    page = cast.aoi.browser().get(f"/mails/{mail.id}/").content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page
    assert "hanako@example.com" in page


@pytest.mark.parametrize(
    ("state", "finding", "after"),
    [
        ("unknown", "arrived", "sent"),
        ("unknown", "lost", "closed"),
        ("failed", "seen", "closed"),
        ("unknown", "seen", "unknown"),
        ("sent", "lost", "sent"),
        ("waiting", "arrived", "waiting"),
        ("unknown", "", "unknown"),
    ],
)
def test_it_notes_what_became_of_a_mail(cast: Cast, state: str, finding: str, after: str) -> None:
    mail = builders.message(builders.template(cast.kotori), builders.customer(cast.kotori), 1, state=state)
    cast.bunta.browser().post(f"/mails/{mail.id}/settle/", {"finding": finding})
    with scope.organization(cast.organization.id):
        mail.refresh_from_db()
        noted = AuditEntry.objects.filter(verb="message.settled").count()
    assert (mail.state, noted) == (after, int(state != after))


def test_it_tries_a_stopped_scenario_again(cast: Cast) -> None:
    reason = builders.reason(cast.kotori)
    told = builders.cancellation(builders.order(cast.kotori), reason)
    _, revision = builders.scenario(reason, builders.template(cast.kotori))
    way = builders.enrollment(revision, told, state="parked", attempts=5)
    page = seen(cast.aoi.browser().get("/", {"lang": "en"}).content)
    assert "has stopped" in page
    for _ in range(2):
        cast.bunta.browser().post(f"/cancellations/{told.id}/retry/")
    with scope.organization(cast.organization.id):
        way.refresh_from_db()
    assert (way.state, way.attempts) == ("waiting", 0)
    assert "has stopped" not in seen(cast.aoi.browser().get("/", {"lang": "en"}).content)


def test_it_says_how_the_money_goes_back_by_the_way_it_was_paid(cast: Cast) -> None:
    builders.policy(cast.kotori, {"refund": {"form_url": "https://pay.example/form"}})
    order = builders.order(cast.kotori, builders.customer(cast.kotori), payment_kind="konbini")
    wish = builders.cancellation(order, builders.reason(cast.kotori))
    html = cast.aoi.browser().get(f"/cancellations/{wish.id}/").content.decode()
    assert "返金の方法" in html
    assert "決済会社の専用フォームをご案内ください" in html
    assert "https://pay.example/form" in html


def test_it_tells_of_a_wish_that_waits_for_the_shop_and_of_a_no_with_its_ground(cast: Cast) -> None:
    asking = {"rules": [{"id": "all", "name": "", "when": None, "result": "ask", "ground": ""}]}
    builders.policy(cast.kotori, asking)
    order = builders.order(cast.kotori, builders.customer(cast.kotori))
    builders.reason(cast.kotori)
    browser = cast.aoi.browser()
    with scope.organization(cast.organization.id):
        wish = actions.request(order.id, "change_address", actor="customer")
    html = browser.get(f"/cancellations/{wish.id}/").content.decode()
    assert "確認待ち" in html
    assert "お客様がキャンセルを希望しています" in html
    with scope.organization(cast.organization.id):
        actions.decline(
            wish.id, ground="other", words={"ja": "お作りを始めました。"}, actor=f"member:{cast.bunta.member.id}"
        )
    html = browser.get(f"/cancellations/{wish.id}/").content.decode()
    assert "キャンセル申請をお断りしました" in html
    assert "お作りを始めました。" in html
    assert "文太による決定です。" in html
    assert "Cancelled by the customer" not in html
    assert "お客様によるキャンセル" not in html
