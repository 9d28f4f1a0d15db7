"""The monthly report by mail: one for each owner and month, with the sheet, until the owner says no."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from kaeru.channels.mail.envelope import as_bytes
from kaeru.core import clock, scope
from kaeru.core.clock import Clock
from kaeru.messages import preparing
from kaeru.messages.models import Message
from kaeru.recoveries.models import ReportWish
from kaeru.recoveries.reporting import SOURCE, send, set_wish, settled, wants
from tests import builders
from tests.cast import Cast
from tests.integration.recoveries.world import fill

pytestmark = pytest.mark.integration


@pytest.fixture(autouse=True)
def _october() -> Iterator[None]:
    clock.set_clock(Clock(real=0.0, shown=datetime(2026, 10, 20, tzinfo=UTC), speed=0.0))
    yield
    clock.set_clock(None)


def on(*parts: int) -> None:
    """Put the clock to this moment, UTC, and let the pass run."""
    clock.skip_to(datetime(*parts, tzinfo=UTC))  # type: ignore[arg-type,misc]
    send(100)


def written(cast: Cast) -> list[Message]:
    with scope.organization(cast.organization.id):
        found = Message.objects.filter(source=SOURCE).select_related("shop__organization", "template", "customer")
        return list(found.order_by("id"))


def test_it_writes_once_for_each_month_when_it_is_over_on_the_shops_clock(cast: Cast) -> None:
    send(100)
    assert written(cast) == []
    on(2026, 10, 31, 22, 59)  # 1 November, 7:59 in Tokyo
    assert written(cast) == []
    on(2026, 10, 31, 23, 0)
    on(2026, 11, 3)
    assert len(written(cast)) == 1
    on(2026, 12, 1)
    assert len(written(cast)) == 2


def test_it_writes_to_owners_alone_each_at_their_own_address(cast: Cast) -> None:
    builders.member(cast.organization, "akane@example.com")
    send(100)
    on(2026, 11, 1)
    rows = written(cast)
    with scope.organization(cast.organization.id):
        found = {way.address for way in preparing.ways(rows).values()}
    assert found == {"aoi@example.com", "akane@example.com"}


def test_it_does_not_write_to_who_said_no_before_or_after(cast: Cast) -> None:
    with scope.organization(cast.organization.id):
        assert wants(cast.kotori, cast.aoi.member)
        set_wish(cast.kotori, cast.aoi.member, is_on=False, actor="test")
    send(100)
    on(2026, 11, 1)
    assert written(cast) == []
    with scope.organization(cast.organization.id):
        set_wish(cast.kotori, cast.aoi.member, is_on=True, actor="test")
    on(2026, 12, 1)
    rows = written(cast)
    assert len(rows) == 1
    with scope.organization(cast.organization.id):
        assert settled(rows) == {}
        set_wish(cast.kotori, cast.aoi.member, is_on=False, actor="test")
        assert settled(rows) == {rows[0].id: "settled"}


def test_it_goes_on_with_the_month_that_runs_after_a_long_rest(cast: Cast) -> None:
    send(100)
    on(2027, 3, 15)
    assert len(written(cast)) == 1
    with scope.organization(cast.organization.id):
        assert {row.next_on for row in ReportWish.objects.all()} == {date(2027, 3, 1)}


@pytest.mark.parametrize(("language", "said"), [("ja", "月次レポート"), ("en", "Monthly report")])
def test_it_attaches_the_sheet_in_the_language_of_the_staff(cast: Cast, language: str, said: str) -> None:
    with scope.organization(cast.organization.id):
        type(cast.kotori).objects.filter(id=cast.kotori.id).update(staff_language=language)
        fill(cast.kotori, 6, seed=1)
    send(100)
    on(2026, 11, 1)
    rows = written(cast)
    with scope.organization(cast.organization.id):
        values, attached = preparing.words(rows)[rows[0].id], preparing.files(rows)[rows[0].id]
        letter = preparing.letter(rows[0], preparing.ways(rows)[rows[0].id], values, (), attached)
        from kaeru.channels.mail import wording

        worded = wording.word(letter)
    assert said in worded.subject
    assert "2026-10" in worded.text
    mail = as_bytes(letter, worded)
    assert b"multipart/mixed" in mail
    assert b"application/pdf" in mail
    assert b"kaeru-kotori-2026-10.pdf" in mail
    assert attached[0].content.startswith(b"%PDF")
