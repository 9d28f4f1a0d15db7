"""The shop hears in time that a key ends, and at once when the mall accepts it no more; never with the key in it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from kaeru.connectors import connecting, key_ends
from kaeru.connectors.connecting import Grant
from kaeru.connectors.models import Connection
from kaeru.connectors.qoo10.client import JST
from kaeru.core import clock, events, scope
from kaeru.marketplaces import keys
from kaeru.messages import staff
from kaeru.messages.models import Message
from tests.cast import Cast

KEY = "S5_A_KEY_THAT_NOBODY_READS"


@pytest.fixture
def row(cast: Cast) -> Iterator[Connection]:
    with scope.organization(cast.organization.id):
        ends = clock.now().astimezone(JST).date() + timedelta(days=40)
        yield connecting.connect(cast.kotori, "qoo10", Grant("testshop", KEY, key_expires_on=ends), actor="test")


def day(days_left: int) -> None:
    """So many days are left."""
    with scope.everyone():
        Connection.objects.update(key_expires_on=clock.now().astimezone(JST).date() + timedelta(days=days_left))
    key_ends.warn(100)
    while events.deliver(100):
        pass


def mails() -> list[Message]:
    with scope.everyone():
        return list(Message.objects.filter(source=keys.SOURCE).select_related("template", "shop").order_by("id"))


def test_it_warns_three_times_once_each(row: Connection) -> None:
    for left, expected in ((40, 0), (36, 0), (35, 1), (34, 1), (15, 1), (14, 2), (9, 2), (3, 3), (1, 3), (-2, 3)):
        day(left)
        assert len(mails()) == expected, left


def test_a_new_key_begins_anew(cast: Cast, row: Connection) -> None:
    day(2)
    assert len(mails()) == 1
    with scope.organization(cast.organization.id):
        ends = clock.now().astimezone(JST).date() + timedelta(days=364)
        connecting.connect(cast.kotori, "qoo10", Grant("testshop", KEY, key_expires_on=ends), actor="test")
    with scope.everyone():
        assert keys.settled(mails()) == {mails()[0].id: "settled"}
    day(14)
    assert len(mails()) == 2


def test_a_key_that_is_not_accepted_is_told_once(row: Connection) -> None:
    with scope.everyone():
        assert connecting.barred(row.id, "token_revoked")
        assert not connecting.barred(row.id, "token_revoked")
    while events.deliver(100):
        pass
    (mail,) = mails()
    with scope.everyone():
        told = keys.words([mail])[mail.id]
        assert keys.settled([mail]) == {}
        assert staff.addresses([mail]) != {}
    assert "受け付けません" in told["desk"]["what"] and KEY not in str(told)
    assert told["links"]["story"].endswith("/settings/malls/?shop=kotori")
