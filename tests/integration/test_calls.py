"""Calls: told once, by one person, closed by themselves when nobody needs them, and only to numbers that may be called."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections, transaction
from pytest_django import DjangoAssertNumQueries

from kaeru.calls import actions, passes, queries, registry
from kaeru.calls.errors import AlreadyClosed, CallRefused, NoSuchMember, SomebodyWasFaster
from kaeru.calls.models import CallAttempt, CallTask
from kaeru.core import clock, events, scope
from kaeru.core.models import AuditEntry, Event
from kaeru.customers import actions as customers
from kaeru.customers.models import Customer, Suppression
from kaeru.tenants.models import User
from kaeru.worker import registry as worker
from tests import builders
from tests.cast import Cast, Person

HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _inside(cast: Cast) -> Iterator[None]:
    with scope.organization(cast.organization.id):
        yield


@pytest.fixture(autouse=True)
def _somebody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("call.closed", "call.postponed"):
        monkeypatch.setitem(events._receivers, name, [lambda told: None])


@pytest.fixture
def buyer(cast: Cast) -> Customer:
    found = builders.customer(cast.kotori)
    builders.phone(found)
    return found


@pytest.fixture
def task(cast: Cast, buyer: Customer) -> CallTask:
    return builders.call(cast.kotori, buyer, builders.order(cast.kotori, buyer))


def user(person: Person) -> User:
    return person.member.user


def tell(person: Person, task: CallTask, answer: str, **fields: Any) -> actions.Recorded:
    return actions.record(task.id, answer, actor=f"member:{person.member.id}", user=user(person), **fields)


def closings() -> list[dict[str, Any]]:
    return list(Event.objects.filter(name="call.closed").order_by("id").values_list("payload", flat=True))


# --- telling ---------------------------------------------------------------------------------------------------------


def test_it_closes_with_what_the_caller_heard(cast: Cast, task: CallTask) -> None:
    told = tell(cast.bunta, task, "will_reorder", note="週末に注文されるとのこと")
    task.refresh_from_db()
    assert (task.state, task.outcome, task.detail, task.closed_by) == (
        "closed",
        "reached",
        "will_reorder",
        user(cast.bunta),
    )
    assert closings() == [{"outcome": "reached", "detail": "will_reorder"}]
    assert [attempt.note for attempt in queries.tries_of(told.task)] == ["週末に注文されるとのこと"]


def test_it_is_tried_three_times_and_then_returns_to_the_flow(cast: Cast, task: CallTask) -> None:
    CallTask.objects.update(deadline_at=clock.now() + timedelta(days=30))
    for _ in range(2):
        assert tell(cast.bunta, task, "unreached").task.next_try_at is not None
        assert closings() == []
    tell(cast.bunta, task, "unreached")
    assert closings() == [{"outcome": "unreached", "detail": "unreached"}]
    with pytest.raises(AlreadyClosed):
        tell(cast.aoi, task, "will_reorder")


def test_it_counts_a_form_that_was_sent_twice_once(cast: Cast, task: CallTask) -> None:
    CallTask.objects.update(deadline_at=clock.now() + timedelta(days=30))
    first, again = (tell(cast.bunta, task, "unreached", note="留守電", seen=0) for _ in range(2))
    assert (first.is_repeat, again.is_repeat, again.task.tries) == (False, True, 1)
    tell(cast.bunta, task, "will_reorder", seen=1)
    assert tell(cast.bunta, task, "will_reorder", seen=1).is_repeat
    assert len(closings()) == 1
    assert CallAttempt.objects.count() == 2


def test_it_says_who_was_faster(cast: Cast, task: CallTask) -> None:
    tell(cast.bunta, task, "needs_time", next_try_at=clock.now() + HOUR, seen=0)
    with pytest.raises(SomebodyWasFaster) as refused:
        tell(cast.aoi, task, "unreached", seen=0)
    assert refused.value.by == "文太"
    tell(cast.bunta, task, "not_interested", seen=1)
    with pytest.raises(AlreadyClosed) as closed:
        tell(cast.aoi, task, "unreached", seen=1)
    assert (closed.value.by, closed.value.outcome) == ("文太", "reached")


def test_it_gives_a_promised_call_to_who_promised_it(cast: Cast, task: CallTask) -> None:
    asked = clock.now() + timedelta(days=3)
    told = tell(cast.bunta, task, "needs_time", next_try_at=asked).task
    assert (told.assignee, told.next_try_at, told.deadline_at) == (user(cast.bunta), asked, asked + HOUR)
    assert queries.listed([cast.kotori.id])[0].is_promised
    news = Event.objects.get(name="call.postponed")
    assert news.payload == {"deadline_at": (asked + HOUR).isoformat()}, "the flow waits for the promised call"


def test_it_keeps_what_is_told_after_the_deadline(cast: Cast, task: CallTask) -> None:
    """Whoever was on the telephone at five o'clock has not talked for nothing."""
    CallTask.objects.update(deadline_at=clock.now() - timedelta(minutes=1))
    assert passes.expire(10) == 1
    told = tell(cast.bunta, task, "will_reorder", note="注文します", seen=0)
    assert (told.is_late, told.task.outcome) == (True, "expired")
    assert closings() == [{"outcome": "expired", "detail": ""}]
    assert tell(cast.bunta, task, "will_reorder", note="注文します", seen=0).is_repeat
    assert CallAttempt.objects.count() == 1


def test_it_refuses_an_answer_nobody_knows(cast: Cast, task: CallTask) -> None:
    with pytest.raises(ValueError, match="maybe"):
        tell(cast.bunta, task, "maybe")
    assert not CallAttempt.objects.exists()


def test_it_keeps_people_out_of_the_audit(cast: Cast, task: CallTask) -> None:
    tell(cast.bunta, task, "not_interested", note="090-1234-5678 山田 花子", do_not_call=True)
    told = repr(list(AuditEntry.objects.filter(subject="call").values_list()))
    assert "call.told" in told
    assert not [word for word in ("090-1234", "819012345678", "山田", "花子") if word in told]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("answer", ["will_reorder", "unreached"])
def test_it_is_told_by_one_of_many_at_once(cast: Cast, buyer: Customer, answer: str) -> None:
    task = builders.call(cast.kotori, buyer, deadline_at=clock.now() + timedelta(days=30))
    ended: list[str] = []

    def tells(person: Person) -> None:
        try:
            with scope.organization(cast.organization.id):
                tell(person, task, answer, seen=0)
            ended.append("told")
        except CallRefused as refused:
            ended.append(type(refused).__name__)
        finally:
            connections.close_all()

    people = [threading.Thread(target=tells, args=(person,)) for person in (cast.aoi, cast.bunta)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert sorted(ended) == sorted(["told", "AlreadyClosed" if answer == "will_reorder" else "SomebodyWasFaster"])
    with scope.organization(cast.organization.id):
        assert CallAttempt.objects.count() == 1


# --- taking and giving -----------------------------------------------------------------------------------------------


def test_it_is_taken_by_one(cast: Cast, task: CallTask) -> None:
    for _ in range(2):
        assert actions.take(task.id, actor="test", user=user(cast.bunta)).assignee == user(cast.bunta)
    assert AuditEntry.objects.filter(verb="call.taken").count() == 1
    with pytest.raises(SomebodyWasFaster) as refused:
        actions.take(task.id, actor="test", user=user(cast.aoi))
    assert refused.value.by == "文太"
    assert actions.assign(task.id, user(cast.aoi).id, actor="test").assignee == user(cast.aoi)
    assert actions.assign(task.id, None, actor="test").assignee is None


@pytest.mark.parametrize("who", ["mei", "chika"])
def test_it_is_given_only_to_who_may_call(cast: Cast, task: CallTask, who: str) -> None:
    with pytest.raises(NoSuchMember):
        actions.assign(task.id, user(getattr(cast, who)).id, actor="test")


def test_it_is_not_there_for_another_organization(cast: Cast, task: CallTask) -> None:
    with scope.organization(cast.other_organization.id):
        assert queries.one(task.id) is None
        for verb in (
            lambda: tell(cast.chika, task, "will_reorder"),
            lambda: actions.take(task.id, actor="test", user=user(cast.chika)),
            lambda: actions.assign(task.id, None, actor="test"),
        ):
            with pytest.raises(CallTask.DoesNotExist):
                verb()
        assert queries.callable_customers([task.customer_id or 0]) == set()
        assert actions.close_not_needed(task.source, [task.source_id]) == 0
    assert queries.listed([cast.kotori.id])


# --- closing by itself -----------------------------------------------------------------------------------------------


def test_it_expires_at_its_deadline_and_not_before(cast: Cast, task: CallTask) -> None:
    assert passes.next_due() == task.deadline_at
    assert passes.expire(10) == 0
    clock.skip_to(task.deadline_at)
    assert worker.named("call deadlines").run(10) == 1
    assert closings() == [{"outcome": "expired", "detail": ""}]
    assert AuditEntry.objects.get(verb="call.closed").subject_id == task.id
    assert (passes.expire(10), passes.next_due()) == (0, None)


def test_it_closes_many_with_the_same_few_statements(
    cast: Cast, buyer: Customer, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(30):
        builders.call(cast.kotori, buyer, source_id=number, deadline_at=clock.now() - HOUR)
    with django_assert_max_num_queries(8):
        assert passes.expire(10) == 10
    with django_assert_max_num_queries(8), transaction.atomic():
        assert actions.close_not_needed("enrollment", range(30), detail="reordered") == 20
    assert len(closings()) == 30


def test_it_is_not_needed_after_a_reorder(cast: Cast, task: CallTask) -> None:
    other = builders.call(cast.kotori)
    with transaction.atomic():
        assert actions.close_not_needed("enrollment", [task.source_id], detail="reordered") == 1
        assert actions.close_not_needed("enrollment", [task.source_id], detail="reordered") == 0
    assert closings() == [{"outcome": "not_needed", "detail": "reordered"}]
    assert [card.task.id for card in queries.listed([cast.kotori.id])] == [other.id]


# --- who can be called -----------------------------------------------------------------------------------------------


def test_it_never_calls_who_asked_not_to_be_called(cast: Cast, task: CallTask, buyer: Customer) -> None:
    assert queries.callable_customers([buyer.id]) == {buyer.id}
    tell(cast.bunta, task, "not_interested", do_not_call=True)
    assert queries.callable_customers([buyer.id]) == set()
    assert Suppression.objects.get().why == "opt_out"
    again = builders.customer(cast.kotori, name="山田 花", email=None)
    builders.phone(again, "+81 90 1234 5678")
    assert queries.callable_customers([again.id]) == set(), "the number is closed, however it is written"
    builders.call(cast.kotori, again)
    (card,) = queries.listed([cast.kotori.id])
    assert (card.phone, card.blocked) == (None, "opt_out")


def test_it_closes_a_number_that_is_somebody_elses(cast: Cast, task: CallTask, buyer: Customer) -> None:
    tell(cast.bunta, task, "wrong_number")
    assert closings() == [{"outcome": "unreached", "detail": "wrong_number"}]
    assert queries.callable_customers([buyer.id]) == set()


def test_it_says_why_nobody_can_dial(cast: Cast, buyer: Customer) -> None:
    nowhere, odd = builders.customer(cast.kotori), builders.customer(cast.kotori)
    builders.phone(odd, "不明")
    for person in (nowhere, odd, buyer, None):
        builders.call(cast.kotori, person)
    found = sorted((card.blocked, card.phone.shown if card.phone else "") for card in queries.listed([cast.kotori.id]))
    assert found == [("", "090-1234-5678"), ("bad_number", ""), ("no_number", ""), ("no_number", "")]
    assert queries.callable_customers([nowhere.id, odd.id, buyer.id]) == {buyer.id}


def test_it_lets_another_shop_of_the_organization_call(cast: Cast, buyer: Customer) -> None:
    second = builders.shop(cast.organization, "kotori2", "小鳥二号店")
    there = builders.customer(second)
    builders.phone(there)
    customers.suppress(cast.kotori.id, "phone", "+819012345678", covers="everything", why="opt_out")
    assert queries.callable_customers([buyer.id, there.id]) == {there.id}


# --- the list --------------------------------------------------------------------------------------------------------


def test_it_lists_what_to_call_next(cast: Cast, buyer: Customer) -> None:
    now = clock.now()
    cheap = builders.call(cast.kotori, buyer, value=1_000)
    dear = builders.call(cast.kotori, buyer, value=90_000)
    later = builders.call(cast.kotori, buyer, value=90_000, next_try_at=now + HOUR)
    mine = builders.call(cast.kotori, buyer, value=1, assignee=user(cast.aoi))
    found = [card.task.id for card in queries.listed([cast.kotori.id])]
    assert found == [dear.id, cheap.id, mine.id, later.id]
    assert [card.task.id for card in queries.listed([cast.kotori.id], assignee_id=user(cast.aoi).id)] == [mine.id]
    tally = queries.tallies([cast.kotori.id])[cast.kotori.id]
    assert (tally.count, tally.deadline_at) == (3, cheap.deadline_at)


def test_it_costs_the_same_for_many(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    monkeypatch.setattr(registry, "_sources", {})

    def cost() -> int:
        with django_assert_num_queries(3):
            return len(queries.listed([cast.kotori.id]))

    for count in (1, 30):
        for _ in range(count):
            person = builders.customer(cast.kotori)
            builders.phone(person)
            builders.call(cast.kotori, person, builders.order(cast.kotori, person))
        assert cost() >= count
    people = list(Customer.objects.values_list("id", flat=True))
    with django_assert_num_queries(3):
        assert len(queries.callable_customers(people)) == 31


def test_it_asks_each_source_once_what_its_calls_are_about(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def tell_about(tasks: Any) -> dict[int, registry.About]:
        asked.append(len(tasks))
        return {task.id: registry.About({"ja": "配送料が高い"}, 7) for task in tasks}

    monkeypatch.setattr(registry, "_sources", {"enrollment": tell_about})
    for source in ("enrollment", "enrollment", "nobody"):
        builders.call(cast.kotori, script={"ja": "{{ reason.label }}の件で"}, source=source)
    said = sorted(card.script("ja", "文太") for card in queries.listed([cast.kotori.id]))
    assert (asked, said) == ([2], ["の件で", "配送料が高いの件で", "配送料が高いの件で"])


def test_it_takes_rows_that_the_engine_writes_in_bulk(cast: Cast, buyer: Customer) -> None:
    from kaeru.core import ids, sql

    columns = [str(field.column) for field in CallTask._meta.concrete_fields]
    now = clock.now()
    values: dict[str, Any] = {
        "id": ids.new_id(), "organization_id": cast.organization.id, "shop_id": cast.kotori.id, "customer_id": buyer.id,
        "source": "enrollment", "source_id": 1, "script": '{"ja": "はい"}', "value": 1, "currency": "JPY", "state": "waiting",
        "outcome": "", "detail": "", "note": "", "tries": 0, "most_tries": 3,
        "deadline_at": sql.moment(now + HOUR), "created_at": sql.moment(now),
    }  # fmt: skip
    sql.insert_many("calls_calltask", columns, [[values.get(column) for column in columns]])
    (card,) = queries.listed([cast.kotori.id])
    assert card.script("ja", "") == "はい"


@pytest.mark.django_db(transaction=True)
def test_it_ends_once_whoever_ends_it(cast: Cast, buyer: Customer) -> None:
    """Told by two, expired and not needed in the same moment: one end, one piece of news, and no answer is lost."""
    tasks = [builders.call(cast.kotori, buyer, deadline_at=clock.now() - HOUR) for _ in range(12)]
    kept: list[str] = []
    broken: list[Exception] = []

    def tells(person: Person) -> None:
        for task in tasks:
            try:
                tell(person, task, "will_reorder", note=f"from {person.member.id}", seen=0)
                kept.append("told")
            except CallRefused:
                kept.append("refused")

    def expires() -> None:
        while passes.expire(3):
            pass

    def orders_again() -> None:
        for task in reversed(tasks):
            actions.close_not_needed(task.source, [task.source_id])

    def inside(work: Any) -> None:
        try:
            with scope.organization(cast.organization.id):
                work()
        except Exception as failure:
            broken.append(failure)
        finally:
            connections.close_all()

    ways = [lambda: tells(cast.aoi), lambda: tells(cast.bunta), expires, orders_again]
    threads = [threading.Thread(target=inside, args=(way,)) for way in ways]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert broken == []
    with scope.organization(cast.organization.id):
        assert set(CallTask.objects.values_list("state", flat=True)) == {"closed"}
        assert len(closings()) == len(tasks)
        assert CallAttempt.objects.count() == kept.count("told")
