"""Tag タグ: mark the customer, so that segments and other scenarios can tell them apart."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from kaeru.customers import actions as customers
from kaeru.scenarios.fields import Field, Problem, Step, check_fields
from kaeru.scenarios.kinds.base import Compiler, Kind
from kaeru.scenarios.program import Effect, Facts, Op, Turn, op

FORBIDDEN = re.compile(r"[\n\r\t,]")


@dataclass(frozen=True, slots=True)
class Tagged(Effect):
    """A tag for the customer."""

    kind = "tag"
    tag: str

    @classmethod
    def write(cls, told: Sequence[tuple[Any, Sequence[Any]]], moment: datetime) -> None:
        """Once for each customer."""
        wanted = [
            customers.Tagging(row.organization_id, row.shop_id, row.customer_id, one.tag)
            for one, claimed in told
            for row in claimed
            if row.customer_id is not None
        ]
        customers.tag(wanted, actor="scenario")


@op
@dataclass(frozen=True, slots=True)
class Tag(Op):
    """Give the customer the tag."""

    name = "tag"
    tag: str

    def run(self, here: int, facts: Facts) -> Turn:
        """Tag."""
        return Turn(effect=Tagged(self.tag))

    def run_held(self, here: int, facts: Facts) -> Turn:
        """Also those held back for comparison: a mark reaches nobody."""
        return self.run(here, facts)


class TagKind(Kind):
    """The step."""

    name = "tag"
    label = lazy("Tag")
    hint = lazy("Marks the customer, for conditions and segments.")
    mark = "tag"
    fields = (Field("tag", "text", lazy("Tag"), "", high=60),)

    def check(self, step: Step, path: str) -> list[Problem]:
        """One word or a few, no comma."""
        problems = check_fields(self.fields, step, path)
        if not problems and FORBIDDEN.search(step["tag"]):
            problems.append(Problem(f"{path}.tag", "bad_tag", _("A tag is one line without commas.")))
        return problems

    def compile(self, step: Step, out: Compiler) -> None:
        """One tag."""
        out.emit(Tag(step["tag"].strip()))

    def says(self, step: Step, currency: str) -> str:
        """Tag: VIP."""
        return _("Tag: %(tag)s") % {"tag": step.get("tag", "")}


KIND = TagKind()
