"""The forms of a decision: what was chosen and typed, and the letter that follows from it, ready to be read before it is sent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from django.utils.translation import gettext as _

from kaeru.cancellations import letters
from kaeru.cancellations.desk import answers, carrying, mall
from kaeru.cancellations.desk.choice import Choice, Item
from kaeru.cancellations.letter_texts import ALTERNATIVES
from kaeru.cancellations.letters import Said
from kaeru.cancellations.models import CancellationRequest
from kaeru.cancellations.policy import queries as policies
from kaeru.cancellations.policy.grounds import WORDS, words_of
from kaeru.cancellations.repairs import queries as repairs
from kaeru.console import desk_words, phrases
from kaeru.messages.errors import TemplateBroken
from kaeru.orders.models import OrderLine


@dataclass(frozen=True, slots=True)
class Ground:
    """One ground to choose."""

    code: str
    label: str
    words: Mapping[str, str]
    """As the buyer reads it."""


@dataclass(slots=True)
class Draft:
    """One decision as its form stands: what was typed, its letter, and how that reads."""

    deed: str
    text: Mapping[str, str]
    """Subject and body in Liquid."""
    composed: str
    """The body as it follows from the choices; when `text` differs, it was edited."""
    subject: str = ""
    body: str = ""
    """As the buyer will read them."""
    problems: list[str] = field(default_factory=list)
    ground: str = ""
    ground_words: Mapping[str, str] = field(default_factory=dict)
    alternative: str = ""
    own: str = ""
    sends: bool = True
    items: Sequence[Item] = ()
    line: str = ""
    reason: str = ""
    """What a mall is told, as a code of the shop's reasons; "": the buyer's wish."""
    goes: Literal["mail", "by_hand", "nowhere"] = "mail"
    """by_hand: the words are pasted on the mall's screen · nowhere: the mall tells the buyer."""

    def choice(self, until: datetime | None) -> Choice:
        """What is asked of the desk."""
        return Choice(
            deed=self.deed,
            ground=self.ground,
            words=self.ground_words,
            letter=self.text if self.sends else None,
            items=self.items,
            answer_by=until,
            line=self.line,
            reason=self.reason,
        )


def grounds(request: CancellationRequest) -> list[Ground]:
    """The grounds that the shop accepts: the usual ones in its own words, and its own."""
    own = policies.standing([request.shop_id])[request.shop_id].policy.grounds
    codes = [*(code for code in WORDS if code != "other"), *(code for code in own if code not in WORDS), "other"]
    return [Ground(code, _label(code, own), words_of(code, own)) for code in codes]


def _label(code: str, own: Mapping[str, Mapping[str, str]]) -> str:
    if code in desk_words.GROUND:
        return phrases.said(desk_words.GROUND, code)
    return own.get(code, {}).get("ja", code)[:40]


def draft(
    request: HttpRequest | None,
    wish: CancellationRequest,
    deed: str,
    choices: Sequence[Ground],
    ground: str = "",
    sold: Sequence[repairs.Sold] = (),
) -> Draft:
    """The form of this deed, as it was typed in `request` (None: fresh, with `ground` chosen). `sold`: the suggestions of the page."""
    form: Mapping[str, Any] = request.POST if request is not None else {}
    language = letters.language_of(wish)
    chosen = next((one for one in choices if one.code == form.get("ground", ground)), None)
    code = chosen.code if chosen else ""
    items, line = _items(request, wish, sold) if deed == "substitute" else ([], None)
    made = Draft(
        deed=deed, text={}, composed="", ground=code if deed == "decline" else "", own=str(form.get("own", "")),
        alternative=_alternative(str(form.get("alternative", "")), code, language, is_fresh="alternative" not in form),
        sends=request is None or form.get("quiet") != "1", items=items, line=line.source_id if line else "",
        ground_words=dict(chosen.words) if chosen and deed == "decline" else {}, reason=str(form.get("mall_reason", ""))[:60],
    )  # fmt: skip
    if not mall.may_write(wish):
        made.goes = "by_hand" if deed == "decline" else "nowhere"
        made.sends = made.goes == "by_hand"
    said = Said(
        ground=chosen.words.get(language, "") if chosen else "",
        alternative=made.alternative,
        own=made.own,
        title=f"{line.title} {line.variant}".strip() if line else "",
        items=[answers.item_words(one, wish, language) for one in items],
        until=letters.day_of(carrying.answer_by(wish.shop_id), wish.shop, language) if deed == "substitute" else "",
    )
    fresh = letters.compose(*answers.kind_of(deed, wish, said, language))
    made.composed = fresh["body"]
    edited = str(form.get("body", "")).replace("\r\n", "\n").strip()
    is_edited = bool(edited) and edited != str(form.get("composed", "")).replace("\r\n", "\n").strip()
    made.text = (
        {"subject": str(form.get("subject", "")).strip() or fresh["subject"], "body": edited} if is_edited else fresh
    )
    _read(made, wish, language, is_typed=request is not None)
    return made


def _read(made: Draft, wish: CancellationRequest, language: str, *, is_typed: bool) -> None:
    """How the letter reads, or what is wrong with it; the usual words are known to be right."""
    made.problems = letters.problems(made.text, language) if made.sends and is_typed else []
    if not made.problems:
        try:
            worded = letters.preview(wish, made.text)
            made.subject, made.body = worded.subject, worded.text
        except TemplateBroken as broken:
            made.problems = [_("The letter cannot be put together: %(why)s") % {"why": broken.detail}]


def _alternative(typed: str, ground: str, language: str, *, is_fresh: bool) -> str:
    """What is offered instead: what was typed, or the usual words of the ground when nobody wrote others."""
    usual = ALTERNATIVES.get(ground, ALTERNATIVES["other"])[language]
    defaults = {text[language] for text in ALTERNATIVES.values()}
    said = typed.replace("\r\n", "\n").strip()
    return usual if is_fresh or said in defaults else said


def _items(
    request: HttpRequest | None, wish: CancellationRequest, sold: Sequence[repairs.Sold]
) -> tuple[list[Item], OrderLine | None]:
    """The substitutes that were ticked or typed, and the line that they are for."""
    lines = list(OrderLine.objects.filter(order_id=wish.order_id or 0, quantity__gt=0).order_by("position"))
    form: Mapping[str, Any] = request.POST if request is not None else {}
    line = next((one for one in lines if one.source_id == form.get("line")), lines[0] if lines else None)
    ticked = set(request.POST.getlist("variant")) if request is not None else set()
    items = [Item(_named(one), one.unit_price, one.variant_id, one.sku) for one in sold if one.variant_id in ticked]
    title, price = str(form.get("free_title", "")).strip()[:200], str(form.get("free_price", "")).strip()
    if title:
        amount = (
            int(price) if price.isascii() and price.isdigit() and len(price) < 10 else (line.unit_price if line else 0)
        )
        items.append(Item(title, amount, str(form.get("free_variant", "")).strip()[:100]))
    return items, line


def suggestions(wish: CancellationRequest, lines: Sequence[OrderLine]) -> list[repairs.Sold]:
    """Other variants of the products of this order, as they were sold lately."""
    products, own = {line.product_id for line in lines if line.product_id}, {line.variant_id for line in lines}
    if not products:
        return []
    sold = repairs.sold(wish.shop_id, wish.currency)
    return sorted(
        (one for one in sold if one.product_id in products and one.variant_id not in own),
        key=lambda one: (one.title, one.variant),
    )[:12]


def _named(one: repairs.Sold) -> str:
    return f"{one.title} {one.variant}".strip()
