"""The pages about openings: who would be asked and for how many yen before anything goes, segments, broadcasts, terms."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse

from kaeru.appointments.openings import claiming, terms, waves
from kaeru.appointments.openings.models import Broadcast, Offer, Opening, RefillTerms, Segment
from kaeru.core import scope
from kaeru.messages.models import Message
from tests import salon
from tests.cast import Cast
from tests.integration.appointments.openings import NOON, TOMORROW, account, at, book, cancel, client
from tests.integration.appointments.test_openings import deliver
from tests.salon import House


@pytest.fixture
def house(cast: Cast) -> Iterator[House]:
    at(NOON)
    made = salon.salon(cast.organization)
    with scope.organization(cast.organization.id):
        terms.begin_with(made.shop)
        yield made


@pytest.fixture
def aoi(cast: Cast) -> Client:
    browser = cast.aoi.browser()
    browser.get("/?lang=en")
    return browser


def see(browser: Client, name: str, *parts: object, query: str = "?shop=hasami", status: int = 200) -> str:
    answer = browser.get(reverse(f"console:{name}", args=parts or None) + query + "&lang=en")
    assert answer.status_code == status
    return answer.content.decode()


def freed(house: House) -> Opening:
    cancel(book(house, client(house, "Gone"), 14))
    deliver()
    return Opening.objects.get()


def test_it_lists_what_is_free_and_what_is_over(house: House, aoi: Client) -> None:
    assert "No free time to offer" in see(aoi, "openings")
    freed(house)
    assert "A visit was cancelled" in see(aoi, "openings") and "not offered yet" in see(aoi, "openings")
    assert "Nothing is over yet" in see(aoi, "openings", query="?shop=hasami&only=over")


def test_it_shows_who_why_and_how_many_yen_before_anything_is_sent(house: House, aoi: Client) -> None:
    account(house)
    for number in range(5):
        client(house, f"L{number}", on_line=True)
    client(house, "Silent", consents=False)
    row = freed(house)
    page = see(aoi, "opening", row.id)
    assert "5 LINE messages, ¥15" in page and "L0" in page and "beyond the usual interval" in page
    assert "have not agreed to advertisements" in page
    assert not Offer.objects.exists()
    fewer = see(aoi, "opening", row.id, query=f"?chosen=1&budget=2&segment={Segment.objects.get(rank=3).id}")
    assert "2 LINE messages, ¥6" in fewer
    none = see(aoi, "opening", row.id, query="?chosen=1&budget=2")
    assert "There is nobody to ask" in none


def test_it_begins_and_stops_by_hand(house: House, aoi: Client, cast: Cast) -> None:
    client(house, "One")
    row = freed(house)
    told = {"chosen": "1", "budget": "40", "segment": [str(one.id) for one in Segment.objects.all()]}
    assert cast.mei.browser().post(reverse("console:opening_start", args=[row.id]), told).status_code == 403
    assert aoi.post(reverse("console:opening_start", args=[row.id]), told).status_code == 302
    waves.send(10)
    page = see(aoi, "opening", row.id)
    assert "Who was asked" in page and "Waves" in page
    aoi.post(reverse("console:opening_stop", args=[row.id]))
    row.refresh_from_db()
    assert (row.state, row.reason) == ("closed", "by_hand")
    assert "Stopped by hand." in see(aoi, "opening", row.id)
    assert Message.objects.get().state == "closed"


def test_it_says_who_took_it(house: House, aoi: Client, cast: Cast) -> None:
    one = client(house, "Winner")
    row = freed(house)
    aoi.post(reverse("console:opening_start", args=[row.id]))
    waves.send(10)
    claiming.claim(row.id, one.id, via="line")
    assert "Taken by an offer" in see(aoi, "opening", row.id) and "Winner" in see(aoi, "opening", row.id)
    assert "Winner" not in see(cast.mei.browser(), "opening", row.id), "who may not see people sees a letter"


def test_it_offers_a_time_by_hand(house: House, aoi: Client) -> None:
    told = {"staff": str(house.sakura.id), "day": TOMORROW.isoformat(), "at": "11:00"}
    answer = aoi.post(reverse("console:opening_new") + "?shop=hasami", told)
    row = Opening.objects.get()
    assert answer.status_code == 302 and str(row.id) in answer["Location"] and row.cause == "hand"
    taken = aoi.post(reverse("console:opening_new") + "?shop=hasami", {**told, "at": "21:00"})
    assert taken.status_code == 422 and "Nothing can be booked there" in taken.content.decode()


def test_it_composes_a_segment(house: House, aoi: Client) -> None:
    client(house, "One")
    assert "Last visit about a month ago" in see(aoi, "segments") or "前回から" in see(aoi, "segments")
    address = reverse("console:segment_new") + "?shop=hasami"
    base = {"name": "常連", "is_asked": "on", "when:node": "group", "when:word": "all", "when:count": "0"}
    added = aoi.post(address, {**base, "do": "condition:add:when", "when:new": "client.visits"}).content.decode()
    assert "number of visits" in added
    question = {
        **base, "when:count": "1", "when.0:node": "question", "when.0:field": "client.last_visit_days", "when.0:drawn": "client.last_visit_days",
        "when.0:op": "at_least", "when.0:value": "20",
    }  # fmt: skip
    counted = aoi.post(address, {**question, "do": "count"}).content.decode()
    assert "1 person" in counted and "by mail: 1" in counted
    assert aoi.post(address, {**question, "do": "save"}).status_code == 302
    row = Segment.objects.get(name="常連")
    assert row.condition == {"field": "client.last_visit_days", "op": "at_least", "value": 20}
    again = aoi.post(address, {**question, "do": "save"})
    assert again.status_code == 422 and "There is a segment of this name already." in again.content.decode()
    first = Segment.objects.order_by("rank").first()
    assert first is not None
    for _ in range(9):
        aoi.post(reverse("console:segment_earlier") + "?shop=hasami", {"segment": str(row.id)})
    assert terms.segments_of(house.shop.id)[0].id == row.id
    aoi.post(reverse("console:segment", args=[row.id]), {"do": "delete"})
    assert not Segment.objects.filter(id=row.id).exists()


def test_it_keeps_the_terms(house: House, aoi: Client, cast: Cast) -> None:
    told = {
        "is_by_rule": "on", "offer_from": "08:30", "offer_to": "22:00", "pushes_per_opening": "12", "yen_per_push": "1", "once_per_days": "14",
    }  # fmt: skip
    address = reverse("console:refill") + "?shop=hasami"
    assert aoi.post(address, told).status_code == 302
    row = RefillTerms.objects.get(shop=house.shop)
    assert row.is_by_rule and row.pushes_per_opening == 12
    assert 'value="08:30"' in see(aoi, "refill")
    assert aoi.post(address, {**told, "offer_to": "08:30"}).status_code == 422
    assert cast.bunta.browser().get(address).status_code == 403


def test_it_sends_a_broadcast_to_those_who_agreed(house: House, aoi: Client) -> None:
    client(house, "One")
    client(house, "Silent", consents=False)
    month = Segment.objects.get(rank=3)
    told = {
        "ja:subject": "冬のケアのご案内",
        "ja:body": "{{ shop.name }}です。乾燥の季節のケアをご案内します。",
        "segment": str(month.id),
    }
    assert aoi.post(reverse("console:broadcast_new") + "?shop=hasami", {**told, "do": "save"}).status_code == 302
    row = Broadcast.objects.get()
    page = see(aoi, "broadcast", row.id)
    assert "Goes to 1 person" in page and "have not agreed to advertisements" in page and not Message.objects.exists()
    address = reverse("console:broadcast", args=[row.id])
    aoi.post(address, {**told, "do": "send"})
    assert Message.objects.get().purpose == "advertisement"
    aoi.post(address, {**told, "do": "send"})
    assert Message.objects.count() == 1, "again changes nothing"
    aoi.post(address, {"do": "stop"})
    assert Message.objects.get().state == "closed"
    assert "The broadcast was stopped." in see(aoi, "broadcast", row.id)
    wrong = aoi.post(reverse("console:broadcast_new") + "?shop=hasami", {**told, "ja:body": "{{ shop.secret }}"})
    assert wrong.status_code == 422


def test_it_shows_chika_none_of_it(house: House, cast: Cast) -> None:
    row = freed(house)
    chika = cast.chika.browser()
    for name, key in (("opening", row.id), ("segment", Segment.objects.all()[0].id)):
        assert chika.get(reverse(f"console:{name}", args=[key])).status_code == 404
    assert chika.post(reverse("console:opening_start", args=[row.id])).status_code == 404
