"""Verbs: publish a template, put messages into the outbox, hold them, take them out again, settle what nobody could prove,
say when messages may go, stop writing to somebody. What providers tell is in `tracking`.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from kaeru.channels.base import Outcome
from kaeru.core import audit, clock, ids, scope, sql
from kaeru.customers import actions as customers
from kaeru.messages import claims, guarding, queries, registry
from kaeru.messages.claims import is_ad
from kaeru.messages.errors import OverruleRefused, RuleRefused, TextsRefused
from kaeru.messages.guard import book
from kaeru.messages.models import ChannelRule, ContactLimit, Delivery, Message, MessageState, Overrule, Template
from kaeru.messages.rules import Reason
from kaeru.messages.texts import LANGUAGES, PARTS, check_texts
from kaeru.messages.timing import USUAL_CAP, Cap, Rule, Wait, check_cap, check_rule
from kaeru.messages.variables import VARIABLES
from kaeru.tenants.models import Shop

PENDING = (MessageState.WAITING, MessageState.CLAIMED, MessageState.HELD)
MANY = 200
"""From so many on, messages are written without a model for each."""
SourceIds = Sequence[int] | QuerySet[Any, Any]
"""Ids of what asked for the messages, or a query that gives them."""


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to be put into the outbox."""

    organization_id: int
    shop_id: int
    customer_id: int | None
    template_id: int
    purpose: str
    source_id: int
    due_at: datetime
    source: str = "enrollment"
    channel: str = "mail"


def publish_template(
    shop_id: int,
    purpose: str,
    texts: dict[str, Any],
    *,
    channel: str = "mail",
    allowed: Iterable[str] = VARIABLES,
    is_judged: bool = False,
) -> Template:
    """A new template of these texts; it never changes. Raises TextsRefused with what to mend, Shop.DoesNotExist.

    `is_judged`: the guard has seen them (or they are for the shop's own people).
    """
    problems = check_texts(texts, purpose, allowed)
    if not problems and not is_judged:
        found = guarding.check(texts, purpose, over=(channel,), but=guarding.overruled(shop_id))
        problems = [problem for problem in found if not problem.is_warning]
    if problems:
        raise TextsRefused(problems)
    shop = Shop.objects.get(id=shop_id)
    kept = {
        language: {part: texts[language][part].strip() for part in PARTS}
        for language in LANGUAGES
        if texts.get(language) and texts[language].get("subject", "").strip()
    }
    return Template.objects.create(
        organization_id=shop.organization_id,
        shop=shop,
        channel=channel,
        purpose=purpose,
        texts=kept,
        created_at=clock.now(),
    )


def publish_templates(
    shops: Sequence[Shop], purpose: str, texts: dict[str, Any], *, allowed: Iterable[str] = VARIABLES
) -> list[int]:
    """A new template of the same texts, the house's own, for each of these shops; returns their ids in the same order.

    The texts are checked once and judged by a test, not here: thousands of shops remind in the same minute. Raises TextsRefused.
    """
    if not shops:
        return []
    if problems := check_texts(texts, purpose, allowed):
        raise TextsRefused(problems)
    moment = clock.now()
    rows = [
        Template(
            id=key, organization_id=shop.organization_id, shop=shop, purpose=purpose, texts=texts, created_at=moment
        )
        for key, shop in zip(ids.new_ids(len(shops)), shops, strict=True)
    ]
    Template.objects.bulk_create(rows, batch_size=500)
    return [row.id for row in rows]


@transaction.atomic
def overrule(shop: Shop, rule: str, purpose: str, text: Mapping[str, Any], reason: str, *, actor: str) -> None:
    """Let exactly this text ({"subject", "body"}) go against a rule of the guard. Again changes nothing. Raises OverruleRefused."""
    try:
        told = book.rule(rule)
    except KeyError:
        raise OverruleRefused("unknown") from None
    if told.is_absolute:
        raise OverruleRefused("absolute")
    if not reason.strip():
        raise OverruleRefused("no_reason")
    key = guarding.fingerprint(purpose, text)
    Overrule.objects.get_or_create(
        organization_id=shop.organization_id,
        shop=shop,
        rule=rule,
        text=key,
        defaults={"reason": reason.strip()[:500], "by": actor[:120], "at": clock.now()},
    )
    why = reason.strip()[:500]
    audit.record(shop.organization_id, actor, "guard.overruled", "shop", shop.id, rule=rule, text=key[:12], reason=why)


def enqueue(rows: Sequence[NewMessage]) -> list[int]:
    """Put messages into the outbox, in the caller's transaction; returns their ids. Their keys never change from here on."""
    if len(rows) >= MANY:
        return _enqueue_many(rows)
    moment = clock.now()
    messages = [
        Message(
            id=key,
            organization_id=row.organization_id,
            shop_id=row.shop_id,
            customer_id=row.customer_id,
            template_id=row.template_id,
            purpose=row.purpose,
            channel=row.channel,
            source=row.source,
            source_id=row.source_id,
            key=uuid.uuid4(),
            due_at=row.due_at,
            created_at=moment,
        )
        for key, row in zip(ids.new_ids(len(rows)), rows, strict=True)
    ]
    Message.objects.bulk_create(messages, batch_size=500)
    return [message.id for message in messages]


def _enqueue_many(rows: Sequence[NewMessage]) -> list[int]:
    """The same without a model for each: all reminders of an evening become due at once."""
    owner = scope.current()
    if owner is not None and any(row.organization_id != owner for row in rows):
        raise scope.ScopeMismatch("messages.Message: a row belongs to another organization")
    usual = Message(source_id=0, due_at=clock.now(), created_at=clock.now())
    fields = Message._meta.concrete_fields
    columns = [str(field.column) for field in fields]
    values = [field.get_db_prep_save(getattr(usual, field.attname), connection) for field in fields]
    own = (
        "id",
        "organization_id",
        "shop_id",
        "customer_id",
        "template_id",
        "purpose",
        "channel",
        "source",
        "source_id",
        "key",
        "due_at",
    )
    places = [columns.index(name) for name in own]
    keys, moments, made = ids.new_ids(len(rows)), {row.due_at: sql.moment(row.due_at) for row in rows}, []
    for key, row in zip(keys, rows, strict=True):
        line = list(values)
        for place, value in zip(
            places,
            (
                key, row.organization_id, row.shop_id, row.customer_id, row.template_id, row.purpose, row.channel, row.source,
                row.source_id, sql.uuid_value(uuid.uuid4()), moments[row.due_at],
            ),
            strict=True,
        ):  # fmt: skip
            line[place] = value
        made.append(line)
    sql.insert_many(Message._meta.db_table, columns, made)
    return keys


def close(source: str, source_ids: SourceIds, reason: str) -> int:
    """Take what was not handed over yet out of the outbox; returns how many. What is being handed over right now goes."""
    return Message.objects.filter(source=source, source_id__in=source_ids, state__in=PENDING).update(
        state=MessageState.CLOSED, reason=reason, ended_at=clock.now(), claimed_until=None
    )


def hold(source: str, source_ids: SourceIds, reason: str = Reason.SWITCHED_OFF) -> int:
    """Put aside what was not handed over yet, until `release`; returns how many. What is being handed over right now goes.

    One statement, in the caller's transaction; the caller's action writes the audit entry.
    """
    return Message.objects.filter(
        source=source, source_id__in=source_ids, state__in=[MessageState.WAITING, MessageState.CLAIMED]
    ).update(state=MessageState.HELD, reason=reason, claimed_until=None)


def release(source: str, source_ids: SourceIds) -> int:
    """Back into the outbox; returns how many. What became due meanwhile goes now."""
    return claims.release(Message.objects.filter(source=source, source_id__in=source_ids).values_list("id"))


@transaction.atomic
def set_rule(shop: Shop, rule: Rule, *, actor: str) -> None:
    """When the shop's channel is silent. Raises RuleRefused. What waits for the old rule is looked at again at once."""
    code = check_rule(rule)
    if code:
        raise RuleRefused(code)
    told = {
        "quiet_from": rule.quiet_from,
        "quiet_to": rule.quiet_to,
        "weekdays": sorted(rule.weekdays),
        "on_holidays": rule.on_holidays,
        "covers": rule.covers,
    }
    ChannelRule.objects.update_or_create(
        organization_id=shop.organization_id, shop=shop, channel=rule.channel, defaults=told
    )
    _look_again(shop, [Wait.QUIET_HOURS, Wait.WEEKDAY, Wait.HOLIDAY])
    as_text = {name: str(value) if isinstance(value, time) else value for name, value in told.items()}
    audit.record(shop.organization_id, actor, "rule.set", "shop", shop.id, channel=rule.channel, **as_text)


@transaction.atomic
def set_cap(shop: Shop, cap: Cap | None, *, actor: str) -> None:
    """How many advertisements one customer of the shop gets; None: without a cap. Raises RuleRefused."""
    code = check_cap(cap) if cap else ""
    if code:
        raise RuleRefused(code)
    most, days = (cap.most, cap.days) if cap else (0, USUAL_CAP.days)
    ContactLimit.objects.update_or_create(
        organization_id=shop.organization_id, shop=shop, defaults={"most": most, "days": days}
    )
    _look_again(shop, [Wait.CAP])
    audit.record(shop.organization_id, actor, "cap.set", "shop", shop.id, most=most, days=days)


def _look_again(shop: Shop, reasons: Sequence[str]) -> None:
    """Messages that were put off for these reasons are due now; the hand-over finds out what holds now."""
    Message.objects.filter(shop=shop, state=MessageState.WAITING, reason__in=reasons).update(due_at=clock.now())


@transaction.atomic
def opt_out_by_message(message_id: int) -> bool:
    """The person who got this message wants no more advertisements; again changes nothing more.

    False when nobody is known at its address any more (erased). Raises Message.DoesNotExist.
    """
    message = Message.objects.select_related("customer").get(id=message_id)
    address = queries.address_of(message)
    if not address:
        return False
    if registry.source(message.source).is_internal:
        return True  # a test to oneself: the link is tried out, nobody is opted out
    if not queries.has_stopped(message, address):
        customers.opt_out(message.shop_id, message.channel, address)
        audit.record(message.organization_id, "customer", "customer.opted_out", "message", message.id)
    return True


SETTLED = {
    MessageState.UNKNOWN: {"arrived": MessageState.SENT, "lost": MessageState.CLOSED, "again": MessageState.WAITING},
    MessageState.FAILED: {"seen": MessageState.CLOSED, "again": MessageState.WAITING},
}
"""What a person may find out about a message that needs one, and what it becomes."""


def findings(message: Message) -> list[str]:
    """What a person may say about the message. Without proof only a notice is sent again, and only once."""
    fitting = list(SETTLED.get(MessageState(message.state), {}))
    if message.state == MessageState.UNKNOWN:
        tried = Delivery.objects.filter(message=message, outcome=Outcome.UNKNOWN.value).count()
        if is_ad(message) or tried > 1:
            fitting.remove("again")
    return fitting


@transaction.atomic
def settle(message_id: int, finding: str, *, actor: str) -> bool:
    """A person says what became of a message: arrived | lost (no proof), seen (refused), or that it goes out again under
    the same Message-ID.

    False when the finding does not fit the message, so a second click changes nothing.
    """
    message = Message.objects.select_for_update(of=("self",)).select_related("template").filter(id=message_id).first()
    if message is None or finding not in findings(message):
        return False
    moment = clock.now()
    rows = Message.objects.filter(id=message_id, state=message.state)
    if finding == "again":
        rows.update(state=MessageState.WAITING, reason="", due_at=moment, attempts=0, ended_at=None, claimed_until=None)
    else:
        state = SETTLED[MessageState(message.state)][finding]
        rows.update(state=state, reason=f"settled_{finding}", ended_at=moment, claimed_until=None)
    audit.record(message.organization_id, actor, "message.settled", "message", message_id, finding=finding)
    return True
