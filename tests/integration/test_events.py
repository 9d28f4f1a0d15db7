"""News between rooms: delivered in sets, exactly with its effects; one that cannot be told does not stop the others."""

from collections import defaultdict
from collections.abc import Callable

import pytest
from django.db import OperationalError, transaction

from kaeru.core import clock, events, scope
from kaeru.core.events import News, emit, receiver
from kaeru.core.models import AuditEntry, Event
from tests.cast import Cast


@pytest.fixture(autouse=True)
def _no_rooms(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only this test's receivers listen."""
    monkeypatch.setattr(events, "_receivers", defaultdict(list))


@pytest.fixture
def tell(cast: Cast) -> Callable[..., None]:
    def told(*subjects: int, name: str = "test.happened") -> None:
        with transaction.atomic():
            emit(News(name, cast.organization.id, subject) for subject in subjects)

    return told


@pytest.fixture
def told() -> list[list[int]]:
    seen: list[list[int]] = []
    receiver("test.happened")(lambda batch: seen.append([event.subject_id for event in batch]))
    return seen


def _write(event: Event) -> None:
    AuditEntry.objects.create(
        organization_id=event.organization_id,
        at=clock.now(),
        actor="test",
        verb="heard",
        subject="event",
        subject_id=event.subject_id,
    )


def test_it_delivers_in_one_set_in_the_order_of_writing(tell: Callable[..., None], told: list[list[int]]) -> None:
    tell(*range(100))
    assert events.deliver(1000) == 100
    assert told == [list(range(100))]
    assert events.deliver(1000) == 0


def test_it_delivers_no_more_than_asked(tell: Callable[..., None], told: list[list[int]]) -> None:
    tell(1, 2, 3)
    assert [events.deliver(2), events.deliver(2), events.deliver(2)] == [2, 1, 0]
    assert told == [[1, 2], [3]]


def test_it_writes_nothing_that_nobody_reads(tell: Callable[..., None], told: list[list[int]]) -> None:
    tell(1, name="test.unheard")
    with scope.everyone():
        assert Event.objects.count() == 0


def test_it_forgets_what_was_rolled_back(tell: Callable[..., None], told: list[list[int]]) -> None:
    with transaction.atomic():
        tell(1)
        transaction.set_rollback(True)
    assert events.deliver(10) == 0
    assert told == []


def test_it_delivers_to_every_reader(tell: Callable[..., None]) -> None:
    heard: list[str] = []
    receiver("test.happened", "test.other")(lambda batch: heard.append("first"))
    receiver("test.happened")(lambda batch: heard.append("second"))
    tell(1)
    events.deliver(10)
    assert heard == ["first", "second"]


def test_it_parks_a_poisoned_event_and_delivers_its_neighbours(tell: Callable[..., None]) -> None:
    def poisoned(batch: list[Event]) -> None:
        for event in batch:
            _write(event)
        if any(event.subject_id == 3 for event in batch):
            raise ValueError("poison")

    receiver("test.happened")(poisoned)
    tell(1, 2, 3, 4, 5)
    for _ in range(20):
        if not events.deliver(1000):
            break
    with scope.everyone():
        left = Event.objects.get(delivered_at=None)
        assert (left.subject_id, left.attempts, left.error) == (3, events.MOST_ATTEMPTS, "ValueError")
        assert sorted(AuditEntry.objects.filter(verb="heard").values_list("subject_id", flat=True)) == [1, 2, 4, 5]
        assert Event.objects.exclude(delivered_at=None).count() == 4


def test_it_tries_a_failed_event_again(tell: Callable[..., None]) -> None:
    tries: list[int] = []

    def fails_twice(batch: list[Event]) -> None:
        tries.append(len(batch))
        if len(tries) < 4:
            raise ConnectionError

    receiver("test.happened")(fails_twice)
    tell(1)
    for _ in range(10):
        events.deliver(10)
    with scope.everyone():
        assert Event.objects.get().delivered_at is not None


def test_it_does_not_starve_later_news_behind_poison(tell: Callable[..., None]) -> None:
    heard: list[int] = []

    def hears(batch: list[Event]) -> None:
        if any(event.subject_id < 50 for event in batch):
            raise ValueError
        heard.extend(event.subject_id for event in batch)

    receiver("test.happened")(hears)
    tell(*range(60))
    for _ in range(events.MOST_ATTEMPTS * 60):
        if not events.deliver(10):
            break
    assert sorted(heard) == list(range(50, 60))


def test_it_hands_a_name_that_lost_its_readers_to_nobody(tell: Callable[..., None], told: list[list[int]]) -> None:
    tell(1)
    events._receivers.clear()
    assert events.deliver(10) == 1
    assert told == []


def test_it_blames_no_event_when_the_database_fails(tell: Callable[..., None]) -> None:
    def locked(batch: list[Event]) -> None:
        raise OperationalError("database is locked")

    receiver("test.happened")(locked)
    tell(1)
    with pytest.raises(OperationalError):
        events.deliver(10)
    with scope.everyone():
        assert Event.objects.get().attempts == 0
