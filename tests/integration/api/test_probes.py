"""Is it up, can it work, what does it count."""

from typing import Any
from unittest.mock import patch

import pytest
from django.db import DatabaseError
from django.test import Client

from kaeru.worker import heartbeat
from tests.cast import Cast


def test_it_is_up(client: Client) -> None:
    assert client.get("/healthz").json() == {"ok": True}


def test_it_is_up_without_a_database(client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert client.get("/healthz").status_code == 200


@pytest.mark.django_db
def test_it_is_ready_once_passes_turn(client: Client) -> None:
    assert client.get("/readyz").json()["checks"] == {"database": True, "migrations": True, "passes": False}
    with patch.object(heartbeat, "_last", -1e9):
        heartbeat.beat()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["ok"]) == (200, True)


@pytest.mark.django_db
def test_it_is_not_ready_without_a_database(client: Client) -> None:
    with patch("kaeru.api.probes.connection.cursor", side_effect=DatabaseError("secret of the server")):
        answer = client.get("/readyz")
    assert answer.status_code == 503
    assert b"secret" not in answer.content


def test_it_counts_for_this_machine_only(cast: Cast, client: Client) -> None:
    client.post("/hooks/shopify/nobody", b"{}", content_type="application/json")
    told = client.get("/metrics").content.decode()
    assert 'kaeru_hooks_total{outcome="signature",source="shopify"}' in told
    assert 'kaeru_waiting{kind="inbound"} 0.0' in told
    assert client.get("/metrics", REMOTE_ADDR="203.0.113.5").status_code == 401
    assert client.get("/metrics", headers={"X-Forwarded-For": "203.0.113.5"}).status_code == 401


def test_it_counts_for_the_holder_of_the_token(cast: Cast, client: Client, settings: Any) -> None:
    settings.KAERU_METRICS_TOKEN = "t0ken"
    assert client.get("/metrics").status_code == 401
    assert (
        client.get("/metrics", headers={"Authorization": "Bearer t0ken"}, REMOTE_ADDR="203.0.113.5").status_code == 200
    )
