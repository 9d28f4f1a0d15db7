"""The preview shows the card in LINE when the step goes there, also for names that break layouts."""

import pytest

from kaeru.core import scope
from kaeru.messages import worst_case
from kaeru.messages.preview import in_line
from kaeru.scenarios.models import Scenario
from tests import builders
from tests.cast import Cast

TEXT = {"subject": "明日のご予約", "body": "{{ customer.name }} 様\n\nお待ちしています。\n\n{{ links.reorder }}"}


@pytest.mark.parametrize("name", worst_case.NAMES)
def test_it_shows_the_card_for_every_kind_of_customer(cast: Cast, name: str) -> None:
    card = in_line(cast.kotori, "notice", TEXT, "ja", name)
    assert card.title == "明日のご予約"
    assert card.buttons == ("もう一度注文する",)
    assert 0 < card.letters < 5_000


def test_an_advertisement_says_that_it_is_one_and_can_be_stopped(cast: Cast) -> None:
    card = in_line(cast.kotori, "advertisement", TEXT, "ja")
    assert card.buttons[-1] == "ご案内を止める"
    assert "広告" in card.parts[-1]


@pytest.mark.parametrize(("channels", "has_card"), [(["line", "mail"], True), (["mail"], False)])
def test_the_page_shows_it_when_the_step_goes_to_line(cast: Cast, channels: list[str], has_card: bool) -> None:
    says = builders.template(cast.kotori)
    row, _ = builders.scenario(builders.reason(cast.kotori), says)
    step = {**row.draft["steps"][0], "channels": channels}
    with scope.organization(cast.organization.id):
        Scenario.objects.filter(id=row.id).update(draft={**row.draft, "steps": [step, *row.draft["steps"][1:]]})
    page = cast.aoi.browser().get(f"/scenarios/{row.id}/preview/?at=steps.0").content.decode()
    assert ("line-card" in page) == has_card
