"""Notify staff スタッフへ連絡: a mail to the shop's own people, at any hour, with a link to the customer's story."""

from dataclasses import dataclass
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from kaeru.scenarios.fields import Field, Step
from kaeru.scenarios.kinds.base import Compiler, Kind, comparison_field
from kaeru.scenarios.kinds.message import Letter
from kaeru.scenarios.program import Facts, Op, Turn, op, skip_held

STAFF = "staff"
"""The messages' source: its address is the staff's, its words are the scenario's."""
SUBJECT = {
    "ja": "【{{ shop.name }}】{{ reason.label }} ご注文 {{ order.number }}（{{ order.total }}）",
    "en": "{{ shop.name }}: {{ reason.label }}, order {{ order.number }} ({{ order.total }})",
}


@dataclass(frozen=True, slots=True)
class Note(Letter):
    """A mail to the staff."""

    kind = "notify"
    source: ClassVar[str] = STAFF


@op
@dataclass(frozen=True, slots=True)
class Notify(Op):
    """Send the note."""

    name = "notify"
    template_id: int
    is_owed: bool = False
    """Also about those held back for comparison; else nobody is asked to do something for them."""

    def run(self, here: int, facts: Facts) -> Turn:
        """Send."""
        return Turn(effect=Note(self.template_id, "notice", "mail"))

    def run_held(self, here: int, facts: Facts) -> Turn:
        """What is owed goes out."""
        return self.run(here, facts) if self.is_owed else skip_held()

    def holds(self) -> bool:
        """Unless it is owed."""
        return not self.is_owed


class NotifyKind(Kind):
    """The step."""

    name = "notify"
    label = lazy("Notify staff")
    hint = lazy("Sends a mail to the shop's own address for such news.")
    mark = "notify"
    fields = (
        Field(
            "note",
            "script",
            lazy("What to tell"),
            {"ja": "", "en": ""},
            high=1000,
            error=lazy("Please write the note."),
        ),
        comparison_field(lazy("are left out"), ("include", lazy("are told of too"))),
    )

    def compile(self, step: Step, out: Compiler) -> None:
        """One note; its text is kept for good."""
        note: dict[str, Any] = step["note"]
        texts = {
            language: {"subject": SUBJECT[language], "body": f"{note[language].strip()}\n\n{{{{ links.story }}}}\n"}
            for language in SUBJECT
            if str(note.get(language, "")).strip()
        }
        out.emit(Notify(out.publish("mail", "notice", texts), step.get("comparison") == "include"))

    def says(self, step: Step, currency: str) -> str:
        """Notify staff."""
        return _("Mail to the staff")


KIND = NotifyKind()
