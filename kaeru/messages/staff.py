"""Mails of the house to the shop's own people: their texts, their language, where they go, and how they enter the outbox."""

from collections.abc import Mapping, Sequence

from kaeru.core import clock
from kaeru.messages.actions import NewMessage
from kaeru.messages.models import Message, Template
from kaeru.messages.queries import recent_template
from kaeru.messages.texts import language_for
from kaeru.tenants import queries as tenants
from kaeru.tenants.models import Shop


def template_of(shop: Shop, texts: Mapping[str, Mapping[str, str]]) -> int:
    """The shop's template of these texts of ours ({"ja": {"subject", "body"}, …}): the one it has, or a new one."""
    known = recent_template(shop, texts)
    if known is not None:
        return known
    return Template.objects.create(
        organization_id=shop.organization_id, shop=shop, purpose="notice", texts=texts, created_at=clock.now()
    ).id


def note(shop: Shop, template_id: int, source: str, source_id: int) -> NewMessage:
    """A mail to the shop's staff, due now."""
    return NewMessage(
        organization_id=shop.organization_id, shop_id=shop.id, customer_id=None, template_id=template_id,
        purpose="notice", source=source, source_id=source_id, due_at=clock.now(),
    )  # fmt: skip


def addresses(rows: Sequence[Message]) -> dict[int, str]:
    """Where such mails go, by message id: the shop's address for the staff, else its first owner's. At most one query."""
    found = tenants.staff_mails(row.shop for row in rows)
    return {row.id: found[row.shop_id] for row in rows if row.shop_id in found}


def language_of(row: Message) -> str:
    """The one that the staff read (`preparing.letter` takes the same)."""
    return language_for(row.template.texts, row.shop.staff_language)
