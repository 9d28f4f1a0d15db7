"""Reads about customers for other rooms: what they agreed to, and their tags."""

from collections.abc import Iterable

from kaeru.core import sql
from kaeru.core.secrets import fingerprint
from kaeru.customers.models import Alias, Consent, Customer, CustomerTag, Identity, Suppression

_MOST_HASHES = 5_000
"""Beyond so many addresses the shop's whole list of closed ones is read, as statements have a limit of parameters."""


def may_advertise(customer_ids: Iterable[int], channel: str, kind: str) -> set[int]:
    """Those who agreed to advertisements on the channel, did not take it back, and whose address is not closed to them.

    `kind` is that of the identity which the channel writes to. Three queries, however many customers.
    """
    asked = set(customer_ids)
    if not asked:
        return set()
    agreed = set(
        Consent.objects.filter(customer_id__in=sql.keys(asked), channel=channel, withdrawn_at=None).values_list(
            "customer_id", flat=True
        )
    )
    if not agreed:
        return set()
    address = {
        customer: (shop_id, fingerprint(value))
        for customer, shop_id, value in Identity.objects.filter(
            customer_id__in=sql.keys(agreed), kind=kind
        ).values_list("customer_id", "shop_id", "value")
    }
    refused = Suppression.objects.filter(channel=channel, shop_id__in={shop_id for shop_id, _ in address.values()})
    if len(address) <= _MOST_HASHES:
        refused = refused.filter(address_hash__in={found for _, found in address.values()})
    closed = {(shop_id, bytes(found)) for shop_id, found in refused.values_list("shop_id", "address_hash")}
    return {customer for customer, found in address.items() if found not in closed}


def consents_of(customer_id: int) -> dict[str, Consent]:
    """By channel: what the customer agreed to, and has not taken back. Their address may be closed all the same."""
    rows = Consent.objects.filter(customer_id=customer_id, withdrawn_at=None)
    return {row.channel: row for row in rows}


def one(customer_id: int) -> Customer | None:
    """One customer, or None when there is none in scope."""
    return Customer.objects.filter(id=customer_id).first()


def now(customer_id: int) -> int:
    """The customer's id of today: another one when their card was merged into another since."""
    found = Alias.objects.filter(kind="id", value=str(customer_id)).values_list("customer_id", flat=True).first()
    return found or customer_id


def tags_of(customer_id: int) -> list[str]:
    """The customer's tags, in the order of letters."""
    return list(CustomerTag.objects.filter(customer_id=customer_id).order_by("tag").values_list("tag", flat=True))


def tags_of_shop(shop_id: int, most: int) -> list[str]:
    """Tags that customers of the shop have, in the order of letters, `most` at most."""
    rows = CustomerTag.objects.filter(shop_id=shop_id).order_by("tag").values_list("tag", flat=True).distinct()
    return list(rows[:most])
