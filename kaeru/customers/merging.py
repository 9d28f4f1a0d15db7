"""Two cards of one person become one: everything that names the one that goes names the one that stays.

Every table that points at customers is found by itself, so that rooms above need not be known here; a room that has to put two
rows into one (not only move them) registers a `merger`.
"""

from collections.abc import Callable
from typing import Any

from django.db import models, transaction

from kaeru.core import audit, events, ids, secrets
from kaeru.core.events import News
from kaeru.customers.actions import suppress
from kaeru.customers.models import Alias, Consent, Customer, Identity, Suppression

Merger = Callable[[Customer, Customer], None]
_mergers: list[Merger] = []


class NotOnePerson(ValueError):
    """These two cannot be merged: it is one card twice, or they are of two shops, or one is not there."""


def merger(function: Merger) -> Merger:
    """Register what is done with (the one that stays, the one that goes) before rows are moved."""
    if function not in _mergers:
        _mergers.append(function)
    return function


@transaction.atomic
def merge(stays_id: int, goes_id: int, *, actor: str) -> Customer:
    """Make these two one; returns the one that stays. What the other was known by is kept as an alias.

    Of two rows that may exist only once for a customer, the one of the customer that stays is kept; of two consents the later
    word counts; who refused advertisements at one of the addresses has refused them. Raises NotOnePerson.
    """
    found = {
        row.id: row for row in Customer.objects.select_for_update().filter(id__in={stays_id, goes_id}).order_by("id")
    }
    if len(found) != 2 or len({row.shop_id for row in found.values()}) != 1:
        raise NotOnePerson
    stays, goes = found[stays_id], found[goes_id]
    for function in _mergers:
        function(stays, goes)
    _keep_names(stays, goes)
    _keep_refusals(stays, goes)
    _keep_last_word(stays, goes)
    for model, name in _pointing():
        _drop_doubles(model, name, stays.id, goes.id)
        model._default_manager.filter(**{name: goes.id}).update(**{name: stays.id})
    Customer.objects.filter(id=goes.id).delete()
    Customer.objects.filter(id=stays.id).update(
        name=stays.name or goes.name, source_id=stays.source_id or goes.source_id, created_at=min(stays.created_at, goes.created_at)
    )  # fmt: skip
    audit.record(stays.organization_id, actor, "customer.merged", "customer", stays.id, gone=goes.id)
    events.emit([News("customer.merged", stays.organization_id, stays.id, {"shop_id": stays.shop_id, "gone": goes.id})])
    return Customer.objects.get(id=stays.id)


def _pointing() -> list[tuple[type[models.Model], str]]:
    """Tables with a foreign key to customers, and its name."""
    return [
        (field.related_model, field.field.name)
        for field in Customer._meta.get_fields(include_hidden=True)
        if isinstance(field, models.ManyToOneRel) and isinstance(field.related_model, type)
    ]


def _drop_doubles(model: type[models.Model], name: str, stays: int, goes: int) -> None:
    """Rows of the one that goes that would break a uniqueness beside a row of the one that stays."""
    for others, condition in _unique(model, name):
        rows = model._default_manager.filter(condition or models.Q())
        kept = (
            set(rows.filter(**{name: stays}).values_list(*others)) if others else rows.filter(**{name: stays}).exists()
        )
        if not kept:
            continue
        own = rows.filter(**{name: goes}).values_list("pk", *others)
        doubles = [pk for pk, *values in own if not others or (tuple(values) in kept and None not in values)]  # type: ignore[operator]
        if doubles:
            model._default_manager.filter(pk__in=doubles).delete()


def _unique(model: type[models.Model], name: str) -> list[tuple[tuple[str, ...], models.Q | None]]:
    """The other columns of each uniqueness that the column takes part in, and for which rows it holds."""
    field = model._meta.get_field(name)
    assert isinstance(field, models.Field)
    same = {name, field.attname}
    found: list[tuple[tuple[str, ...], models.Q | None]] = [((), None)] if field.unique else []
    for one in model._meta.constraints:
        if isinstance(one, models.UniqueConstraint) and same & set(columns := _columns(one)):
            found.append((tuple(column for column in columns if column not in same), one.condition))
    return found


def _columns(one: models.UniqueConstraint) -> tuple[str, ...]:
    """Its columns, however it was written down: by name, or as expressions. An expression that is no column stands for nothing."""
    return tuple(one.fields) or tuple(str(part.name) for part in one.expressions if isinstance(part, models.F))  # type: ignore[attr-defined]


def _keep_names(stays: Customer, goes: Customer) -> None:
    own = dict(Identity.objects.filter(customer=stays).values_list("kind", "value"))
    lost = [
        (kind, value)
        for kind, value in Identity.objects.filter(customer=goes).values_list("kind", "value")
        if own.get(kind, value) != value
    ]
    if goes.source_id and stays.source_id:
        lost.append(("source", goes.source_id))
    Alias.objects.bulk_create(
        [
            Alias(id=ids.new_id(), organization_id=stays.organization_id, shop_id=stays.shop_id, customer=stays, kind=kind, value=value)
            for kind, value in [("id", str(goes.id)), *lost]
        ],
        update_conflicts=True, unique_fields=["shop_id", "kind", "value"], update_fields=["customer"],
    )  # fmt: skip


def _keep_refusals(stays: Customer, goes: Customer) -> None:
    """Whoever refused advertisements at an address that is lost has refused them at the one that stays; and the other way round."""
    addresses: dict[str, set[str]] = {}
    for kind, value in Identity.objects.filter(customer__in=[stays, goes]).values_list("kind", "value"):
        addresses.setdefault(kind, set()).add(value)
    for values in addresses.values():
        marks = {secrets.fingerprint(value): value for value in values}
        refused = Suppression.objects.filter(shop_id=stays.shop_id, address_hash__in=marks).exclude(why="bounce")
        closed = [(row.channel, bytes(row.address_hash)) for row in refused]
        for channel, found in closed:
            for mark, value in marks.items():
                if mark != found and (channel, mark) not in closed:
                    suppress(stays.shop_id, channel, value, covers="advertisement", why="opt_out")


def _keep_last_word(stays: Customer, goes: Customer) -> None:
    own = {row.channel: row for row in Consent.objects.filter(customer=stays)}
    for other in Consent.objects.filter(customer=goes):
        mine = own.get(other.channel)
        if mine and (other.withdrawn_at or other.granted_at) > (mine.withdrawn_at or mine.granted_at):
            said: dict[str, Any] = {
                name: getattr(other, name) for name in ("basis", "source", "granted_at", "withdrawn_at")
            }
            Consent.objects.filter(id=mine.id).update(**said)
