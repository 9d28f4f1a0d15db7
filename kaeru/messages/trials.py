"""A test to oneself: the draft goes the real way (outbox, hand-over, channel) with sample words, to the member who asked."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db import transaction

from kaeru.core import audit, clock
from kaeru.messages import guarding, registry, worst_case
from kaeru.messages.actions import NewMessage, enqueue
from kaeru.messages.errors import TextsRefused
from kaeru.messages.models import Message, Template
from kaeru.messages.texts import PARTS, check_texts
from kaeru.tenants.models import Shop, User

SOURCE = "trial"
"""Messages of this source are tests; the name of the sample customer follows after a colon."""
PREFIX = {"ja": "【テスト】", "en": "[Test] "}


def source_of(name: str) -> str:
    """The source of tests written to this sample customer (a key of `worst_case.NAMES`)."""
    return SOURCE if name == "usual" else f"{SOURCE}:{name}"


@transaction.atomic
def send_test(
    shop: Shop, user: User, purpose: str, texts: Mapping[str, Any], language: str, *, name: str = "usual", actor: str
) -> int:
    """Put a test of these texts ({"ja": {"subject", "body"}, …}) for the member into the outbox; returns the message's id.

    It goes at any hour, asks for no consent and counts for no cap, but waits while the shop is paused. `name` chooses
    the sample customer. Raises TextsRefused, KeyError for an unknown name.
    """
    told = texts.get(language) or {}
    problems = check_texts({language: told}, purpose)
    if not problems:
        found = guarding.check({language: told}, purpose, but=guarding.overruled(shop.id))
        problems = [problem for problem in found if not problem.is_warning]
    if problems:
        raise TextsRefused(problems)
    if name not in worst_case.NAMES:
        raise KeyError(name)
    moment = clock.now()
    text = {part: str(told[part]).strip() for part in PARTS}
    template = Template.objects.create(
        organization_id=shop.organization_id,
        shop=shop,
        purpose=purpose,
        texts={language: {**text, "subject": PREFIX[language] + text["subject"]}},
        created_at=moment,
    )
    [message_id] = enqueue(
        [
            NewMessage(
                organization_id=shop.organization_id,
                shop_id=shop.id,
                customer_id=None,
                template_id=template.id,
                purpose=purpose,
                source=source_of(name),
                source_id=user.id,
                due_at=moment,
            )
        ]
    )
    audit.record(shop.organization_id, actor, "message.tested", "message", message_id, language=language)
    return message_id


def _words_for(name: str) -> Callable[[Sequence[Message]], Mapping[int, Mapping[str, Any]]]:
    def words(rows: Sequence[Message]) -> dict[int, dict[str, Any]]:
        return {row.id: worst_case.values(next(iter(row.template.texts)), name, row.shop.currency) for row in rows}

    return words


def _addresses(rows: Sequence[Message]) -> dict[int, str]:
    """The members' own mail addresses."""
    known = dict(User.objects.filter(id__in={row.source_id for row in rows}, is_active=True).values_list("id", "email"))
    return {row.id: known[row.source_id] for row in rows if row.source_id in known}


for _name in worst_case.NAMES:
    registry.register_source(source_of(_name), words=_words_for(_name), addresses=_addresses, is_internal=True)
