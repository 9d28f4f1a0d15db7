"""The desk over REST: the most pressing first, decided once, closed to others."""

from datetime import timedelta
from typing import Any

import pytest

from kaeru.cancellations.desk.opening import for_request, open_cases
from kaeru.cancellations.models import CancellationRequest, Case, RequestState
from kaeru.core import clock, scope
from kaeru.messages.models import Message
from tests import builders
from tests.cast import Cast
from tests.integration.api.client import System


@pytest.fixture
def system(cast: Cast) -> System:
    return System(cast.kotori)


def case(cast: Cast, number: str = "K-1", **fields: Any) -> Case:
    """A wish that waits for a person."""
    shop = cast.kotori
    buyer = builders.customer(shop, source_id=f"c-{number}")
    order = builders.order(shop, buyer, source_id=f"o-{number}", number=number)
    request = builders.cancellation(order, builders.reason(shop), state=RequestState.ASKED)
    with scope.organization(shop.organization_id):
        [made] = open_cases([for_request("decide", request, proposal={"verdict": "approve", "rule": "r1"})])
        Case.objects.filter(id=made.id).update(**fields)
    return made


def state_of(made: Case) -> str:
    with scope.everyone():
        return CancellationRequest.objects.get(id=made.request_id or 0).state


def test_it_lists_the_most_pressing_first(cast: Cast, system: System) -> None:
    late = case(cast, "K-1", due_at=clock.now() + timedelta(hours=5))
    soon = case(cast, "K-2", due_at=clock.now() + timedelta(minutes=5))
    told = system.get("/desk")["cases"]
    assert [one["id"] for one in told] == [str(soon.id), str(late.id)]
    assert (told[0]["order_id"], told[0]["customer_id"], told[0]["reason"]) == ("o-K-2", "c-K-2", "change_address")
    assert told[0]["proposal"] == {"verdict": "approve", "ground": None, "rule": "r1"}
    assert system.get("/desk?kind=repair")["cases"] == []
    assert system.call("GET", "/desk?kinds=repair").status_code == 422


def test_it_declines_with_the_letter_that_the_console_would_send(cast: Cast, system: System) -> None:
    made = case(cast)
    told = system.post(
        f"/desk/{made.id}/decide", {"deed": "decline", "ground": "made_to_order", "own_words": "ご了承ください。"}
    )
    assert (told["state"], told["outcome"], told["deeds"]) == ("closed", "declined", [])
    assert state_of(made) == "declined"
    with scope.everyone():
        letter = Message.objects.get(source="decision", source_id=made.request_id or 0)
        assert (
            "お作りする" in letter.template.texts["ja"]["body"]
            and "ご了承ください。" in letter.template.texts["ja"]["body"]
        )


def test_it_says_who_was_first(cast: Cast, system: System) -> None:
    made = case(cast)
    system.post(f"/desk/{made.id}/decide", {"deed": "approve", "send_letter": False})
    refused = system.post(f"/desk/{made.id}/decide", {"deed": "decline", "ground": "other"}, expect=409)
    assert refused["error"]["code"] == "decided"
    again = system.post(f"/desk/{made.id}/decide", {"deed": "approve", "send_letter": False})
    assert again["outcome"] == "approved"  # the same decision of the same caller


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"deed": "decline"}, 422, "no_words"),
        ({"deed": "substitute"}, 422, "no_substitute"),
        ({"deed": "let_go"}, 409, "not_here"),
        ({"deed": "call"}, 409, "not_here"),
        ({"deed": "forget"}, 422, "invalid"),
        ({"deed": "substitute", "items": [{"title": "手ぬぐい", "unit_price": -1}]}, 422, "invalid"),
    ],
)
def test_it_says_what_is_wrong(cast: Cast, system: System, body: dict[str, Any], status: int, code: str) -> None:
    made = case(cast)
    assert system.post(f"/desk/{made.id}/decide", body, expect=status)["error"]["code"] == code
    assert state_of(made) == "asked"


def test_it_offers_a_substitute(cast: Cast, system: System) -> None:
    made = case(cast)
    item = {"title": "手ぬぐい 生成り", "unit_price": 1980, "variant_id": "v9"}
    told = system.post(f"/desk/{made.id}/decide", {"deed": "substitute", "items": [item]})
    assert told["outcome"] == "offered"


def test_it_gives_puts_off_and_notes(cast: Cast, system: System) -> None:
    made = case(cast)
    assert system.post(f"/desk/{made.id}/assign", {"member": "bunta@example.com"})["assignee"] == "bunta@example.com"
    system.post(f"/desk/{made.id}/assign", {"member": "mei@example.com"}, expect=422)
    system.post(f"/desk/{made.id}/assign", {"member": "nobody@example.com"}, expect=422)
    assert system.post(f"/desk/{made.id}/assign", {"member": None})["assignee"] is None
    until = (clock.now() + timedelta(hours=2)).isoformat()
    assert system.post(f"/desk/{made.id}/snooze", {"until": until})["snoozed_until"]
    assert system.get("/desk")["cases"] == []
    system.post(f"/desk/{made.id}/snooze", {"until": "2020-01-01T00:00:00Z"}, expect=422)
    assert system.post(f"/desk/{made.id}/notes", {"text": "電話済み"})["notes"][0]["text"] == "電話済み"


def test_it_is_closed_to_keys_that_only_read_and_to_strangers(cast: Cast, system: System) -> None:
    made = case(cast)
    reader = System(cast.kotori, ("read",))
    assert reader.get("/desk")["cases"]
    assert reader.call("POST", f"/desk/{made.id}/decide", {"deed": "approve"}).status_code == 403
    stranger = System(cast.other_shop)
    assert stranger.get("/desk")["cases"] == []
    for path in ("", "/decide", "/notes", "/snooze", "/assign"):
        method, body = (
            ("GET", None) if not path else ("POST", {"deed": "approve", "text": "x", "until": None, "member": None})
        )
        assert stranger.call(method, f"/desk/{made.id}{path}", body).status_code in (404, 422)
    assert state_of(made) == "asked"


def test_it_pages_through_what_is_over(cast: Cast, system: System) -> None:
    for number in range(3):
        made = case(cast, f"K-{number}")
        system.post(f"/desk/{made.id}/decide", {"deed": "approve", "send_letter": False})
    first = system.get("/desk?state=closed&limit=2&kind=decide")
    rest = system.get(f"/desk?state=closed&limit=2&kind=decide&cursor={first['cursor']}")
    assert (len(first["cases"]), len(rest["cases"]), rest["cursor"]) == (2, 1, None)
