"""Deliveries that arrive together are written together, and one that fails fails alone."""

import threading
from typing import Any

import pytest
from django.db import DatabaseError, connection

from kaeru.connectors import together
from kaeru.connectors.models import InboundDelivery
from kaeru.core import clock, ids, scope, sql
from kaeru.tenants.models import Shop
from tests.cast import Cast


def row(shop: Shop, event_id: str, topic: str = "orders/create") -> list[Any]:
    moment = sql.moment(clock.now())
    return [ids.new_id(), shop.organization_id, shop.id, "shopify", topic, event_id, b"{}", moment, moment]


@pytest.mark.django_db(transaction=True)
def test_it_writes_everybodys_row_before_it_answers(cast: Cast) -> None:
    start, failures = threading.Barrier(16), []

    def send(number: int) -> None:
        start.wait()
        for turn in range(5):
            name = f"{number}-{turn}"
            try:
                together.write(row(cast.kotori, name))
                with scope.everyone():
                    assert InboundDelivery.objects.filter(event_id=name).exists()
            except Exception as failure:
                failures.append(failure)
        connection.close()

    threads = [threading.Thread(target=send, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    with scope.everyone():
        assert InboundDelivery.objects.count() == 80


@pytest.mark.django_db(transaction=True)
def test_it_lets_one_fail_alone(cast: Cast) -> None:
    bad = row(cast.kotori, "bad")
    bad[3] = None  # no source
    with pytest.raises(DatabaseError):
        together.write(bad)
    tickets = [together._Ticket(one) for one in (row(cast.kotori, "a"), bad, row(cast.kotori, "b"))]
    together._waiting.extend(tickets)
    together._lead()
    assert [ticket.is_written for ticket in tickets] == [True, False, True]
    assert tickets[1].failure is not None
    assert all(ticket.woken.is_set() for ticket in tickets)
    assert not together._waiting
