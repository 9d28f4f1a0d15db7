"""The big red button with a full outbox: 2,000 messages, nothing goes after a second, none is lost, none goes twice."""

import pytest

from tests.cast import Cast
from tests.integration.test_pause import stopwatch as stopwatch
from tests.integration.test_pause import watch


@pytest.mark.django_db(transaction=True)
def test_it_stops_thousands_and_lets_them_go_on(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    watch(cast, "installation", 2_000, monkeypatch)
