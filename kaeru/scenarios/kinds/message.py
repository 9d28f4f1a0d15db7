"""Message メッセージ: the shop writes to the customer, on the first channel of its list by which they can be reached."""

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from kaeru.channels import registry as channels
from kaeru.core import ids, sql
from kaeru.scenarios.fields import Field, Problem, Step
from kaeru.scenarios.kinds.base import Compiler, Kind, comparison_field
from kaeru.scenarios.program import Effect, Facts, Op, Turn, op, skip_held

_COLUMNS = (
    "id", "organization_id", "shop_id", "customer_id", "source_id", "key", "template_id", "purpose", "channel", "source", "state",
    "reason", "attempts", "due_at", "created_at",
)  # fmt: skip
_COUPON = re.compile(r"\bcoupon\s*\.")
LABELS = {"mail": lazy("Mail"), "line": "LINE", "sms": "SMS"}


@dataclass(frozen=True, slots=True)
class Letter(Effect):
    """A message to be sent."""

    kind = "message"
    source: ClassVar[str] = "enrollment"
    template_id: int
    purpose: str
    channel: str

    @classmethod
    def write(cls, told: Sequence[tuple[Any, Sequence[Any]]], moment: datetime) -> None:
        """Into the outbox, due now, each with the key that it keeps."""
        at = sql.moment(moment)
        rows: list[tuple[Any, ...]] = []
        for one, claimed in told:
            rest = (one.template_id, one.purpose, one.channel, cls.source, "waiting", "", 0, at, at)
            rows += [
                (key, row.organization_id, row.shop_id, row.customer_id, row.id, sql.uuid_value(uuid.uuid4()), *rest)
                for key, row in zip(ids.new_ids(len(claimed)), claimed, strict=True)
            ]
        sql.insert_many("messages_message", _COLUMNS, rows)


@op
@dataclass(frozen=True, slots=True)
class Say(Op):
    """Send the template of the first channel that reaches the customer."""

    name = "message"
    templates: tuple[tuple[str, int], ...]
    """(channel, template id), the preferred first."""
    purpose: str
    needs_coupon: bool = False
    """Its words name a coupon: without one it says nothing true."""
    is_owed: bool = True
    """A notice that goes to everybody, those held back for comparison too."""

    def run(self, here: int, facts: Facts) -> Turn:
        """Send, or say why not."""
        is_ad = self.purpose == "advertisement"
        if self.needs_coupon and not facts.has_coupon:
            return Turn(outcome="skipped", reason=facts.refused or ("no_coupon" if facts.ad_ways else "no_consent"))
        reached = facts.ad_ways if is_ad else facts.ways
        for channel, template_id in self.templates:
            if channel in reached:
                return Turn(effect=Letter(template_id, self.purpose, channel))
        if is_ad:
            return Turn(outcome="skipped", reason="no_consent")
        # Nobody can be told: the hand-over closes it with its reason, in sight of the shop.
        channel, template_id = self.templates[0]
        return Turn(effect=Letter(template_id, self.purpose, channel))

    def run_held(self, here: int, facts: Facts) -> Turn:
        """What is owed goes out; an offer does not."""
        return skip_held() if self.holds() else self.run(here, facts)

    def holds(self) -> bool:
        """An advertisement always, a notice when the shop says that nobody is owed it."""
        return self.purpose == "advertisement" or not self.is_owed

    def needs(self) -> frozenset[str]:
        """Consent for an advertisement; for a notice the ways only where there is a choice."""
        needs = {"ad_ways"} if self.purpose == "advertisement" else {"ways"} if len(self.templates) > 1 else set()
        return frozenset(needs | ({"coupon"} if self.needs_coupon else set()))


def channel_choices() -> tuple[tuple[str, Any], ...]:
    """The channels of this installation."""
    return tuple((name, LABELS.get(name, name)) for name in channels.names())


def names_coupon(texts: Mapping[str, Any]) -> bool:
    """Whether any of the texts mentions the coupon."""
    return any(
        _COUPON.search(str(part)) for text in texts.values() if isinstance(text, Mapping) for part in text.values()
    )


class MessageKind(Kind):
    """The step."""

    name = "message"
    label = lazy("Message")
    hint = lazy("Writes to the customer in the shop's name.")
    mark = "mail"
    fields = (
        Field("purpose", "choice", lazy("Kind"), "notice",
              choices=(("notice", lazy("Notice")), ("advertisement", lazy("Advertisement"))),
              hint=lazy("A message with a coupon or an offer is an advertisement: it goes only to those who agreed."),
              error=lazy("Please choose whether this is a notice or an advertisement.")),
        Field("channels", "order", lazy("Channels, the preferred one first"), ["mail"], options=channel_choices),
        Field("texts", "texts", lazy("Text"),
              {"ja": {"subject": "", "body": ""}, "en": {"subject": "", "body": ""}}, error=lazy("Please write the message.")),
        comparison_field(lazy("get it too: it is about their order"), ("leave_out", lazy("do not get it")), ("purpose", ("notice",))),
    )  # fmt: skip

    def wants(self, step: Step) -> frozenset[str]:
        """An advertisement to a mall's buyers is writing first; a notice about an order is not."""
        return frozenset({"can_write_first"} if step.get("purpose") == "advertisement" else ())

    def check(self, step: Step, path: str) -> list[Problem]:
        """Purpose, channels that exist, and that there are texts; the words are checked by the messages room."""
        if step.get("purpose") not in ("notice", "advertisement"):
            return [Problem(f"{path}.purpose", "bad_purpose", str(self.fields[0].error))]
        if not isinstance(step.get("texts"), Mapping):
            return [Problem(f"{path}.texts", "no_texts", _("Please write the message."))]
        chosen = channels_of(step)
        unknown = [name for name in chosen if name not in channels.names()]
        if unknown or not chosen:
            told = {"channel": ", ".join(unknown) or "–", "known": ", ".join(channels.names())}
            return [
                Problem(
                    f"{path}.channels", "no_channel",
                    _("This installation cannot send by %(channel)s. Please choose among: %(known)s.") % told,
                )
            ]  # fmt: skip
        return []

    def compile(self, step: Step, out: Compiler) -> None:
        """One message; its texts are kept for good as a template for each channel."""
        texts, purpose = step["texts"], step["purpose"]
        templates = tuple((channel, out.publish(channel, purpose, texts)) for channel in channels_of(step))
        out.emit(Say(templates, purpose, names_coupon(texts), step.get("comparison") != "leave_out"))

    def says(self, step: Step, currency: str) -> str:
        """Mail, or mail with an offer."""
        channel = next(iter(channels_of(step)), "mail")
        label = str(LABELS.get(channel, channel))
        return _("%(channel)s with an offer") % {"channel": label} if step.get("purpose") == "advertisement" else label


def channels_of(step: Step) -> list[str]:
    """The step's channels in order; mail when it does not say."""
    told = step.get("channels")
    return [str(name) for name in told] if isinstance(told, list) else ["mail"]


KIND = MessageKind()
