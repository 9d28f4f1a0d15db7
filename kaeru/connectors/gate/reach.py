"""How Kaeru reaches the shops' systems to act there: who acts, with which account, secrets and scopes."""

import logging
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from django.db.models import Q

from kaeru.connectors import registry
from kaeru.connectors.base import Access, Capabilities, Writer
from kaeru.connectors.models import Connection
from kaeru.core import clock, secrets
from kaeru.orders.models import OrderLine
from kaeru.tenants.models import ShopSecret

log = logging.getLogger(__name__)
NOTIFY = "notify"
"""The source of the secrets that sign calls to own shops, which have no token."""
SHUT = ("token_revoked", "shop_gone")
"""Problems of a connection with which nothing can be done until a person connects again; see `base.Barred`."""


@dataclass(frozen=True, slots=True)
class Way:
    """Into one shop's system."""

    connection_id: int
    writer: Writer
    access: Access
    capabilities: Capabilities


def ways(shop_ids: Iterable[int]) -> dict[int, Way]:
    """The way into the system of each shop that has one: two statements, nothing is called."""
    open_ones = Connection.objects.filter(shop_id__in=set(shop_ids), removed_at=None).exclude(problem__in=SHUT)
    connections = list(open_ones.select_related("shop").order_by("id"))
    signing = _signing({row.shop_id for row in connections if row.sealed_token is None})
    found: dict[int, Way] = {}
    for row in connections:
        writer = registry.find_writer(row.source)
        if writer is not None and row.shop_id not in found:
            try:
                access = _access(row, signing)
            except ValueError as failure:
                log.error("the token of connection %s cannot be opened: %s", row.id, failure)
                continue
            found[row.shop_id] = Way(row.id, writer, access, writer.capabilities(access))
    return found


def way(connection: Connection) -> Access:
    """How to reach the system of one connection. Raises ValueError when its token cannot be unsealed."""
    return _access(connection, _signing({connection.shop_id}))


def _access(row: Connection, signing: dict[int, list[bytes]]) -> Access:
    sealed = signing[row.shop_id] if row.sealed_token is None else [bytes(row.sealed_token)]
    return Access(
        shop_id=row.shop_id,
        account=row.account or row.shop.notify_url,
        secrets=[secrets.unseal(one) for one in sealed],
        currency=row.shop.currency,
        version=row.version,
        scopes=tuple(row.scopes),
        lines=partial(_lines, row.shop_id),
    )


def _lines(shop_id: int, order_source_id: str) -> list[str]:
    """The lines' own ids of an order; one statement, outside of the transactions of the gate."""
    rows = OrderLine.objects.filter(order__shop_id=shop_id, order__source_id=order_source_id).exclude(source_id="")
    return list(rows.order_by("position").values_list("source_id", flat=True))


def _signing(shop_ids: set[int]) -> dict[int, list[bytes]]:
    """The sealed secrets by shop that sign calls now, newest first."""
    found: dict[int, list[bytes]] = defaultdict(list)
    if shop_ids:
        in_force = Q(expires_at=None) | Q(expires_at__gt=clock.now())
        rows = ShopSecret.objects.filter(in_force, shop_id__in=shop_ids, source=NOTIFY).order_by("-id")
        for shop_id, sealed in rows.values_list("shop_id", "sealed"):
            found[shop_id].append(bytes(sealed))
    return found
