"""Verbs: let Kaeru act in a shop's system, note what was found there, and let it go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from kaeru.connectors.models import Connection
from kaeru.core import audit, clock, events, scope, secrets
from kaeru.core.events import News
from kaeru.tenants.models import Shop

CLOSED = frozenset({"token_revoked", "shop_gone", "uninstalled"})
"""Problems with which nothing is called until somebody connects again."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What the other system gave."""

    account: str
    token: str = field(repr=False)
    scopes: Sequence[str] = ()
    version: str = ""
    client_id: str = ""
    key_expires_on: date | None = None
    """The last day on which the token works, in the shop's zone."""


@transaction.atomic
def connect(shop: Shop, source: str, grant: Grant, *, actor: str) -> Connection:
    """From now on Kaeru acts there with this token. A connection of the same account goes on with it; another one ends."""
    told = {
        "sealed_token": secrets.seal(grant.token), "scopes": list(grant.scopes), "version": grant.version, "client_id": grant.client_id,
        "problem": "", "look_at": None, "catch_up_at": None, "key_expires_on": grant.key_expires_on, "key_warned": None,
    }  # fmt: skip
    known = Connection.objects.select_for_update().filter(shop=shop, source=source, removed_at=None).first()
    if known is not None and known.account == grant.account:
        Connection.objects.filter(id=known.id).update(**told)
        row = Connection.objects.get(id=known.id)
    else:
        if known is not None:
            _end(Q(id=known.id), clock.now())
        row = Connection.objects.create(
            organization_id=shop.organization_id, shop=shop, source=source, account=grant.account, installed_at=clock.now(), **told
        )  # fmt: skip
    audit.record(
        shop.organization_id, actor, "connection.made", "connection", row.id, source=source, account=grant.account, scopes=list(grant.scopes)
    )  # fmt: skip
    return row


@transaction.atomic
def disconnect(shop: Shop, source: str, *, actor: str) -> bool:
    """Kaeru forgets its token at once; False when there is none. What the shop tells is still understood."""
    row = Connection.objects.select_for_update().filter(shop=shop, source=source, removed_at=None).first()
    if row is None:
        return False
    _end(Q(id=row.id), clock.now())
    audit.record(shop.organization_id, actor, "connection.ended", "connection", row.id, source=source)
    return True


def _end(which: Q, moment: datetime) -> None:
    Connection.objects.filter(which, removed_at=None).update(removed_at=moment, sealed_token=None)


def heard(shop_id: int, source: str, *, is_changed: bool, is_regranted: bool, is_removed: bool) -> None:
    """News without content: look there again soon. That a shop took its access away is believed when the token fails."""
    rows, moment = Connection.objects.filter(shop_id=shop_id, source=source, removed_at=None), clock.now()
    if is_removed:
        rows.update(look_at=moment, problem="uninstalled")
    elif is_regranted:
        rows.update(look_at=moment)
    if is_changed:
        rows.update(catch_up_at=moment)


def barred(connection_id: int, why: str) -> bool:
    """The system lets Kaeru in no more (`base.Barred`): noted with the connection, and told once as news `connection.barred`
    (subject: the connection, payload {"why", "source", "shop"}). In the caller's scope and transaction, or in its own.
    """
    rows = Connection.objects.filter(id=connection_id, removed_at=None)
    with transaction.atomic():
        row = rows.first()
        if row is None or row.problem == why[:300]:
            return False
        rows.update(problem=why[:300], checked_at=clock.now())
        if why in CLOSED:
            audit.record(
                row.organization_id, "system", "connection.barred", "connection", row.id, source=row.source, why=why
            )
            payload = {"why": why, "source": row.source, "shop": row.shop_id}
            events.emit([News("connection.barred", row.organization_id, row.id, payload)])
    return True


def reopened(connection_id: int) -> None:
    """The system lets Kaeru in after all: asked again at once. In the caller's scope."""
    Connection.objects.filter(id=connection_id, removed_at=None).update(problem="", catch_up_at=None, look_at=None)


@transaction.atomic
def set_rules(row: Connection, rules: Mapping[str, Any], *, actor: str) -> None:
    """What the shop lets Kaeru do there by rule, in the connector's words."""
    Connection.objects.filter(id=row.id, removed_at=None).update(rules=dict(rules))
    audit.record(
        row.organization_id, actor, "connection.rules_set", "connection", row.id, source=row.source, rules=dict(rules)
    )


def due(source: str, column: str, limit: int) -> list[Connection]:
    """Connections whose `column` (look_at | catch_up_at) has come, the longest waiting first; shops that are paused as well."""
    with scope.everyone():
        rows = Connection.objects.filter(
            Q(**{column: None}) | Q(**{f"{column}__lte": clock.now()}), source=source, removed_at=None
        )
        return list(rows.select_related("shop").order_by(column, "id")[:limit])


def claim(row: Connection, column: str, until: datetime) -> bool:
    """Whether this process may look now; another that came at the same moment may not. Who dies is followed at `until`."""
    before = getattr(row, column)
    with scope.everyone():
        mine = Connection.objects.filter(id=row.id, removed_at=None, **{column: before})
        return bool(mine.update(**{column: until}))


def note(row: Connection, told: Mapping[str, Any], **mark: datetime) -> None:
    """What a look came to, unless it was disconnected meanwhile, or (with the mark of its claim) news came that it may not know."""
    with scope.everyone():
        Connection.objects.filter(id=row.id, removed_at=None, **mark).update(**told)


@transaction.atomic
def withdrawn(row: Connection) -> None:
    """The shop has taken Kaeru's access away, and the token fails indeed."""
    with scope.everyone():
        _end(Q(id=row.id), clock.now())
        audit.record(row.organization_id, "shop", "connection.withdrawn", "connection", row.id, source=row.source)
