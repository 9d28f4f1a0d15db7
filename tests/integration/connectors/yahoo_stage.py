"""A store at Yahoo! Shopping, connected and live, with the fake of it on a real port."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from kaeru.connectors import connecting, pacing
from kaeru.connectors.connecting import Grant
from kaeru.connectors.gate import actions as gate
from kaeru.connectors.yahoo import client, consent
from kaeru.connectors.yahoo.consent import Consent
from kaeru.core import scope
from tests.cast import Cast
from tests.fakes.yahoo import Yahoo
from tests.fakes.yahoo_wire import YahooWire, listening

TABLE = ("cancel/customer=110", "cancel/shop=200", "cancel/shop/out_of_stock=210")
FAR_ABOVE = 10_000_000


@contextmanager
def connected(cast: Cast, monkeypatch: pytest.MonkeyPatch, table: Sequence[str] = TABLE) -> Iterator[YahooWire]:
    """Kotori sells at Yahoo! Shopping, too."""
    pacing.forget()
    consent.forget()
    monkeypatch.setattr(client, "PER_SECOND", 1e9)
    with listening(Yahoo()) as wire:
        monkeypatch.setattr(client, "ADDRESS", wire.address)
        monkeypatch.setattr(consent, "TOKEN", wire.url + "/yconnect/v2/token")
        with scope.organization(cast.organization.id):
            store = wire.store
            agreed = Consent(store.client_id, store.client_secret, store.refresh)
            grant = Grant(store.seller, agreed.sealed_text(), list(table), client_id=store.client_id)
            connecting.connect(cast.kotori, "yahoo", grant, actor="test")
            gate.set_terms(cast.kotori, is_live=True, most_per_order=FAR_ABOVE, most_per_day=FAR_ABOVE, actor="test")
            yield wire
    consent.forget()
