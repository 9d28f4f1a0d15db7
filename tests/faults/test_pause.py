"""The big red button with a full outbox: 10,000 messages, nothing goes after a second, none is lost, none goes twice."""

import pytest
from django.db import connection

from tests.cast import Cast
from tests.integration.test_pause import stopwatch as stopwatch
from tests.integration.test_pause import watch


@pytest.mark.django_db(transaction=True)
def test_it_stops_ten_thousand_and_lets_them_go_on(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    watch(cast, "installation", 10_000 if connection.vendor == "sqlite" else 2_000, monkeypatch)
