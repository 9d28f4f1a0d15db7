"""Webhook: tell the shop's own system, signed (Standard Webhooks), that a customer has come this far."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from kaeru.connectors import actions as connectors
from kaeru.connectors.actions import Call as OutCall
from kaeru.customers.models import Customer
from kaeru.orders.models import Order
from kaeru.scenarios import triggers
from kaeru.scenarios.fields import Field, Problem, Step, check_fields
from kaeru.scenarios.kinds.base import Compiler, Kind, comparison_field
from kaeru.scenarios.program import Effect, Facts, Op, Turn, op, skip_held


@dataclass(frozen=True, slots=True)
class Told(Effect):
    """News for the shop's system."""

    kind = "webhook"
    event: str
    key: str

    @classmethod
    def write(cls, told: Sequence[tuple[Any, Sequence[Any]]], moment: datetime) -> None:
        """Into the queue of calls to shops, each with a key that stays the same."""
        rows = [(one, row) for one, claimed in told for row in claimed]
        orders = {order.id: order for order in Order.objects.filter(id__in={row.order_id for _, row in rows})}
        customers = dict(
            Customer.objects.filter(id__in={row.customer_id for _, row in rows}).values_list("id", "source_id")
        )
        connectors.tell_shops(
            [
                OutCall(
                    organization_id=row.organization_id,
                    shop_id=row.shop_id,
                    topic=f"scenario.{one.event}",
                    subject_id=row.id,
                    key=f"{row.id}-{one.key}",
                    payload={
                        "enrollment": str(row.id),
                        "order": orders[row.order_id].source_id if row.order_id in orders else None,
                        "number": orders[row.order_id].number if row.order_id in orders else None,
                        "customer": customers.get(row.customer_id),
                        "at": moment.isoformat(),
                    },
                )
                for one, row in rows
            ]
        )


@op
@dataclass(frozen=True, slots=True)
class Hook(Op):
    """Tell the shop's system."""

    name = "webhook"
    event: str
    key: str
    is_owed: bool = False
    """Also for those held back for comparison: the shop's system does nothing that would bring them back."""

    def run(self, here: int, facts: Facts) -> Turn:
        """Tell."""
        return Turn(effect=Told(self.event, self.key))

    def run_held(self, here: int, facts: Facts) -> Turn:
        """What is owed goes out."""
        return self.run(here, facts) if self.is_owed else skip_held()

    def holds(self) -> bool:
        """Unless it is owed."""
        return not self.is_owed


class WebhookKind(Kind):
    """The step."""

    name = "webhook"
    label = lazy("Webhook")
    hint = lazy("Tells your own system, at the address in the connections, that a customer has come this far.")
    mark = "webhook"
    fields = (
        Field("event", "text", lazy("Name of the event"), "", high=40,
              hint=lazy("Your system gets it as scenario.NAME, signed as all webhooks are.")),
        comparison_field(lazy("are left out"), ("include", lazy("are told of too"))),
    )  # fmt: skip

    def check(self, step: Step, path: str) -> list[Problem]:
        """A name as own events have."""
        problems = check_fields(self.fields, step, path)
        if not problems and not triggers.CUSTOM.fullmatch(step["event"]):
            problems.append(Problem(f"{path}.event", "bad_event", triggers.bad_name()))
        return problems

    def compile(self, step: Step, out: Compiler) -> None:
        """One call."""
        out.emit(Hook(step["event"], str(step["id"]), step.get("comparison") == "include"))

    def says(self, step: Step, currency: str) -> str:
        """Webhook: name."""
        return _("Webhook: %(event)s") % {"event": step.get("event", "")}


KIND = WebhookKind()
