"""An answer without a form: ground, words and items in, the choice with the letter that follows from it out. For the API."""

from collections.abc import Sequence

from kaeru.cancellations import letters
from kaeru.cancellations.desk import carrying, mall
from kaeru.cancellations.desk.choice import Choice, Item
from kaeru.cancellations.letter_texts import ALTERNATIVES
from kaeru.cancellations.letters import Said
from kaeru.cancellations.models import CancellationRequest, Case
from kaeru.cancellations.policy import queries as policies
from kaeru.cancellations.policy.grounds import words_of
from kaeru.core import money
from kaeru.orders.models import OrderLine

LETTER_OF = {"approve": "approved", "decline": "declined", "substitute": "offered"}
"""The letter of each deed that has one."""


def choice(
    case: Case, deed: str, *, ground: str = "", own: str = "", alternative: str = "", items: Sequence[Item] = (), line: str = "",
    sends: bool = True, reason: str = "", reply: str = "",
) -> Choice:  # fmt: skip
    """What is asked of the desk, with its letter in the buyer's language; without one where nobody is to be written to."""
    rows = CancellationRequest.objects.select_related("shop", "order", "customer", "reason", "shortage")
    wish = rows.filter(id=case.request_id or 0).first()
    if wish is None or deed not in LETTER_OF:
        return Choice(deed, letter={"body": reply} if deed == "answer" else None)
    language = letters.language_of(wish)
    words = words_of(ground, policies.standing([wish.shop_id])[wish.shop_id].policy.grounds) if ground else {}
    lines = OrderLine.objects.filter(order_id=wish.order_id or 0, quantity__gt=0).order_by("position")
    chosen = next((one for one in lines if not line or one.source_id == line), None)
    until = carrying.answer_by(wish.shop_id) if deed == "substitute" else None
    said = Said(
        ground=words.get(language, ""),
        alternative=alternative or ALTERNATIVES.get(ground, ALTERNATIVES["other"])[language],
        own=own,
        title=f"{chosen.title} {chosen.variant}".strip() if chosen else "",
        items=[item_words(one, wish, language) for one in items],
        until=letters.day_of(until, wish.shop, language) if until else "",
    )
    letter = letters.compose(*kind_of(deed, wish, said, language)) if sends else None
    return Choice(
        deed,
        ground=ground if deed == "decline" else "",
        words=words,
        letter=letter,
        items=items,
        answer_by=until,
        line=line,
        reason=reason,
    )


def kind_of(deed: str, wish: CancellationRequest, said: Said, language: str) -> tuple[str, str, Said]:
    """Which letter follows; what the shop cannot deliver is never approved as if the buyer had wished it."""
    if wish.shortage is not None and deed == "approve":
        return "gone", language, Said(own=said.own, title=wish.shortage.title, cause=wish.shortage.cause)
    if deed == "decline" and not mall.may_write(wish):
        return "refused", language, said
    return LETTER_OF[deed], language, said


def item_words(item: Item, wish: CancellationRequest, language: str) -> str:
    """One substitute in one line."""
    price = money.show(item.unit_price, wish.currency, language)
    return f"{item.title}（{price}）" if language == "ja" else f"{item.title} ({price})"
