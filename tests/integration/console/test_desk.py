"""The desk on screen: one queue, a case with its letter, decided by form, closed to viewers and strangers."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from kaeru.cancellations.desk import actions
from kaeru.cancellations.desk.choice import Choice
from kaeru.cancellations.desk.opening import for_request, open_cases
from kaeru.cancellations.models import CancellationRequest, Case, Decision, RequestState, Shortage
from kaeru.core import clock, scope
from kaeru.core.models import Link
from kaeru.messages.models import Message
from tests import builders
from tests.cast import Cast, Person


def case(cast: Cast, name: str = "山田 花子", **fields: Any) -> Case:
    """A wish that waits for a person."""
    buyer = builders.customer(cast.kotori, name=name, language="ja")
    order = builders.order(cast.kotori, buyer, number=f"K-{name[:2]}")
    request = builders.cancellation(order, builders.reason(cast.kotori), state=RequestState.ASKED)
    with scope.organization(cast.organization.id):
        [made] = open_cases(
            [for_request("decide", request, proposal={"verdict": "approve", "rule_name": "高額の注文"})]
        )
        Case.objects.filter(id=made.id).update(due_at=clock.now() + timedelta(minutes=42), **fields)
    return made


def seen(who: Person, path: str = "/desk/", language: str = "ja") -> str:
    browser = who.browser()
    browser.cookies["kaeru_language"] = language
    answer = browser.get(path)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def send(who: Person, made: Case, **form: str) -> Any:
    browser = who.browser()
    browser.cookies["kaeru_language"] = "ja"
    return browser.post(f"/desk/{made.id}/decide/", form)


def state_of(made: Case) -> str:
    with scope.everyone():
        return CancellationRequest.objects.get(id=made.request_id or 0).state


@pytest.mark.parametrize(("language", "words"), [("ja", "あと41分"), ("en", "41 min until an answer is owed")])
def test_it_shows_the_clock_the_buyer_and_the_proposed_answer(cast: Cast, language: str, words: str) -> None:
    case(cast)
    page = seen(cast.bunta, language=language)
    assert words in page and "山田 花子" in page and "3,960" in page
    assert ("提案：キャンセルを承る" if language == "ja" else "Proposed: approve") in page


def test_it_says_so_when_nothing_waits(cast: Cast) -> None:
    assert "待っている案件はありません" in seen(cast.bunta)
    for show in ("mine", "later", "done"):
        seen(cast.bunta, f"/desk/?show={show}")


def test_it_shows_the_letter_as_the_buyer_will_read_it_and_makes_no_link_of_it(cast: Cast) -> None:
    made = case(cast)
    page = seen(cast.bunta, f"/desk/{made.id}/")
    assert "山田 花子 様" in page and "キャンセルを承りました" in page and "高額の注文" in page
    with scope.everyone():
        assert not Link.objects.filter(purpose="cancel").exists()


def test_it_decides_by_a_plain_form_and_opens_the_next_case(cast: Cast) -> None:
    first, second = case(cast, "山田 花子"), case(cast, "鈴木 一郎")
    answer = send(cast.bunta, first, deed="decline", ground="made_to_order", own="ご了承ください。", do="send")
    assert (answer.status_code, answer.url) == (302, f"/desk/{second.id}/?undo={first.id}")
    assert state_of(first) == "declined"
    with scope.everyone():
        letter = Message.objects.get(source="decision")
        body = letter.template.texts["ja"]["body"]
        assert "お作りする" in body and "ご了承ください。" in body and "変えられる点" in body
    assert "まもなく手紙を送ります" in seen(cast.bunta, answer.url)
    assert "まもなく手紙を送ります" not in seen(cast.aoi, answer.url)
    cast.bunta.browser().post(f"/desk/{first.id}/undo/")
    assert state_of(first) == "asked"


def test_it_reads_the_letter_again_with_the_chosen_ground_before_anything_is_sent(cast: Cast) -> None:
    made = case(cast)
    answer = send(cast.bunta, made, deed="decline", ground="shipped", do="preview")
    page = answer.content.decode()
    assert answer.status_code == 200 and "すでに発送しているため" in page and "返品の条件" in page
    assert state_of(made) == "asked"


def test_it_sends_the_letter_as_it_was_edited(cast: Cast) -> None:
    made = case(cast)
    form = {
        "subject": "ご注文について",
        "body": "{{ customer.name }} 様\n\n今回はキャンセルを承れません。",
        "composed": "before",
    }
    send(cast.bunta, made, deed="decline", ground="other", do="send", **form)
    with scope.everyone():
        assert (
            Message.objects.get(source="decision")
            .template.texts["ja"]["body"]
            .endswith("今回はキャンセルを承れません。")
        )


@pytest.mark.parametrize(
    "body", ["{{ customer.nickname }}", "{% if %}", "返金のため、銀行の口座番号をお知らせください。"]
)
def test_it_refuses_a_letter_that_must_not_go_and_keeps_what_was_typed(cast: Cast, body: str) -> None:
    made = case(cast)
    answer = send(
        cast.bunta, made, deed="decline", ground="other", do="send", body=body, composed="before", subject="ご注文"
    )
    assert answer.status_code == 422
    assert "この手紙は送れません" in answer.content.decode()
    assert state_of(made) == "asked"


def test_it_sends_no_letter_when_asked_not_to(cast: Cast) -> None:
    made = case(cast)
    send(cast.bunta, made, deed="approve", quiet="1", do="send")
    assert state_of(made) == "requested"
    with scope.everyone():
        assert not Message.objects.filter(source="decision").exists()


def test_it_tells_the_second_who_was_first(cast: Cast) -> None:
    made = case(cast)
    send(cast.bunta, made, deed="decline", ground="other", do="send")
    browser = cast.aoi.browser()
    browser.cookies["kaeru_language"] = "ja"
    answer = browser.post(f"/desk/{made.id}/decide/", {"deed": "approve", "do": "send"}, follow=True)
    assert "文太さんが先に決めました" in answer.content.decode()
    assert state_of(made) == "declined"


def test_it_lets_a_viewer_look_and_not_decide(cast: Cast) -> None:
    made = case(cast)
    page = seen(cast.mei, f"/desk/{made.id}/")
    assert "決めることはできません" in page and "山田 花子" not in page
    for what in ("decide", "undo", "take", "assign", "snooze", "note"):
        assert cast.mei.browser().post(f"/desk/{made.id}/{what}/", {"deed": "approve", "do": "send"}).status_code == 403
    assert cast.mei.browser().get("/desk/shortages/new/?sku=sku-0").status_code == 403
    assert state_of(made) == "asked"


def test_it_is_not_there_for_chika(cast: Cast) -> None:
    made = case(cast)
    assert "山田" not in seen(cast.chika)
    assert cast.chika.browser().get(f"/desk/{made.id}/").status_code == 404
    for what in ("decide", "undo", "take", "assign", "snooze", "note"):
        assert cast.chika.browser().post(f"/desk/{made.id}/{what}/", {"deed": "approve"}).status_code == 404
    assert state_of(made) == "asked"


def test_it_needs_the_page_token(cast: Cast) -> None:
    made = case(cast)
    browser: Client = cast.bunta.browser(csrf=True)
    assert browser.post(f"/desk/{made.id}/decide/", {"deed": "approve"}).status_code == 403


def test_it_puts_off_gives_and_notes(cast: Cast) -> None:
    made = case(cast)
    browser = cast.bunta.browser()
    browser.cookies["kaeru_language"] = "ja"
    assert browser.post(f"/desk/{made.id}/take/").status_code == 302
    assert "あなたの担当" in seen(cast.bunta, "/desk/?show=mine")
    browser.post(f"/desk/{made.id}/note/", {"text": "昨日お電話しました"})
    assert "昨日お電話しました" in seen(cast.aoi, f"/desk/{made.id}/")
    assert "昨日お電話しました" not in seen(cast.mei, f"/desk/{made.id}/")
    assert browser.post(f"/desk/{made.id}/snooze/", {"when": "typed", "at": "いつか"}).status_code == 422
    assert browser.post(f"/desk/{made.id}/snooze/", {"when": "hour"}).status_code == 302
    assert "待っている案件はありません" in seen(cast.bunta)
    assert "山田 花子" in seen(cast.bunta, "/desk/?show=later")
    browser.post(f"/desk/{made.id}/snooze/", {"when": "now"})
    assert "山田 花子" in seen(cast.bunta)


def test_it_is_counted_on_today_and_in_the_places(cast: Cast) -> None:
    case(cast)
    page = seen(cast.bunta, "/")
    assert "受付に1件あります" in page
    assert 'class="how-many">1' in page


def test_it_offers_other_variants_and_what_is_typed(cast: Cast) -> None:
    made = case(cast)
    answer = send(cast.bunta, made, deed="substitute", free_title="手ぬぐい 生成り", free_price="1980", do="send")
    assert answer.status_code == 302
    nothing = case(cast, "鈴木 一郎")
    assert send(cast.bunta, nothing, deed="substitute", do="send").status_code == 422


def test_it_tells_all_buyers_of_what_is_missing(cast: Cast) -> None:
    for name in ("山田", "鈴木"):
        builders.order(cast.kotori, builders.customer(cast.kotori, name=name, email=f"{ord(name[0])}@example.com"))
    assert "藍染めの手ぬぐい" in seen(cast.bunta, "/desk/shortages/")
    page = seen(cast.bunta, "/desk/shortages/new/?sku=sku-0")
    assert "2人のお客様に、下の手紙をすぐに送ります。" in page and "在庫が足りず" in page
    browser = cast.bunta.browser()
    answer = browser.post("/desk/shortages/new/", {"sku": "sku-0", "cause": "damaged", "do": "preview"})
    assert "検品" in answer.content.decode()
    assert (
        browser.post(
            "/desk/shortages/new/", {"sku": "sku-0", "answer_by": "2020-01-01T10:00", "do": "start"}
        ).status_code
        == 422
    )
    with scope.everyone():
        assert not Shortage.objects.exists()
    answer = browser.post("/desk/shortages/new/", {"sku": "sku-0", "cause": "damaged", "do": "start"})
    with scope.everyone():
        made = Shortage.objects.get()
        address = f"/desk/shortages/{made.id}/"
        assert answer["Location"] == address
        assert Message.objects.filter(source="offer").count() == 2
    assert "2人にお知らせしました" in seen(cast.mei, address)
    assert cast.chika.browser().get(address).status_code == 404
    assert browser.get("/desk/shortages/new/?sku=nothing").status_code == 302


def test_it_keeps_how_the_desk_works(cast: Cast) -> None:
    form = {"reply_hours": "4", "tells": "morning", "soon_minutes": "30", "value_from": "5000"}
    assert cast.bunta.browser().post("/settings/desk/", form).status_code == 403
    assert cast.aoi.browser().post("/settings/desk/", form).status_code == 302
    assert 'value="4"' in seen(cast.aoi, "/settings/desk/")
    assert cast.aoi.browser().post("/settings/desk/", {**form, "reply_hours": "0"}).status_code == 422


def test_it_shows_who_decided_what(cast: Cast) -> None:
    made = case(cast)
    with scope.organization(cast.organization.id):
        actions.decide(made.id, Choice("decline", ground="other"), actor=f"member:{cast.bunta.member.id}")
        assert Decision.objects.filter(request_id=made.request_id).count() == 1
    page = seen(cast.aoi, f"/desk/{made.id}/")
    assert "キャンセルをお断りしました。" in page and "文太" in page and "承って送る" not in page
    assert "山田 花子" in seen(cast.aoi, "/desk/?show=done")


def test_it_costs_the_same_for_many(cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    for number in range(6):
        case(cast, f"山田 {number}")
    browser = cast.bunta.browser()
    with django_assert_max_num_queries(12):
        browser.get("/desk/")
    with scope.everyone():
        first = Case.objects.order_by("id").first()
    assert first is not None
    with django_assert_max_num_queries(38):
        browser.get(f"/desk/{first.id}/")


def test_it_says_in_words_why_a_change_waits_and_how_was_paid(cast: Cast) -> None:
    order = builders.order(cast.kotori, builders.customer(cast.kotori), payment_kind="konbini")
    request = builders.cancellation(order, builders.reason(cast.kotori), state=RequestState.REQUESTED)
    change = builders.change(order)
    with scope.organization(cast.organization.id):
        [made] = open_cases([for_request("change", request, change.id)])
    page = seen(cast.bunta, f"/desk/{made.id}/")
    assert "実行する前に、人の確認を待っています。" in page and "コンビニ" in page
    assert "over_order" not in page and "konbini" not in page
