"""One service as the salon offers it now, and who and what there is for it: one statement for whoever asks what is free, or books."""

import json
from dataclasses import dataclass
from typing import Any

from django.db import connection

from kaeru.core import scope

Stages = list[dict[str, Any]]
"""As `Service.stages`."""


@dataclass(frozen=True, slots=True)
class Member:
    """One of the salon's active people, chairs or rooms."""

    id: int
    kind: str
    nomination_fee: int
    can: bool
    """Whether they can do this service; chairs and rooms cannot."""
    stages: Stages | None
    """How long it takes them where that differs."""


@dataclass(frozen=True, slots=True)
class Menu:
    """A service as it is offered now, and who there is."""

    organization_id: int
    shop_id: int
    service_id: int
    version: int
    """`Salon.version` as this was read."""
    zone: str
    grid_minutes: int
    notice_minutes: int
    days_ahead: int
    stages: Stages
    cleanup_minutes: int
    price: int
    needs: str
    is_active: bool
    is_online: bool
    members: tuple[Member, ...]
    """In the salon's order."""

    def member(self, resource_id: int) -> Member | None:
        """The active one of this key."""
        return next((one for one in self.members if one.id == resource_id), None)

    @property
    def chairs(self) -> tuple[int, ...] | None:
        """What a visit can sit on, in order; None: it needs nothing."""
        return tuple(one.id for one in self.members if one.kind == self.needs) if self.needs else None


_MENU = """SELECT sa.organization_id, sa.shop_id, se.id, sa.version, sh.timezone, sa.grid_minutes, sa.notice_minutes, sa.days_ahead,
  se.stages, se.cleanup_minutes, se.price, se.needs, se.is_active, se.is_online, r.id, r.kind, r.nomination_fee, k.id, k.stages
FROM appointments_service se
JOIN appointments_salon sa ON sa.shop_id = se.shop_id
JOIN tenants_shop sh ON sh.id = se.shop_id
LEFT JOIN appointments_resource r ON r.organization_id = se.organization_id AND r.shop_id = se.shop_id AND r.is_active
LEFT JOIN appointments_skill k ON k.staff_id = r.id AND k.service_id = se.id
WHERE se.id = %s AND se.shop_id = %s ORDER BY r.position, r.id"""


def read(shop_id: int, service_id: int) -> Menu | None:
    """The service as this shop offers it now; None where the organization in scope has no such service.

    One that is taken off the menu is told by `is_active`.
    """
    owner = scope.current()
    with connection.cursor() as cursor:
        cursor.execute(_MENU, [service_id, shop_id])
        rows = cursor.fetchall()
    if not rows or owner not in (None, rows[0][0]):
        return None
    members = tuple(
        Member(row[14], row[15], row[16], row[17] is not None, _json(row[18])) for row in rows if row[14] is not None
    )
    organization, shop, service, version, zone, grid, notice, ahead, stages, *rest = rows[0][:14]
    cleanup, price, needs, is_active, is_online = rest
    return Menu(
        organization, shop, service, version, zone, grid, notice, ahead, _json(stages), cleanup, price, needs, bool(is_active),
        bool(is_online), members,
    )  # fmt: skip


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value
