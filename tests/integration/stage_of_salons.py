"""One of everything that a salon has, at a shop: for the walk along the wall."""

from datetime import timedelta

from kaeru.appointments.clients.models import ClientCard, TicketPack, WaitlistEntry
from kaeru.appointments.models import Booking, DayException, Occupancy, Resource, Salon, Service
from kaeru.appointments.openings.models import Broadcast, Opening, Segment
from kaeru.core import clock, scope
from kaeru.customers.models import Customer
from kaeru.tenants.models import Shop


def salon_rows(shop: Shop, buyer: Customer) -> dict[str, int]:
    """Keys by the names that routes give them."""
    now = clock.now()
    own = {"organization_id": shop.organization_id, "shop": shop}
    span = {"starts_at": now + timedelta(days=1), "ends_at": now + timedelta(days=1, hours=1)}
    with scope.organization(shop.organization_id):
        Salon.objects.create(**own)
        staff = Resource.objects.create(**own, kind="staff", name="秘密の規則")
        chair = Resource.objects.create(**own, kind="chair", name="秘密の規則")
        stages = [{"minutes": 60, "busy": True, "name": "秘密の規則"}]
        service = Service.objects.create(**own, name="秘密の手ぬぐい", stages=stages)
        booking = Booking.objects.create(
            **own, **span, customer=buyer, service=service, staff=staff, stages=stages, origin="web", key="himitsu", made_at=now,
            note="秘密の規則",
        )  # fmt: skip
        Occupancy.objects.create(**own, **span, resource=staff, booking=booking)
        later = {name: at + timedelta(hours=3) for name, at in span.items()}
        block = Occupancy.objects.create(**own, **later, resource=staff, note="秘密の規則")
        leave = DayException.objects.create(**own, resource=staff, day=now.date() + timedelta(days=3), kind="leave")
        ClientCard.objects.create(**own, customer=buyer, note="秘密の規則", made_at=now)
        pack = TicketPack.objects.create(
            **own, customer=buyer, name="秘密の手ぬぐい", total=10, bought_on=now.date(), made_at=now
        )
        entry = WaitlistEntry.objects.create(
            **own,
            customer=buyer,
            service=service,
            first_day=now.date(),
            until=now.date() + timedelta(days=9),
            made_at=now,
        )
        opening = Opening.objects.create(
            **own, **later, staff=staff, service=service, cause="hand", deadline=later["starts_at"], created_at=now
        )
        segment = Segment.objects.create(**own, name="秘密の規則")
        broadcast = Broadcast.objects.create(
            **own, segment_ids=[segment.id], texts={"ja": {"subject": "秘密の規則", "body": "x"}}, created_at=now
        )
    return {
        "booking_id": booking.id, "block_id": block.id, "exception_id": leave.id, "pack_id": pack.id, "entry_id": entry.id,
        "opening_id": opening.id, "segment_id": segment.id, "broadcast_id": broadcast.id, "service_id": service.id, "staff_id": staff.id,
        "resource_id": staff.id, "chair_id": chair.id, "client_id": buyer.id,
    }  # fmt: skip
