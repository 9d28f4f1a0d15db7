"""Links that customers open: unguessable, for one purpose, until a day, revocable."""

from datetime import timedelta

import pytest

from kaeru.core import clock, links, scope
from kaeru.core.models import Link
from tests.cast import Cast

LATER = timedelta(days=30)


@pytest.fixture
def token(cast: Cast) -> str:
    with scope.organization(cast.organization.id):
        return links.publish("cancel", cast.organization.id, [41, 42], clock.now() + LATER)[42]


def test_it_opens_what_it_was_made_for(token: str, cast: Cast) -> None:
    link = links.resolve("cancel", token)
    assert link is not None
    assert (link.organization_id, link.subject_id) == (cast.organization.id, 42)


def test_it_is_32_letters_that_fit_an_address(token: str) -> None:
    assert len(token) == 32
    assert token.replace("-", "").replace("_", "").isalnum()


def test_it_opens_nothing_for_another_purpose(token: str) -> None:
    assert links.resolve("reorder", token) is None


def test_it_is_another_link_for_another_subject_purpose_or_organization(cast: Cast) -> None:
    ours, theirs = cast.organization.id, cast.other_organization.id
    made = {
        links.token_for(*of)
        for of in [("cancel", ours, 1), ("cancel", ours, 2), ("reorder", ours, 1), ("cancel", theirs, 1)]
    }
    assert len(made) == 4


@pytest.mark.parametrize("wrong", ["", "x", "A" * 32, "あ" * 32, "' OR 1=1 --", "\x00", "A" * 100_000])
def test_it_opens_nothing_with_a_wrong_token(token: str, wrong: str) -> None:
    assert links.resolve("cancel", wrong) is None


def test_it_opens_nothing_before_it_was_published(cast: Cast) -> None:
    assert links.resolve("cancel", links.token_for("cancel", cast.organization.id, 7)) is None


def test_it_closes_on_its_day(token: str) -> None:
    clock.skip_to(clock.now() + LATER)
    assert links.resolve("cancel", token) is None


def test_it_closes_when_it_is_revoked(token: str, cast: Cast) -> None:
    with scope.organization(cast.organization.id):
        links.revoke("cancel", 42)
    assert links.resolve("cancel", token) is None


def test_it_cannot_be_revoked_by_another_organization(token: str, cast: Cast) -> None:
    with scope.organization(cast.other_organization.id):
        links.revoke("cancel", 42)
    assert links.resolve("cancel", token) is not None


def test_it_stays_the_same_link_when_published_again(token: str, cast: Cast) -> None:
    with scope.organization(cast.organization.id):
        again = links.publish("cancel", cast.organization.id, [42], clock.now() + 2 * LATER)
        assert again == {42: token}
        assert Link.objects.count() == 2


def test_it_keeps_no_token_in_the_database(token: str, cast: Cast) -> None:
    with scope.organization(cast.organization.id):
        stored = b"".join(bytes(link.token_hash) for link in Link.objects.all())
    assert token.encode() not in stored
