"""A mail on screen: before it is published, with worst-case values; and after it went, from what was kept of it."""

import uuid
from collections.abc import Mapping
from typing import Any

from kaeru.channels.base import Letter, Worded
from kaeru.channels.mail import wording
from kaeru.core import clock
from kaeru.messages import liquid, preparing, worst_case
from kaeru.messages.models import Delivery, Purpose
from kaeru.tenants.models import Shop


def preview(
    shop: Shop,
    purpose: str,
    text: Mapping[str, str],
    language: str,
    name: str = "usual",
    values: Mapping[str, Any] | None = None,
) -> Worded:
    """The mail of this text ({"subject", "body"}) in the shop's colours. Raises TemplateBroken.

    `name` chooses the customer from `worst_case.NAMES`; `values` are laid over.
    """
    is_advertisement = purpose == Purpose.ADVERTISEMENT
    usual = worst_case.values(language, name, shop.currency)
    stop = usual["links"]["unsubscribe"] if is_advertisement else ""
    own = preparing.base_words(shop, usual["customer"]["name"], stop)
    filled = worst_case.merged(worst_case.merged(usual, own), values or {})
    return wording.word(
        Letter(
            key=uuid.UUID(int=0),
            shop=shop,
            language=language,
            is_advertisement=is_advertisement,
            address="preview@kaeru.invalid",
            subject=liquid.fill_in(liquid.parse(text.get("subject", "")), filled),
            body=liquid.fill_in(liquid.parse(text.get("body", "")), filled),
            at=clock.now(),
            unsubscribe_url=stop,
        )
    )


def as_sent(shop: Shop, delivery: Delivery, language: str = "ja") -> str:
    """The delivery's kept text as HTML in the shop's colours, for a sandboxed frame. Addresses are shown, not clickable:
    they are the customer's.
    """
    return wording.page(shop, language, delivery.subject, delivery.body.rstrip("\n").split("\n"))
