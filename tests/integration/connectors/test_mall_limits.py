"""What a mall cannot do is refused when it is saved, with what to do instead; a shop of its own is asked nothing."""

from collections.abc import Iterator
from typing import Any

import pytest

from kaeru.cancellations.policy import actions as policy
from kaeru.cancellations.policy.document import NotAPolicy
from kaeru.cancellations.repairs import terms as repairs
from kaeru.cancellations.repairs.malls import NEEDS, MallCannot
from kaeru.connectors import capabilities
from kaeru.connectors.base import Capabilities
from kaeru.core import scope
from kaeru.scenarios import actions as scenarios
from kaeru.scenarios.errors import NotPublishable
from tests import builders
from tests.cast import Cast
from tests.fakes.qoo10_wire import Wire
from tests.integration.connectors.qoo10_stage import at_the_mall, connect

REFUSES: dict[str, Any] = {
    "cutoff": None,
    "rules": [{"id": "big", "name": "高額", "when": None, "result": "refuse", "ground": "made_to_order"}],
    "otherwise": "ask",
    "grounds": {"made_to_order": {"ja": "受注生産のため", "en": "It is made to order"}},
    "refund": {},
}
OFFER = {
    "trigger": "cancellation.requested",
    "when": None,
    "goal": "",
    "exit_when": None,
    "steps": [{"kind": "coupon", "coupon": "amount", "value": 500, "days": 14, "minimum": 0, "budget": 30_000}],
}


@pytest.fixture
def wire(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    with at_the_mall(monkeypatch) as found:
        yield found


def test_every_capability_of_a_mall_says_what_to_do_instead() -> None:
    told = {name for name in Capabilities.__slots__ if name.startswith(("can_", "takes_"))} - {"can_be_told"}
    assert capabilities.INSTEAD.keys() == told
    assert set(NEEDS.values()) <= told


def test_a_policy_that_refuses_is_not_saved_at_a_mall(cast: Cast, wire: Wire) -> None:
    with scope.organization(cast.organization.id):
        assert policy.save(cast.kotori, REFUSES, actor="test") == 1
        connect(cast.kotori, wire.mall)
        with pytest.raises(NotAPolicy) as no:
            policy.save(cast.kotori, {**REFUSES, "otherwise": "accept"}, actor="test")
        assert [(one.path, one.code) for one in no.value.problems] == [("rules.0.result", "mall_cannot")]
        assert no.value.problems[0].message
        asks = {**REFUSES, "rules": [{**REFUSES["rules"][0], "result": "ask", "ground": ""}]}
        assert policy.save(cast.kotori, asks, actor="test") == 2


def test_repairs_that_the_mall_cannot_make_are_not_offered(cast: Cast, wire: Wire) -> None:
    with scope.organization(cast.organization.id):
        repairs.set_terms(cast.kotori, repairs.Terms(), actor="test")
        connect(cast.kotori, wire.mall)
        with pytest.raises(MallCannot) as no:
            repairs.set_terms(cast.kotori, repairs.Terms(), actor="test")
        assert no.value.instead.keys() == NEEDS.keys()
        repairs.set_terms(cast.kotori, repairs.Terms(without=frozenset(NEEDS)), actor="test")


def test_the_page_of_repairs_says_so_beside_the_kinds(cast: Cast, wire: Wire) -> None:
    connect(cast.kotori, wire.mall)
    told = {
        "kinds": ["address"], "handling_days": "1", "delivery_days": "2", "swap_minutes": "60", "undo_minutes": "15",
    }  # fmt: skip
    answer = cast.aoi.browser().post("/settings/repairs/", told)
    assert answer.status_code == 422 and "モールの問い合わせで受け付けてください" in answer.content.decode()
    assert cast.aoi.browser().post("/settings/repairs/", {**told, "kinds": ["sooner"]}).status_code == 302


def test_a_scenario_that_gives_a_coupon_is_not_published_at_a_mall(cast: Cast, wire: Wire) -> None:
    reason = builders.reason(cast.kotori)
    with scope.organization(cast.organization.id):
        row = scenarios.begin(cast.kotori, reason=reason, name="クーポン", flow=OFFER, actor="test")
        assert not [one for one in scenarios.check(row) if one.code == "mall_cannot"]
        connect(cast.kotori, wire.mall)
        with pytest.raises(NotPublishable) as no:
            scenarios.publish(row.id, actor="test")
    assert [(one.path, one.code) for one in no.value.problems if one.code == "mall_cannot"] == [
        ("steps.0", "mall_cannot")
    ]
