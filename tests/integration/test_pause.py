"""The kill switches: nothing goes after a second, nothing is lost, nothing goes twice."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext

import pytest
from django.db import connections

from kaeru.channels import registry as channels
from kaeru.channels.base import Letter, Outcome, Result, Worded
from kaeru.core import clock, pause, scope
from kaeru.core.models import AuditEntry
from kaeru.messages import actions, passes
from kaeru.messages.models import Message
from kaeru.tenants import actions as tenants
from kaeru.tenants.models import Organization, Shop
from tests import builders
from tests.cast import Cast
from tests.integration.test_hand_over import TEXTS, again, put

sent: list[tuple[float, str]] = []


class Stopwatch:
    """A channel that notes when it was given what; it takes its time, as a real one does."""

    name = "mail"
    takes = 0.0

    def word(self, letter: Letter) -> Worded:
        return Worded("", "", "")

    def open(self) -> AbstractContextManager["Stopwatch"]:
        return nullcontext(self)

    def send(self, letter: Letter, worded: Worded) -> Result:
        sent.append((time.monotonic(), str(letter.key)))
        time.sleep(self.takes)
        return Result(Outcome.ACCEPTED)


@pytest.fixture(autouse=True)
def stopwatch() -> Iterator[None]:
    sent.clear()
    passes.mend()
    channels.register("mail", f"{__name__}.Stopwatch")
    yield
    channels.register("mail", "kaeru.channels.mail.channel.Mail")


def queue(cast: Cast, count: int) -> None:
    """`count` notices to one customer."""
    buyer = builders.customer(cast.kotori)
    with scope.organization(cast.organization.id):
        template = actions.publish_template(cast.kotori.id, "notice", TEXTS)
        actions.enqueue(
            [
                actions.NewMessage(
                    organization_id=cast.organization.id, shop_id=cast.kotori.id, customer_id=buyer.id,
                    template_id=template.id, purpose="notice", source_id=1, due_at=clock.now(), source="test",
                )
                for _ in range(count)
            ]
        )  # fmt: skip


def switches(cast: Cast) -> dict[str, tuple[object, object]]:
    kotori, owner = cast.kotori, cast.organization
    return {
        "installation": (lambda: pause.pause("test", actor="cli"), lambda: pause.resume(actor="cli")),
        "organization": (
            lambda: tenants.pause_organization(owner, actor="cli"), lambda: tenants.resume_organization(owner, actor="cli"),
        ),
        "shop": (lambda: tenants.pause_shop(kotori, actor="cli"), lambda: tenants.resume_shop(kotori, actor="cli")),
        "scenario": (lambda: actions.hold("test", [1]), lambda: actions.release("test", [1])),
    }  # fmt: skip


@pytest.mark.parametrize("which", ["installation", "organization", "shop", "scenario"])
@pytest.mark.django_db(transaction=True)
def test_it_stops_within_a_second_and_goes_on_without_loss(
    which: str, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two workers hand over; with more messages see tests/faults/test_pause.py."""
    watch(cast, which, 600, monkeypatch)


def watch(cast: Cast, which: str, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Queue `count` messages, stop while they go, look for a second and a half, let them go on, count."""
    monkeypatch.setattr(Stopwatch, "takes", 0.002)
    queue(cast, count)
    failures: list[BaseException] = []
    is_over = threading.Event()

    def work() -> None:
        try:
            while not is_over.is_set():
                if not passes.hand_over(100):
                    time.sleep(0.02)
        except BaseException as failure:
            failures.append(failure)
        finally:
            connections.close_all()

    stop, go_on = switches(cast)[which]
    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    try:
        while len(sent) < 50 and not failures:
            time.sleep(0.01)
        with scope.organization(cast.organization.id):
            assert stop()  # type: ignore[operator]
            stopped_at = time.monotonic()
            time.sleep(1.5)
            late = [moment for moment, _ in sent if moment > stopped_at + 1]
            on_the_way = len(sent)
            assert late == []
            assert 50 <= on_the_way < count
            monkeypatch.setattr(Stopwatch, "takes", 0.0)
            assert go_on()  # type: ignore[operator]
        before, moved_at = len(sent), time.monotonic()
        while len(sent) < count and time.monotonic() < moved_at + 60 and not failures:
            time.sleep(0.05)
            if len(sent) > before:
                before, moved_at = len(sent), time.monotonic()
    finally:
        is_over.set()
        for worker in workers:
            worker.join()
    assert failures == []
    assert set(Counter(key for _, key in sent).values()) == {1}, "none twice"
    assert len(sent) == count, "none lost"
    with scope.everyone():
        assert set(Message.objects.values_list("state", "reason")) == {("sent", "")}


def test_it_writes_down_who_stopped_everything(cast: Cast) -> None:
    assert not pause.is_paused()
    assert pause.pause("mail server on fire", actor="cli:root")
    assert not pause.pause("again", actor="cli:else"), "the first reason stays"
    told = pause.state()
    assert told is not None
    assert (told.reason, told.actor) == ("mail server on fire", "cli:root")
    assert pause.resume(actor="cli:root")
    assert not pause.resume(actor="cli:root")
    with scope.everyone():
        rows = AuditEntry.objects.filter(subject="installation").order_by("id")
        assert list(rows.values_list("organization_id", "actor", "verb")) == [
            (0, "cli:root", "installation.paused"), (0, "cli:root", "installation.resumed"),
        ]  # fmt: skip


def test_it_stops_one_shop_only(cast: Cast) -> None:
    with scope.organization(cast.organization.id):
        assert tenants.pause_shop(cast.kotori, actor="member:1", reason="stock-taking")
        assert not tenants.pause_shop(cast.kotori, actor="member:1")
        assert AuditEntry.objects.get(verb="shop.paused").detail == {"reason": "stock-taking"}
        assert Shop.objects.get(is_paused=True) == cast.kotori
    ours = put(cast.kotori, builders.customer(cast.kotori))
    theirs = put(cast.other_shop, builders.customer(cast.other_shop))
    passes.hand_over(100)
    assert (again(ours).state, again(theirs).state) == ("waiting", "sent")
    tenants.pause_organization(cast.other_organization, actor="cli")
    assert Organization.objects.get(is_paused=True) == cast.other_organization
    assert passes.next_due() is None


def test_it_waits_for_nothing_while_everything_is_paused(cast: Cast) -> None:
    put(cast.kotori, builders.customer(cast.kotori))
    assert passes.next_due() is not None
    pause.pause("", actor="cli")
    assert passes.next_due() is None
    assert passes.hand_over(100) == 0
