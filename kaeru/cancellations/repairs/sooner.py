"""早めのお届け: the earliest days that the shop can name, and what it may try. Staff carry it out; nothing is promised."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import override

from kaeru.cancellations.models import Repair
from kaeru.cancellations.policy import queries as policies
from kaeru.cancellations.repairs.base import Form, Plain, Read, Stage
from kaeru.cancellations.repairs.delivery import Days, days
from kaeru.core import wording
from kaeru.tenants import queries as tenants

WISHES = ("express", "part", "other")
"""express: a faster parcel · part: what is there goes first · other: something like it that is in stock."""
LATEST = timedelta(days=60)


class Sooner(Plain):
    """Until when it is needed, and what may be tried."""

    name = "sooner"
    label = lazy("An earlier delivery")
    reasons = frozenset({"delivery_too_late"})
    template = "storefront/repair/sooner.html"

    def show(self, stage: Stage, form: Form) -> Mapping[str, Any] | None:
        """The days of today, and only wishes that can be."""
        told = _days(stage)
        return {
            "days": told, "wishes": _wishes(stage, told), "typed": {"wish": form.get("wish", ""), "by": form.get("by", "")},
            "today": _today(stage),
        }  # fmt: skip

    def read(self, stage: Stage, form: Form) -> Read:
        """One wish; the day is optional, and lies ahead."""
        wish, typed, problems = form.get("wish", ""), form.get("by", "").strip(), {}
        if wish not in _wishes(stage, _days(stage)):
            problems["wish"] = _("Please choose what we may try.")
        asked: dict[str, Any] = {"wish": wish}
        if typed:
            try:
                on = date.fromisoformat(typed)
            except ValueError:
                problems["by"] = _("Please enter the day as a date.")
            else:
                if not _today(stage) < on <= _today(stage) + LATEST:
                    problems["by"] = _("Please choose a day from tomorrow on, within two months.")
                asked["by"] = on.isoformat()
        return Read(asked, problems)

    def says(self, repair: Repair, language: str) -> str:
        """The wish, and until when."""
        with override(language):
            names = {
                "express": _("Express delivery"),
                "part": _("What is in stock first"),
                "other": _("Something similar that is in stock"),
            }
            said = names.get(str(repair.asked.get("wish", "")), _("An earlier delivery"))
            if not repair.asked.get("by"):
                return said
            on = wording.day(date.fromisoformat(repair.asked["by"]), language)
            return _("%(wish)s, needed by %(on)s") % {"wish": said, "on": on}


def _today(stage: Stage) -> date:
    return stage.now.astimezone(ZoneInfo(stage.order.shop.timezone)).date()


def _days(stage: Stage) -> Days | None:
    shop_id = stage.order.shop_id
    cutoff = policies.standing([shop_id])[shop_id].policy.cutoff
    return days(stage.now, stage.terms, tenants.calendars([shop_id])[shop_id], cutoff)


def _wishes(stage: Stage, told: Days | None) -> list[str]:
    """No express where there is none, no part of an order of one piece."""
    pieces = sum(line.quantity for line in stage.lines)
    leaves_out = {"express": told is None or told.express_on is None, "part": pieces < 2, "other": False}
    return [wish for wish in WISHES if not leaves_out[wish]]


KIND = Sooner()
