"""A shop's own cancel form: the policy's answer and its ground come back over the API."""

import pytest

from kaeru.cancellations import actions
from kaeru.cancellations.seeds import seed_reasons
from kaeru.core import scope
from tests import builders
from tests.cast import Cast
from tests.integration.api.client import System


@pytest.fixture
def system(cast: Cast) -> System:
    with scope.organization(cast.organization.id):
        seed_reasons(cast.kotori)
    return System(cast.kotori)


def rule(result: str, ground: str = "") -> dict[str, object]:
    return {"rules": [{"id": "only", "name": "", "when": None, "result": result, "ground": ground}]}


def placed(cast: Cast, name: str = "A-1") -> None:
    builders.order(cast.kotori, builders.customer(cast.kotori, email=f"{name}@example.com"), source_id=name)


def test_it_says_that_the_order_will_be_cancelled(cast: Cast, system: System) -> None:
    placed(cast)
    told = system.post("/orders/A-1/cancellation", {"reason": "change_address"})
    assert told["state"] == "requested"
    assert (told["decision"]["verdict"], told["decision"]["by"], told["decision"]["policy"]) == (
        "approve",
        "policy",
        None,
    )


def test_it_says_no_with_the_ground_in_both_languages(cast: Cast, system: System) -> None:
    builders.policy(cast.kotori, rule("refuse", "made_to_order"))
    placed(cast)
    told = system.post("/orders/A-1/cancellation", {"reason": "change_address"})
    assert told["state"] == "declined"
    decision = told["decision"]
    assert (decision["verdict"], decision["ground"], decision["rule"], decision["policy"]) == (
        "decline",
        "made_to_order",
        "only",
        1,
    )
    assert set(decision["words"]) == {"ja", "en"}


def test_it_says_that_the_shop_decides_and_later_what_it_decided_without_naming_anybody(
    cast: Cast, system: System
) -> None:
    builders.policy(cast.kotori, rule("ask"))
    placed(cast)
    told = system.post("/orders/A-1/cancellation", {"reason": "change_address"})
    assert (told["state"], told["decision"]["verdict"]) == ("asked", "ask")
    assert [row["id"] for row in system.get("/cancellations?state=asked")["cancellations"]] == [told["id"]]
    with scope.organization(cast.organization.id):
        actions.decline(int(told["id"]), ground="other", actor=f"member:{cast.bunta.member.id}")
    story = system.get(f"/cancellations/{told['id']}")
    assert (story["state"], story["decision"]["by"], story["decision"]["ground"]) == ("declined", "staff", "other")
    decided = [entry["detail"] for entry in story["timeline"] if entry["what"] == "cancellation.decided"]
    assert decided == ["asked", "declined other"]
    assert system.get("/cancellations?state=asked")["cancellations"] == []
    assert [row["decision"]["verdict"] for row in system.get("/cancellations?state=declined")["cancellations"]] == [
        "decline"
    ]
