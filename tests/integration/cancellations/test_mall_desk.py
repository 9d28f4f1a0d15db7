"""Buyers' questions on a mall, approvals within the mall's free time, and what the desk's pages and the API say of a mall."""

from datetime import timedelta

import pytest

from kaeru.cancellations.desk import actions
from kaeru.cancellations.desk.choice import Choice
from kaeru.cancellations.desk.errors import LetterRefused, NotNow
from kaeru.cancellations.desk.rules import Terms
from kaeru.cancellations.desk.terms import set_terms
from kaeru.cancellations.models import Case
from kaeru.connectors import inquiries as told
from kaeru.connectors.gate import passes
from kaeru.connectors.models import Inquiry, OrderChange
from kaeru.connectors.polling import InquiryRecord
from kaeru.core import clock, scope
from kaeru.marketplaces.desk.approving import ACTOR, approve_what_is_free
from kaeru.marketplaces.models import MallTerms
from kaeru.orders.models import Order
from kaeru.tenants.models import Shop
from kaeru.worker import registry
from tests.cast import Cast
from tests.fakes.shop_system import System
from tests.integration.cancellations.desk_stage import policy
from tests.integration.cancellations.mall_stage import allow, asked, inquiry, mirror, record, wish
from tests.integration.cancellations.mall_stage import monday as monday
from tests.integration.cancellations.mall_stage import shop as shop
from tests.integration.cancellations.mall_stage import system as system

MEMBER = "member:1"
REPLY = Choice("answer", letter={"body": "水曜日に発送いたします。"})


def question(shop: Shop) -> Case:
    mirror(shop, record())
    inquiry(shop, Order.objects.get())
    return Case.objects.get(kind="inquiry")


def test_it_puts_a_question_onto_the_desk(shop: Shop) -> None:
    case = question(shop)
    assert (case.state, case.value, case.request_id) == ("open", 4_980, None)
    inquiry(shop)
    assert Case.objects.count() == 1, "told twice it is one"


def test_it_replies_through_the_gate(shop: Shop, system: System) -> None:
    case = question(shop)
    actions.decide(case.id, REPLY, actor=MEMBER)
    change = OrderChange.objects.get()
    assert (change.kind, change.payload["inquiry"], change.why) == ("answer_inquiry", "MSG:1:1", "inquiry")
    assert change.payload["text"] == "水曜日に発送いたします。"
    passes.carry_out(10)
    assert system.done == ["answer_inquiry"]
    change.refresh_from_db()
    assert "水曜日" not in str(change.payload), "what was written is forgotten in the change"
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("closed", "answered")


BLAME = "在庫切れのためです。お客様からキャンセルのお手続きをお願いします。"


@pytest.mark.parametrize(
    ("body", "refusal"),
    [
        ("", NotNow),
        ("  ", NotNow),
        ("口座番号と暗証番号をご返信ください。", LetterRefused),
        (BLAME, LetterRefused),
        ("{{ shop.name }} {% if x %}", LetterRefused),
    ],
)
def test_it_lets_no_bad_reply_out(shop: Shop, system: System, body: str, refusal: type[Exception]) -> None:
    case = question(shop)
    with pytest.raises(refusal):
        actions.decide(case.id, Choice("answer", letter={"body": body}), actor=MEMBER)
    assert not OrderChange.objects.exists()


def test_it_does_not_answer_twice(shop: Shop, system: System) -> None:
    case = question(shop)
    Inquiry.objects.update(answered_at=clock.now())
    with pytest.raises(NotNow) as refused:
        actions.decide(case.id, REPLY, actor=MEMBER)
    assert refused.value.code == "answered"


def test_it_leaves_the_desk_when_the_mall_says_it_is_answered(shop: Shop) -> None:
    case = question(shop)
    told.mirror(shop, [InquiryRecord("MSG:1:1", clock.now(), answered_at=clock.now())])
    registry.drain()
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("closed", "settled")


def test_it_only_practises_a_reply_in_a_dry_run(shop: Shop, system: System) -> None:
    allow(shop, is_live=False)
    with pytest.raises(NotNow):
        actions.decide(question(shop).id, REPLY, actor=MEMBER)
    actions.decide(Case.objects.get().id, Choice("done"), actor=MEMBER)
    assert not OrderChange.objects.exists()


def approving(shop: Shop, *, is_on: bool = True) -> None:
    allow(shop, cancels_alone=True)
    set_terms(shop, Terms(approves_free=is_on), actor=MEMBER)


def test_it_approves_by_itself_while_the_mall_does_not_count(shop: Shop, system: System) -> None:
    approving(shop)
    case = asked(shop, hours=5)
    assert approve_what_is_free(10) == 1
    case.refresh_from_db()
    assert (case.outcome, case.closed_by) == ("approved", ACTOR)
    assert OrderChange.objects.get().payload["reason"] == "mistaken_order"
    passes.carry_out(10)
    assert system.done == ["cancel"]


def test_it_approves_nothing_that_would_count(shop: Shop, system: System) -> None:
    approving(shop)
    asked(shop, hours=6)
    asked(shop, "2", hours=5.95)
    assert approve_what_is_free(10) == 0, "nor what is too close to the line"


@pytest.mark.parametrize("hindrance", ["off", "dry", "person", "policy", "shipped", "taken", "no_mall", "reading"])
def test_it_leaves_to_a_person_what_is_not_clear(shop: Shop, system: System, hindrance: str) -> None:
    approving(shop, is_on=hindrance != "off")
    if hindrance == "policy":
        policy(
            shop, rules=[{"id": "r1", "name": "受注生産", "when": None, "result": "refuse", "ground": "made_to_order"}]
        )
    case = asked(shop, shipped_at=clock.now() if hindrance == "shipped" else None)
    match hindrance:
        case "dry":
            allow(shop, is_live=False)
        case "person":
            allow(shop, cancels_alone=False)
        case "taken":
            Case.objects.filter(id=case.id).update(assigned_to=1)
        case "no_mall":
            MallTerms.objects.all().delete()
        case "reading":
            MallTerms.objects.update(reading={"grace_hours": 0})
    assert approve_what_is_free(10) == 0
    assert wish().state == "asked"


def test_it_approves_for_each_shop_alone(cast: Cast, shop: Shop, system: System) -> None:
    asked(shop)
    with scope.organization(cast.other_organization.id):
        set_terms(cast.other_shop, Terms(approves_free=True), actor=MEMBER)
    assert approve_what_is_free(10) == 0


def test_it_says_until_when_it_does_not_count(cast: Cast, shop: Shop) -> None:
    asked(shop, hours=4.6)  # ordered at 8:42
    for language, words in (
        ("ja", "14:42までに決めると、件数に入りません"),
        ("en", "settle before 14:42 or it counts"),
    ):
        browser = cast.aoi.browser()
        browser.cookies["kaeru_language"] = language
        page = browser.get("/desk/").content.decode()
        assert words in page
        assert "noetenbai.com" in page
        case = Case.objects.get()
        page = browser.get(f"/desk/{case.id}/").content.decode()
        assert words in page
        assert "bxo.co.jp/magazine/15551" in page


def test_it_says_that_it_counts_when_the_time_is_over(cast: Cast, shop: Shop) -> None:
    asked(shop, hours=7)
    page = cast.aoi.browser().get(f"/desk/{Case.objects.get().id}/").content.decode()
    assert "を過ぎたため、取り消すと件数に入ります" in page


def test_it_shows_both_answers_before_one_is_given(cast: Cast, shop: Shop) -> None:
    mirror(
        shop,
        *(
            record(f"9{number}", hours=50 + number, paid_at=clock.now() - timedelta(hours=49 + number))
            for number in range(30)
        ),
    )
    case = asked(shop, hours=8, paid_at=clock.now() - timedelta(hours=8))
    page = cast.aoi.browser().get(f"/desk/{case.id}/").content.decode()
    assert "今承ると、件数に入ります" in page
    assert "基準を超えて終わる確率" in page


def test_it_walks_from_a_refusal_to_the_malls_screen(cast: Cast, shop: Shop, system: System) -> None:
    case = asked(shop)
    browser = cast.aoi.browser()
    page = browser.get(f"/desk/{case.id}/").content.decode()
    assert "モールの画面で断る" in page
    assert 'name="mall_reason"' in page
    answer = browser.post(
        f"/desk/{case.id}/decide/", {"deed": "decline", "ground": "passed_cutoff", "do": "send"}, follow=True
    )
    task = Case.objects.get(kind="refuse")
    assert answer.redirect_chain[-1][0].startswith(f"/desk/{task.id}/")
    page = answer.content.decode()
    assert "https://qsm.qoo10.jp/GMKT.INC.Gsm.Web/Claim/ClaimManagement.aspx" in page
    assert "こちらのモールのお問い合わせから" in page
    assert "モールでお断りしました" in page


def test_it_has_a_box_for_the_reply(cast: Cast, shop: Shop, system: System) -> None:
    case = question(shop)
    browser = cast.bunta.browser()
    page = browser.get(f"/desk/{case.id}/").content.decode()
    assert "いつ届きますか" in page
    assert "返信する" in page
    bad = browser.post(
        f"/desk/{case.id}/decide/", {"deed": "answer", "reply": "口座番号をご返信ください。", "do": "send"}
    )
    assert bad.status_code == 422
    assert "この返信は送れません" in bad.content.decode()
    good = browser.post(
        f"/desk/{case.id}/decide/", {"deed": "answer", "reply": "水曜日に発送します。", "do": "preview"}
    )
    assert "ガードからの指摘はありません" in good.content.decode()
    browser.post(f"/desk/{case.id}/decide/", {"deed": "answer", "reply": "水曜日に発送します。", "do": "send"})
    assert OrderChange.objects.get().kind == "answer_inquiry"


def test_it_shows_no_words_to_who_may_not_read_people(cast: Cast, shop: Shop) -> None:
    case = question(shop)
    page = cast.mei.browser().get(f"/desk/{case.id}/").content.decode()
    assert "金曜日までに必要です" not in page
    assert "いつ届きますか" not in cast.mei.browser().get("/desk/").content.decode()
    assert cast.chika.browser().get(f"/desk/{case.id}/").status_code == 404


def test_it_wants_the_gate_opened_before_it_approves_by_itself(cast: Cast, shop: Shop, system: System) -> None:
    form = {"reply_hours": 2, "tells": "at_once", "soon_minutes": 120, "value_from": 10_000, "approves_free": "on"}
    answer = cast.aoi.browser().post("/settings/desk/", form)
    assert answer.status_code == 422
    assert "人を通さない取り消しを許可" in answer.content.decode()
    allow(shop, cancels_alone=True)
    assert cast.aoi.browser().post("/settings/desk/", form).status_code == 302
    assert approve_what_is_free(10) == 0
