"""What a salon offers, and its free starts: the same that clients see."""

from datetime import date, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema
from pydantic import StringConstraints

from kaeru.api.answers import Refused, not_found
from kaeru.api.guard import Caller, caller_of, only
from kaeru.api.v1.schemas import Day
from kaeru.appointments.salons import queries as salons
from kaeru.appointments.slots import queries
from kaeru.core import clock

router = Router(tags=["salons"])
Key = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,18}$")]


class StageOut(Schema):
    """One stage of a service."""

    name: str
    minutes: int
    busy: bool = Field(description="While it is false, the staff member is free for somebody else.")


class ServiceOut(Schema):
    """What clients come for."""

    id: str
    name: str
    name_en: str
    category: str
    price: int
    currency: str
    stages: list[StageOut]
    cleanup_minutes: int
    needs: str = Field(description="chair, room, or empty")
    is_online: bool


class StaffOut(Schema):
    """Who works there, with the services that they do."""

    id: str
    name: str
    name_en: str
    nomination_fee: int
    services: list[str]


class SalonOut(Schema):
    """What the salon offers, and what clients may choose among."""

    timezone: str
    grid_minutes: int
    days_ahead: int
    notice_minutes: int
    services: list[ServiceOut]
    staff: list[StaffOut]


class SlotsAsked(Schema):
    """Of which service, on which days, with whom."""

    service: Key
    from_: Day | None = Field(None, alias="from")
    days: int = Field(14, ge=1, le=queries.MOST_DAYS)
    staff: Key | None = None


class SlotOut(Schema):
    """One free start, with who can: the one with least to do that day first."""

    at: datetime
    staff: list[str]


class SlotsOut(Schema):
    """Free starts in order. As long as `version` stands, so do they."""

    version: int
    timezone: str
    starts: list[SlotOut]


def _salon(caller: Caller) -> None:
    if salons.salon(caller.shop.id) is None:
        raise not_found("salon")


@router.get("/salon", response=SalonOut, operation_id="get_salon", summary="What the salon offers")
def get_salon(request: HttpRequest) -> SalonOut:
    """Services that somebody does, in the salon's order. 404 for a shop that is no salon."""
    shop = caller_of(request).shop
    terms = salons.salon(shop.id)
    if terms is None:
        raise not_found("salon")
    found = salons.offer(shop.id)
    return SalonOut(
        timezone=shop.timezone, grid_minutes=terms.grid_minutes, days_ahead=terms.days_ahead, notice_minutes=terms.notice_minutes,
        services=[
            ServiceOut(
                id=str(row.id), name=row.name, name_en=row.name_en, category=row.category, price=row.price, currency=shop.currency,
                stages=[StageOut(**one) for one in row.stages], cleanup_minutes=row.cleanup_minutes, needs=row.needs,
                is_online=row.is_online,
            )
            for row in found.services
        ],
        staff=[
            StaffOut(
                id=str(row.id), name=row.name, name_en=row.name_en, nomination_fee=row.nomination_fee,
                services=[str(key) for key in sorted(found.skills[row.id])],
            )
            for row in found.people
        ],
    )  # fmt: skip


@router.get("/slots", response=SlotsOut, operation_id="list_slots", summary="Free starts of a service")
def list_slots(request: HttpRequest, asked: Query[SlotsAsked]) -> SlotsOut:
    """As clients can choose them: on the salon's grid, from its notice to its last day ahead. `from` is a day of the salon's wall clock (today).
    What is shown is real at this moment; booking settles who gets it. 404 for an unknown service or person.
    """
    only(request, asked)
    shop = caller_of(request).shop
    _salon(caller_of(request))
    zone = ZoneInfo(shop.timezone)
    first: date = asked.from_ or clock.now().astimezone(zone).date()
    if not 2000 <= first.year <= 2100:
        raise Refused(422, "invalid", "`from` lies between 2000 and 2100.", "from")
    person = None if asked.staff is None else salons.find_staff(shop.id, asked.staff)
    if asked.staff is not None and person is None:
        raise not_found("staff member")
    try:
        found = queries.free(shop.id, int(asked.service), first, asked.days, staff_id=person.id if person else None)
    except queries.NotThere:
        raise not_found("service") from None
    starts = [SlotOut(at=one.at.astimezone(zone), staff=[str(key) for key in one.staff]) for one in found.starts]
    return SlotsOut(version=found.version, timezone=shop.timezone, starts=starts)
