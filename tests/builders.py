"""Typed builders: one row of each kind with believable values, every value replaceable.

They write rows directly, without the rooms' actions, so that a test says exactly what it stands on. Each builder puts
itself into the scope of the row's organization.
"""

from datetime import datetime, timedelta
from typing import Any

from kaeru.calls.models import CallTask
from kaeru.cancellations.models import CancellationRequest, CancelPolicy, Reason, RequestState, Side
from kaeru.connectors.changes import AddDiscount, Change
from kaeru.connectors.models import OrderChange
from kaeru.core import clock, ids, scope
from kaeru.customers.models import Consent, Customer, Identity
from kaeru.messages.actions import set_rule
from kaeru.messages.models import Delivery, Message, Purpose, Template
from kaeru.messages.timing import Rule
from kaeru.offers.models import Coupon, CouponKind
from kaeru.orders.models import Order, OrderLine
from kaeru.scenarios.flow import compile_flow, flow_of
from kaeru.scenarios.models import Enrollment, RehearsalRun, Revision, Scenario
from kaeru.scenarios.program import to_json
from kaeru.tenants import actions
from kaeru.tenants.models import Member, Organization, Role, Shop


def organization(slug: str = "kotori", name: str = "小鳥雑貨店") -> Organization:
    """A tenant."""
    return actions.create_organization(slug, name)


def shop(owner: Organization, slug: str = "kotori", name: str = "小鳥雑貨店", **fields: Any) -> Shop:
    """A shop that can send mail and LINE: it has a sender, an address and a contact, and sends at any hour, as tests run at any hour."""
    known: dict[str, Any] = {
        "site_url": f"https://{slug}.example",
        "cart_url": f"https://{slug}.example/cart?items={{items}}&coupon={{coupon}}&ref={{ref}}",
        "account_url": f"https://{slug}.example/account",
        "sender_name": name,
        "sender_mail": f"shop@{slug}.example",
        "postal_address": "東京都台東区谷中1-2-3",
        "contact": f"support@{slug}.example",
    }
    made = actions.add_shop(owner, slug, name, actor="test", **{**known, **fields})
    with scope.organization(owner.id):
        for channel in ("mail", "line"):
            set_rule(made, Rule(channel), actor="test")
    return made


def member(owner: Organization, email: str, role: Role = Role.OWNER, name: str = "") -> Member:
    """A person with a place in the organization; signs in by `force_login`, for they have no password."""
    return actions.add_member(owner, email, role, name=name)


def customer(
    of: Shop,
    *,
    name: str = "山田 花子",
    email: str | None = "hanako@example.com",
    consents: bool = False,
    **fields: Any,
) -> Customer:
    """A customer with a mail address (None: without), who agreed to advertisements when `consents`."""
    with scope.organization(of.organization_id):
        row = Customer.objects.create(
            organization_id=of.organization_id,
            shop=of,
            name=name,
            created_at=clock.now(),
            **{"source_id": f"c{ids.new_id()}", **fields},
        )
        if email:
            Identity.objects.create(organization_id=of.organization_id, shop=of, customer=row, kind="mail", value=email)
        if consents:
            Consent.objects.create(
                organization_id=of.organization_id,
                customer=row,
                channel="mail",
                basis="opt_in",
                source="import",
                granted_at=clock.now(),
            )
    return row


def order(
    of: Shop,
    buyer: Customer | None = None,
    *,
    lines: list[tuple[str, int, int]] | None = None,
    placed_at: datetime | None = None,
    **fields: Any,
) -> Order:
    """An order, an hour old. `lines` are (title, quantity, unit price in minor units); the total follows from them."""
    told = [("藍染めの手ぬぐい", 2, 1980)] if lines is None else lines
    placed = placed_at or clock.now() - timedelta(hours=1)
    key = ids.new_id()
    subtotal = sum(quantity * price for _, quantity, price in told)
    known: dict[str, Any] = {
        "source_id": f"o{key}",
        "number": f"#{key % 10000:04d}",
        "source_updated_at": placed,
        "currency": of.currency,
        "total": subtotal,
        "subtotal": subtotal,
    }
    with scope.organization(of.organization_id):
        row = Order.objects.create(
            id=key, organization_id=of.organization_id, shop=of, customer=buyer, placed_at=placed, **{**known, **fields}
        )
        OrderLine.objects.bulk_create(
            OrderLine(
                organization_id=of.organization_id,
                order=row,
                position=position,
                source_id=f"l{key}-{position}",
                sku=f"sku-{position}",
                product_id=f"p{position}",
                variant_id=f"v{position}",
                title=title,
                quantity=quantity,
                unit_price=price,
            )
            for position, (title, quantity, price) in enumerate(told)
        )
    return row


def reason(of: Shop, code: str = "change_address", **fields: Any) -> Reason:
    """One of the shop's reasons; the one that is there already, when it is."""
    known: dict[str, Any] = {
        "labels": {"ja": "配送先を変更したい", "en": "Change the delivery address"},
        "side": Side.CUSTOMER,
    }
    with scope.organization(of.organization_id):
        row, _ = Reason.objects.get_or_create(
            shop=of, code=code, defaults={"organization_id": of.organization_id, **known, **fields}
        )
    return row


def cancellation(
    of: Order, why: Reason | None = None, *, state: RequestState = RequestState.REQUESTED, **fields: Any
) -> CancellationRequest:
    """A wish to cancel the whole order, made on the page a minute ago."""
    moment = clock.now() - timedelta(minutes=1)
    known: dict[str, Any] = {
        "side": Side.CUSTOMER,
        "origin": "page",
        "value": of.total,
        "currency": of.currency,
        "requested_at": moment,
        "decided_at": None if state == RequestState.CONSIDERING else moment,
        "created_at": moment,
    }
    with scope.organization(of.organization_id):
        return CancellationRequest.objects.create(
            organization_id=of.organization_id,
            shop=of.shop,
            order=of,
            customer=of.customer,
            reason=why,
            state=state,
            **{**known, **fields},
        )


def policy(of: Shop, told: dict[str, Any], number: int = 1) -> CancelPolicy:
    """The shop's rules for cancelling, saved as they are."""
    with scope.organization(of.organization_id):
        return CancelPolicy.objects.create(
            organization_id=of.organization_id,
            shop=of,
            number=number,
            document=told,
            created_at=clock.now(),
            created_by="test",
        )


def coupon(of: Shop, buyer: Customer | None = None, **fields: Any) -> Coupon:
    """A coupon of 500 minor units, valid for two weeks."""
    known: dict[str, Any] = {
        "code": f"K{ids.new_id() % 10**11:011d}",
        "kind": CouponKind.AMOUNT,
        "value": 500,
        "currency": of.currency,
        "issued_at": clock.now(),
        "expires_at": clock.now() + timedelta(days=14),
    }
    with scope.organization(of.organization_id):
        return Coupon.objects.create(organization_id=of.organization_id, shop=of, customer=buyer, **{**known, **fields})


def template(of: Shop, purpose: Purpose = Purpose.NOTICE, **texts: dict[str, str]) -> Template:
    """What a message says, in both languages."""
    known = {
        "ja": {"subject": "ご注文{{ order.number }}について", "body": "{{ customer.name }} 様\n\n{{ links.reorder }}"},
        "en": {
            "subject": "About your order {{ order.number }}",
            "body": "Dear {{ customer.name }},\n\n{{ links.reorder }}",
        },
    }
    with scope.organization(of.organization_id):
        return Template.objects.create(
            organization_id=of.organization_id,
            shop=of,
            purpose=purpose,
            texts={**known, **texts},
            created_at=clock.now(),
        )


def scenario(why: Reason, says: Template, *, is_on: bool = True) -> tuple[Scenario, Revision]:
    """A published scenario of two steps: say `says` at once, wait a day."""
    steps = [{"kind": "message", "purpose": says.purpose, "texts": says.texts}, {"kind": "wait", "days": 1}]
    flow = flow_of(steps)
    out = compile_flow(flow, lambda channel, purpose, texts: says.id)
    with scope.organization(why.organization_id):
        row = Scenario.objects.create(
            organization_id=why.organization_id,
            shop=why.shop,
            reason=why,
            name=why.labels.get("ja") or why.code,
            is_on=is_on,
            draft=flow,
            created_at=clock.now(),
        )
        frozen = Revision.objects.create(
            organization_id=why.organization_id,
            scenario=row,
            number=1,
            flow=flow,
            program=to_json(out.ops),
            places=out.places,
            published_at=clock.now(),
            published_by="test",
        )
        row.revision = frozen
        row.save()
    return row, frozen


def enrollment(on: Revision, of: CancellationRequest, *, due_at: datetime | None = None, **fields: Any) -> Enrollment:
    """The cancellation on its way through the revision; waits for a day unless told otherwise."""
    assert of.order is not None
    with scope.organization(on.organization_id):
        return Enrollment.objects.create(
            organization_id=on.organization_id,
            shop=of.shop,
            revision=on,
            subject_id=of.id,
            cancellation=of,
            order=of.order,
            customer=of.customer,
            due_at=due_at or clock.now() + timedelta(days=1),
            entered_at=clock.now(),
            **fields,
        )


def message(
    says: Template, to: Customer | None, source_id: int, *, due_at: datetime | None = None, **fields: Any
) -> Message:
    """An outbox row, due now, asked for by the enrolment `source_id`."""
    with scope.organization(says.organization_id):
        return Message.objects.create(
            organization_id=says.organization_id,
            shop=says.shop,
            customer=to,
            template=says,
            purpose=says.purpose,
            source_id=source_id,
            due_at=due_at or clock.now(),
            created_at=clock.now(),
            **fields,
        )


def delivery(of: Message, address: str = "hanako@example.com", **fields: Any) -> Delivery:
    """A hand-over that was accepted."""
    known: dict[str, Any] = {
        "outcome": "accepted",
        "subject": "ご注文について",
        "body": "<p>ありがとうございます。</p>",
    }
    with scope.organization(of.organization_id):
        return Delivery.objects.create(
            organization_id=of.organization_id, message=of, at=clock.now(), address=address, **{**known, **fields}
        )


def phone(of: Customer, number: str = "090-1234-5678") -> Identity:
    """The customer's phone number, as they wrote it."""
    with scope.organization(of.organization_id):
        return Identity.objects.create(
            organization_id=of.organization_id, shop=of.shop, customer=of, kind="phone", value=number
        )


def call(of: Shop, buyer: Customer | None = None, about: Order | None = None, **fields: Any) -> CallTask:
    """A call to make within four hours, for 3,960 minor units or the order's total."""
    known: dict[str, Any] = {
        "script": {
            "ja": "{{ shop.name }}の{{ staff.name }}です。{{ customer.name }} 様、ご注文{{ order.number }}の件でお電話しました。",
            "en": "This is {{ staff.name }} of {{ shop.name }}. I am calling about your order {{ order.number }}.",
        },
        "source_id": ids.new_id(),
        "value": about.total if about else 3960,
        "currency": of.currency,
        "deadline_at": clock.now() + timedelta(hours=4),
        "created_at": clock.now(),
    }
    with scope.organization(of.organization_id):
        return CallTask.objects.create(
            organization_id=of.organization_id, shop=of, customer=buyer, order=about, **{**known, **fields}
        )


def rehearsal(of: Scenario, **fields: Any) -> RehearsalRun:
    """A rehearsal of the draft over 90 days, that waits for its turn."""
    asked = {"what": "draft", "against": "", "days": 90, "calls": "unreached", "flow": of.draft, "against_flow": None}
    with scope.organization(of.organization_id):
        return RehearsalRun.objects.create(
            organization_id=of.organization_id,
            scenario=of,
            asked=asked,
            asked_by="test",
            created_at=clock.now(),
            **fields,
        )


def change(of: Order, asked: Change | None = None, **fields: Any) -> OrderChange:
    """A change in the shop's system that waits for a person, as it would move more than the cap."""
    told = asked or AddDiscount(500, "HIMITSU1C")
    known: dict[str, Any] = {"state": "held", "answer": "over_order", "source": "repair", "source_id": ids.new_id()}
    with scope.organization(of.organization_id):
        return OrderChange.objects.create(
            organization_id=of.organization_id,
            shop=of.shop,
            order=of,
            key=f"k{ids.new_id()}",
            kind=told.kind,
            payload=told.to_json(),
            why="forgot_coupon",
            money=told.money,
            due_at=clock.now(),
            asked_by="customer",
            created_at=clock.now(),
            **{**known, **fields},
        )
