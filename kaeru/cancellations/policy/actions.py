"""Verbs on a shop's cancellation policy. A version is never changed: saving adds one, and the newest counts from that moment on."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from kaeru.audiences import registry
from kaeru.cancellations.models import CancelPolicy
from kaeru.cancellations.policy.document import NotAPolicy, check, parse
from kaeru.cancellations.policy.malls import problems_at
from kaeru.core import audit, clock, ids
from kaeru.tenants.models import Shop


class PolicyMoved(Exception):
    """Somebody saved another version meanwhile. `number`: the newest."""

    def __init__(self, number: int) -> None:
        super().__init__(f"version {number} was saved meanwhile")
        self.number = number


@transaction.atomic
def save(shop: Shop, document: Mapping[str, Any], *, actor: str, after: int | None = None) -> int:
    """The document becomes the shop's newest version; returns its number, or the present one when nothing differs.

    `after`: the version that was edited; another one saved meanwhile is not written over. Raises NotAPolicy, PolicyMoved.
    """
    problems = check(document, registry.fields()) or problems_at(shop, document)
    if problems:
        raise NotAPolicy(problems)
    parse(document)
    Shop.objects.select_for_update().only("id").get(id=shop.id)  # one version after the other
    newest = CancelPolicy.objects.filter(shop=shop).order_by("-number").first()
    number = newest.number if newest else 0
    if after is not None and after != number:
        raise PolicyMoved(number)
    if newest is not None and newest.document == document:
        return number
    row = CancelPolicy.objects.create(
        id=ids.new_id(), organization_id=shop.organization_id, shop=shop, number=number + 1, document=dict(document),
        created_at=clock.now(), created_by=actor[:60],
    )  # fmt: skip
    audit.record(
        shop.organization_id,
        actor,
        "policy.saved",
        "shop",
        shop.id,
        number=row.number,
        rules=len(document.get("rules", ())),
    )
    return row.number


@transaction.atomic
def restore(shop: Shop, number: int, *, actor: str) -> int:
    """An old version becomes the newest one again, as a version of its own; returns its number.

    Raises CancelPolicy.DoesNotExist, NotAPolicy when it asks for something that is not there any more.
    """
    old = CancelPolicy.objects.get(shop=shop, number=number)
    saved = save(shop, old.document, actor=actor)
    audit.record(shop.organization_id, actor, "policy.restored", "shop", shop.id, number=saved, of=number)
    return saved
