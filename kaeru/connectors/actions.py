"""Verbs: tell a shop's own system something, surely and once."""

from collections.abc import Mapping
from typing import Any

from kaeru.connectors.models import OutboundCall
from kaeru.core import clock, ids
from kaeru.tenants.models import Shop


def tell_shop(shop: Shop, topic: str, *, subject_id: int, payload: Mapping[str, Any], key: str) -> None:
    """Write the call down in the caller's transaction; a pass hands it over until the shop has answered. A repeat of `key` adds nothing."""
    OutboundCall.objects.bulk_create(
        [
            OutboundCall(
                id=ids.new_id(), organization_id=shop.organization_id, shop=shop, key=key, topic=topic, subject_id=subject_id,
                payload=dict(payload), due_at=clock.now(), created_at=clock.now(),
            )
        ],
        ignore_conflicts=True,
    )  # fmt: skip
