"""A mail on screen before it is published, with usual and with worst-case values."""

import uuid
from collections.abc import Mapping
from typing import Any

from kaeru.channels.base import Letter, Worded
from kaeru.channels.mail import wording
from kaeru.core import clock
from kaeru.messages import liquid, preparing, worst_case
from kaeru.messages.models import Purpose
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
