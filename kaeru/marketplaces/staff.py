"""Mails of this room to the shop's own people: where they go, and how they are put into the outbox."""

from collections.abc import Sequence

from kaeru.core import clock
from kaeru.messages.actions import NewMessage
from kaeru.messages.models import Message
from kaeru.tenants import queries as tenants
from kaeru.tenants.models import Shop


def addresses(rows: Sequence[Message]) -> dict[int, str]:
    """Where such mails go, by message id: the shop's address for the staff, else its first owner's. At most one query."""
    found = tenants.staff_mails(row.shop for row in rows)
    return {row.id: found[row.shop_id] for row in rows if row.shop_id in found}


def note(shop: Shop, template_id: int, source: str, source_id: int) -> NewMessage:
    """A mail to the shop's staff, due now."""
    return NewMessage(
        organization_id=shop.organization_id, shop_id=shop.id, customer_id=None, template_id=template_id,
        purpose="notice", source=source, source_id=source_id, due_at=clock.now(),
    )  # fmt: skip
