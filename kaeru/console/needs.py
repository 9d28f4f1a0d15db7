"""Today: what needs a person, and where it is settled."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from kaeru.calls import queries as calls
from kaeru.cancellations.models import CancellationRequest
from kaeru.connectors import queries as connections
from kaeru.connectors.connecting import CLOSED
from kaeru.connectors.models import Connection
from kaeru.console import summary, ways
from kaeru.console.calls import need_words as call_words
from kaeru.console.desk import need_words
from kaeru.console.doors import Visit
from kaeru.core import clock, wording
from kaeru.messages import queries as messages
from kaeru.scenarios import queries as scenarios
from kaeru.scenarios.models import Enrollment
from kaeru.tenants.models import ShopKind

SHOWN = 3
"""Of each kind."""


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that needs a person: what, since when, and where it is settled."""

    title: str
    why: str
    since: datetime
    href: str
    action: str
    tone: str
    badge: str = ""
    """Said instead of `since`."""


def needs_of(visit: Visit, by_hand: list[CancellationRequest]) -> list[Need]:
    """Of the shops that sell: keys, cases, calls, orders to cancel by hand, mails without proof, scenarios that have stopped."""
    has_desk = any(shop.kind != ShopKind.SALON for shop in visit.shops)
    needs = [
        *_keys(visit),
        *(_desk(visit) if has_desk else ()),
        *_calls(visit),
        *(_by_hand(visit, row) for row in by_hand[:SHOWN]),
    ]
    for message in messages.needing_person(visit.shop_ids)[:SHOWN]:
        is_unknown = message.state == "unknown"
        needs.append(
            Need(
                title=(
                    _("A mail to %(name)s may or may not have arrived")
                    if is_unknown
                    else _("A mail to %(name)s was refused")
                )
                % {"name": visit.person(message.customer.name if message.customer else "")},
                why=(
                    _("The mail server gave no proof. It is not sent again by itself, so that nobody gets it twice.")
                    if is_unknown
                    else _("The mail server refused it for good. The address may be wrong.")
                ),
                since=message.ended_at or message.due_at,
                href=reverse("console:message", args=[message.id]),
                action=_("Look at the mail"),
                tone="clock" if is_unknown else "bad",
            )
        )
    for enrollment in scenarios.parked(visit.shop_ids)[:SHOWN]:
        needs.append(
            Need(
                title=_("The scenario of order %(number)s has stopped") % {"number": _which(enrollment)},
                why=_("A step failed five times. Nothing more is sent for it until you look."),
                since=enrollment.due_at,
                href=ways.href(enrollment),
                action=_("Read its story"),
                tone="bad",
            )
        )
    return needs


def _keys(visit: Visit) -> list[Need]:
    """Keys of malls that end or are not accepted: until there is a new one nothing arrives."""
    rows = connections.keys_at_risk(visit.shop_ids)[:SHOWN] if visit.may("manage_keys") else []
    return [
        Need(
            title=(
                _("%(shop)s: the mall does not accept the key")
                if row.problem in CLOSED
                else _("%(shop)s: the mall's key ends soon")
            )
            % {"shop": row.shop.name},
            why=_("Until there is a new key, no orders and no wishes to cancel arrive."),
            since=row.checked_at or row.installed_at,
            href=f"{reverse('console:malls')}?shop={row.shop.slug}#{row.source}",
            action=_("Enter a new key"),
            tone="bad" if row.problem in CLOSED else "clock",
            badge=_until(row, visit.language),
        )
        for row in rows
    ]


def _until(row: Connection, language: str) -> str:
    """The last day of a key that still works."""
    if row.problem in CLOSED or row.key_expires_on is None:
        return ""
    return wording.day(row.key_expires_on, language, clock.now().year)


def _which(enrollment: Enrollment) -> str:
    """The order; for an event about a customer only, the scenario."""
    return ways.number(enrollment) or summary.name_of(enrollment.revision.scenario)


def _calls(visit: Visit) -> list[Need]:
    """One entry for all calls: they have a list of their own."""
    tallies = calls.tallies(visit.shop_ids).values()
    if not tallies:
        return []
    deadline = min(tally.deadline_at for tally in tallies)
    title, badge = call_words(sum(tally.count for tally in tallies), deadline, visit)
    return [
        Need(
            title=title,
            why=_("Each with its script, the one to make next first."),
            since=deadline,
            href=reverse("console:calls"),
            action=_("Make the calls"),
            tone="clock",
            badge=badge,
        )
    ]


def _desk(visit: Visit) -> list[Need]:
    """One entry for all cases of the desk: they have a queue of their own."""
    said = need_words(visit)
    if said is None:
        return []
    return [
        Need(
            title=said[0],
            why=_("Each with its clock and a proposed answer."),
            since=clock.now(),
            href=reverse("console:desk"),
            action=_("Open the desk"),
            tone="clock",
            badge=said[1],
        )
    ]


def _by_hand(visit: Visit, row: CancellationRequest) -> Need:
    number = row.order.number if row.order else ""
    return Need(
        title=_("Cancel order %(number)s in your shop's system") % {"number": number},
        why=(
            _("%(name)s has cancelled it. Your shop is not connected, so a person must do it.")
            if not row.shop.notify_url
            else _("%(name)s has cancelled it, and your shop's system has not confirmed in time.")
        )
        % {"name": visit.person(row.customer.name if row.customer else "")},
        since=row.decided_at or row.requested_at,
        href=reverse("console:cancellation", args=[row.id]),
        action=_("Open"),
        tone="clock",
    )
