"""The big red button with a full outbox: 10,000 messages (2,000 in each run), nothing goes after a second, none is lost, none goes twice."""

import pytest

from tests.amount import in_each_run
from tests.cast import Cast
from tests.integration.test_pause import stopwatch as stopwatch
from tests.integration.test_pause import watch

MANY = in_each_run(10_000, sqlite=2_000, postgres=2_000)


@pytest.mark.django_db(transaction=True)
def test_it_stops_thousands_and_lets_them_go_on(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    watch(cast, "installation", MANY, monkeypatch)
