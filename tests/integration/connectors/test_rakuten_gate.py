"""Through the one gate to Rakuten: within RMS's states, with the truthful reason, once, and proven by the order itself."""

from collections.abc import Iterator

import pytest

from kaeru.connectors.changes import Cancel, ChangeAddress, ChangeLines, Hold
from kaeru.connectors.gate import queries
from kaeru.connectors.models import ChangeState, Connection
from kaeru.orders.models import Order
from tests.cast import Cast
from tests.fakes.rms_wire import RmsWire
from tests.integration.connectors.rakuten_stage import ask, carried, connected, later, mirrored, poll

ELSEWHERE = ChangeAddress("山田 花子", "150-0043", "東京都", "渋谷区", "道玄坂2-10-12", "新大宗ビル", "03-1234-5678")


@pytest.fixture
def wire(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Iterator[RmsWire]:
    with connected(cast, monkeypatch) as found:
        yield found


def placed(wire: RmsWire, *lines: tuple[str, int, int], progress: int = 300) -> tuple[str, Order]:
    number = wire.shop.place(*lines, progress=progress)
    later(minutes=1)
    poll()
    return number, mirrored(number)


@pytest.mark.parametrize("progress", [100, 200, 300])
@pytest.mark.parametrize(
    ("reason", "side", "number"),
    [
        ("changed_mind", "customer", 1),
        ("out_of_stock", "shop", 8),
        ("delayed", "shop", 13),
        ("price_error", "shop", 10),
    ],
)
def test_it_cancels_with_the_true_reason(
    cast: Cast, wire: RmsWire, progress: int, reason: str, side: str, number: int
) -> None:
    theirs, ours = placed(wire, progress=progress)
    row = carried(ask(cast, ours, Cancel(reason, side, total=ours.total)))
    assert (row.state, row.answer) == (ChangeState.DONE, "")
    assert wire.shop.done == [("cancelOrder", theirs, number)]
    assert "山田" not in f"{row.before} {row.after} {row.answer}"


@pytest.mark.parametrize("progress", [400, 500, 600, 700])
def test_it_cancels_nothing_in_other_states(cast: Cast, wire: RmsWire, progress: int) -> None:
    theirs, ours = placed(wire)
    if progress >= 500:
        wire.shop.send(theirs)
    wire.shop.orders[theirs]["orderProgress"] = progress
    row = carried(ask(cast, ours, Cancel("changed_mind", "customer", total=ours.total)))
    assert (row.state, row.answer) == (ChangeState.REFUSED, "shipped" if progress >= 500 else "state_moved")
    assert wire.shop.done == []


def test_it_settles_a_wish_that_waits_at_rakuten(cast: Cast, wire: RmsWire) -> None:
    theirs, ours = placed(wire)
    wire.shop.buyer_asks(theirs)
    row = carried(ask(cast, ours, Cancel("changed_mind", "customer", total=ours.total)))
    assert row.state == ChangeState.DONE
    assert wire.shop.done == [("cancelOrderAfterShipping", theirs, 1)]


def test_it_cancels_what_came_back(cast: Cast, wire: RmsWire) -> None:
    theirs, ours = placed(wire)
    wire.shop.send(theirs)
    row = carried(ask(cast, ours, Cancel("changed_mind", "customer", total=ours.total, are_goods_back=True)))
    assert row.state == ChangeState.DONE
    assert wire.shop.done == [("cancelOrderAfterShipping", theirs, 2)]


def test_it_sends_no_cancellation_whose_side_nobody_said(cast: Cast, wire: RmsWire) -> None:
    _, ours = placed(wire)
    row = carried(ask(cast, ours, Cancel("other", "", total=ours.total)))
    assert (row.state, row.answer, wire.shop.done) == (ChangeState.REFUSED, "no_reason", [])


def test_it_sees_that_the_order_left_between_the_look_and_the_call(cast: Cast, wire: RmsWire) -> None:
    theirs, ours = placed(wire)
    wire.faults["getOrder"] = ["", lambda: wire.shop.send(theirs)]
    row = carried(ask(cast, ours, Cancel("changed_mind", "customer", total=ours.total)))
    assert (row.state, row.answer, wire.shop.done) == (ChangeState.REFUSED, "shipped", [])


def test_it_believes_rms_when_the_order_leaves_under_the_call(cast: Cast, wire: RmsWire) -> None:
    theirs, ours = placed(wire)
    wire.faults["cancelOrder"] = [lambda: wire.shop.send(theirs)]
    row = carried(ask(cast, ours, Cancel("changed_mind", "customer", total=ours.total)))
    assert (row.state, row.answer) == (ChangeState.REFUSED, "キャンセルできないステータスです。")
    assert wire.shop.done == []


@pytest.mark.parametrize("fault", ["lost", "silent", "status:500", "status:503"])
def test_it_cancels_once_wherever_the_answer_is_lost(cast: Cast, wire: RmsWire, fault: str) -> None:
    theirs, ours = placed(wire)
    wire.faults["cancelOrder"] = [fault]
    row = carried(ask(cast, ours, Cancel("changed_mind", "customer", total=ours.total)))
    assert row.state == ChangeState.DONE
    assert wire.shop.done == [("cancelOrder", theirs, 1)]


def test_it_is_refused_by_an_error_under_http_200(cast: Cast, wire: RmsWire) -> None:
    _, ours = placed(wire)
    wire.faults["cancelOrder"] = ["error:処理できませんでした"]
    row = carried(ask(cast, ours, Cancel("changed_mind", "customer", total=ours.total)))
    assert (row.state, row.answer) == (ChangeState.REFUSED, "処理できませんでした")


def test_it_waits_for_a_person_before_it_cancels_alone(cast: Cast, wire: RmsWire) -> None:
    _, ours = placed(wire)
    row = carried(ask(cast, ours, Cancel("changed_mind", "customer", total=ours.total), by="customer"))
    assert (row.state, wire.shop.done) == (ChangeState.HELD, [])


def test_it_only_notes_down_in_a_dry_run(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    with connected(cast, monkeypatch, is_live=False) as wire:
        _, ours = placed(wire)
        row = carried(ask(cast, ours, Cancel("changed_mind", "customer", total=ours.total)))
        assert (row.state, wire.shop.done) == (ChangeState.DRY_RUN, [])
        assert "reason=changed_mind" in row.answer


def test_it_changes_the_address_and_nothing_else(cast: Cast, wire: RmsWire) -> None:
    theirs, ours = placed(wire)
    before = wire.shop.orders[theirs]["PackageModelList"][0]
    row = carried(ask(cast, ours, ELSEWHERE))
    assert (row.state, row.payload) == (ChangeState.DONE, {})
    after = wire.shop.orders[theirs]["PackageModelList"][0]
    sender = after["SenderModel"]
    assert (sender["zipCode1"], sender["zipCode2"], sender["prefecture"]) == ("150", "0043", "東京都")
    assert (sender["city"], sender["subAddress"]) == ("渋谷区", "道玄坂2-10-12 新大宗ビル")
    assert (sender["phoneNumber1"], sender["familyNameKana"]) == ("03", "ヤマダ")
    assert after["ItemModelList"] == before["ItemModelList"]
    (told,) = [told for call, told, _, _ in wire.told if call == "updateOrderSender"]
    assert "reductionReason" not in told
    assert "道玄坂" not in f"{row.before} {row.after} {row.answer}"


def test_it_does_not_overwrite_an_address_that_somebody_changed(cast: Cast, wire: RmsWire) -> None:
    theirs, ours = placed(wire)

    def meddle() -> None:
        wire.shop.orders[theirs]["PackageModelList"][0]["SenderModel"]["city"] = "北区"

    wire.faults["getOrder"] = ["", meddle]
    row = carried(ask(cast, ours, ELSEWHERE))
    assert (row.state, row.answer) == (ChangeState.REFUSED, "edited_meanwhile")


def test_it_leaves_to_people_what_the_call_would_spoil(cast: Cast, wire: RmsWire) -> None:
    theirs, ours = placed(wire)
    wire.shop.orders[theirs]["WrappingModel1"] = {"title": 1, "name": "包装", "price": 100}
    assert carried(ask(cast, ours, ELSEWHERE, "a")).answer == "wrapped"
    del wire.shop.orders[theirs]["WrappingModel1"]
    wire.shop.orders[theirs]["PackageModelList"][0]["postagePrice"] = -9999
    assert carried(ask(cast, ours, ELSEWHERE, "b")).answer == "not_settled"
    assert wire.shop.done == []


def test_it_lowers_a_quantity_with_its_reason(cast: Cast, wire: RmsWire) -> None:
    theirs, ours = placed(wire, ("湯のみ", 3, 2200), ("ふきん", 1, 480))
    change = ChangeLines({"1:1": 1, "1:2": 0}, given_back=4880, reason="mistaken_order", side="customer")
    row = carried(ask(cast, ours, change))
    assert row.state == ChangeState.DONE
    assert wire.shop.done == [("updateOrderSender", theirs, 1)]
    assert wire.shop.orders[theirs]["totalPrice"] == 2700


def test_it_lowers_no_amount_without_a_reason_or_to_another_sum(cast: Cast, wire: RmsWire) -> None:
    _, ours = placed(wire, ("湯のみ", 3, 2200))
    assert carried(ask(cast, ours, ChangeLines({"1:1": 1}, given_back=4400), "a")).answer == "no_reason"
    wrong = ChangeLines({"1:1": 1}, given_back=4000, reason="x", side="customer")
    assert carried(ask(cast, ours, wrong, "b")).answer == "total_differs"
    added = ChangeLines({"1:1": 2}, (("v9", 1),), given_back=2200, reason="x", side="customer")
    assert carried(ask(cast, ours, added, "c")).answer == "by_hand"
    assert carried(ask(cast, ours, ChangeLines({"1:1": 0}, given_back=6600, side="shop"), "d")).answer == "nothing_left"
    assert wire.shop.done == []


def test_it_says_that_a_function_is_not_ticked_and_stays_connected(cast: Cast, wire: RmsWire) -> None:
    _, ours = placed(wire)
    wire.shop.ticked.discard("cancelOrder")
    row = carried(ask(cast, ours, Cancel("changed_mind", "customer", total=ours.total)))
    assert (row.state, row.answer) == (ChangeState.REFUSED, "missing_scope")
    assert Connection.objects.get().problem == ""


def test_it_cannot_hold(cast: Cast, wire: RmsWire) -> None:
    _, ours = placed(wire)
    assert carried(ask(cast, ours, Hold())).answer == "cannot"
    able = queries.capabilities(cast.kotori)
    assert (able.can_cancel, able.can_change_address, able.can_change_lines, able.takes_parts) == (
        True,
        True,
        True,
        False,
    )
