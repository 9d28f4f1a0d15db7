"""kill -9 of the worker at any moment, 100 times over a run of 1,000 enrolments (fewer in each run): nothing is lost, and what came
without proof is shown.

The mails go over real SMTP to a catcher that counts Message-IDs. A mail may be missing or doubled only where the mail
server's answer died with the worker, and then the message says `unknown`.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import LazySettings
from django.conf import settings as django_settings
from django.db import connection, transaction

from kaeru.core import clock, scope
from kaeru.messages import actions, passes, queries
from kaeru.messages.models import Message
from kaeru.scenarios.models import Enrollment
from tests import builders
from tests.amount import in_each_run
from tests.cast import Cast
from tests.smtp import Catcher, catcher

ENROLMENTS, KILLS = in_each_run((1000, 100), sqlite=(300, 30), postgres=(500, 50))
LONGEST_SECONDS = 220


def _database_url() -> str:
    """The test database, as another process finds it."""
    known = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite://{known['NAME']}"
    password = quote(str(known["PASSWORD"]))
    return f"postgresql://{known['USER']}:{password}@{known['HOST']}:{known['PORT']}/{known['NAME']}"


@contextmanager
def _zygote(mail_url: str, errors: Path) -> Iterator["subprocess.Popen[str]"]:
    environment = {
        **os.environ,
        "KAERU_DATABASE_URL": _database_url(),
        "KAERU_MAIL_URL": mail_url,
        "KAERU_HOME": str(django_settings.KAERU_HOME),
    }
    with errors.open("w") as sink:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.zygote"],
            env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=sink, text=True,
        )  # fmt: skip
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n", errors.read_text()
            yield process
        finally:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.close()
            process.wait(10)
            process.stdout.close()


def _start(zygote: "subprocess.Popen[str]") -> int:
    assert zygote.stdin is not None
    assert zygote.stdout is not None
    zygote.stdin.write("go\n")
    zygote.stdin.flush()
    return int(zygote.stdout.readline())


def _kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    while True:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.002)


@transaction.atomic
def _enrol(cast: Cast) -> None:
    """Cancellations at the beginning of a scenario that sends a notice at once."""
    why = builders.reason(cast.kotori)
    _, revision = builders.scenario(why, builders.template(cast.kotori))
    for number in range(ENROLMENTS):
        buyer = builders.customer(cast.kotori, name=f"客{number}", email=f"k{number}@example.com")
        request = builders.cancellation(builders.order(cast.kotori, buyer), why)
        builders.enrollment(revision, request, due_at=clock.now())


def _open() -> int:
    """How much is still to be done."""
    with scope.everyone():
        return (
            Enrollment.objects.filter(state="waiting", due_at__lte=clock.now()).count()
            + Message.objects.filter(state__in=["waiting", "claimed", "sending"]).count()
        )


def _run(zygote: "subprocess.Popen[str]", inbox: Catcher) -> int:
    """Workers that are killed one after the other, and a last one that may finish; returns how many were killed."""
    until, killed, chance = time.monotonic() + LONGEST_SECONDS, 0, random.Random()
    while killed < KILLS:
        sent = len(inbox.raw)
        pid = _start(zygote)
        if chance.random() < 0.5:
            time.sleep(chance.uniform(0.0, 0.3))
        else:  # in the thick of it
            latest = time.monotonic() + 1.5
            while len(inbox.raw) == sent and time.monotonic() < latest:
                time.sleep(0.002)
            time.sleep(chance.uniform(0.0, 0.1))
        _kill(pid)
        killed += 1
    pid = _start(zygote)
    while _open() and time.monotonic() < until:
        time.sleep(0.2)
    _kill(pid)
    return killed


@pytest.mark.django_db(transaction=True)
def test_it_loses_nothing_and_shows_what_it_cannot_prove(
    cast: Cast, settings: LazySettings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _enrol(cast)
    errors = tmp_path / "workers.log"
    with catcher() as inbox:
        inbox.delay_seconds = 0.008
        started = time.monotonic()
        with _zygote(inbox.url, errors) as zygote:
            killed = _run(zygote, inbox)
        seconds = time.monotonic() - started
        assert killed == KILLS
        assert _open() == 0
        copies = inbox.copies()
        with scope.everyone():
            messages = list(Message.objects.order_by("id"))
            shown = set(queries.needing_person([cast.kotori.id]).values_list("id", flat=True))
        states = Counter(message.state for message in messages)
        assert len({message.source_id for message in messages}) == len(messages) == ENROLMENTS, (
            "one message each, none twice"
        )
        assert set(states) <= {"sent", "unknown"}, "whatever happened is proven, or shown"
        assert shown == {message.id for message in messages if message.state == "unknown"}
        arrived = {message.id: _arrived(copies, message.key) for message in messages}
        assert {arrived[message.id] for message in messages if message.state == "sent"} == {1}
        assert {arrived[message.id] for message in messages if message.state == "unknown"} <= {0, 1}, (
            "nothing doubled by itself"
        )
        assert "Traceback" not in errors.read_text()
        with capsys.disabled():
            lost = sum(1 for message in messages if not arrived[message.id])
            print(
                f"\n{connection.vendor}: {killed} kills in {seconds:.0f} s, {dict(states)}, {lost} of the unknown not arrived"
            )
        _settle(messages, arrived, inbox, settings)


def _arrived(copies: Counter[str], key: object) -> int:
    return copies[str(key)]


def _settle(messages: list[Message], arrived: dict[int, int], inbox: Catcher, settings: LazySettings) -> None:
    """A person looks into the unknown ones; afterwards everybody has exactly one mail."""
    with scope.everyone():
        for message in messages:
            if message.state == "unknown":
                assert actions.settle(message.id, "arrived" if arrived[message.id] else "again", actor="member:1")
    settings.KAERU_MAIL_URL = inbox.url
    while passes.hand_over(100):
        pass
    with scope.everyone():
        assert set(Message.objects.values_list("state", flat=True)) == {"sent"}
    assert Counter(inbox.copies().values()) == {1: ENROLMENTS}
