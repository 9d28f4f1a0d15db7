"""Words of the shop's pages: yen, pictures, products in the reader's language."""

from datetime import datetime

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext, pgettext_lazy

from examples.demo_shop.catalogue import Product, Variant
from examples.demo_shop.store import Done, Line

register = template.Library()
CHANGES = {
    "hold": pgettext_lazy("kotori change", "Held back in the warehouse"),
    "release": pgettext_lazy("kotori change", "May be sent again"),
    "change_address": pgettext_lazy("kotori change", "Sent to another address"),
    "add_discount": pgettext_lazy("kotori change", "A discount was taken off"),
    "change_lines": pgettext_lazy("kotori change", "The items were changed"),
    "cancel": pgettext_lazy("kotori change", "Cancelled"),
    "give_back": pgettext_lazy("kotori change", "Money was given back"),
    "make_draft": pgettext_lazy("kotori change", "A new cart was made ready"),
}


@register.filter
def change_words(done: Done) -> str:
    """What was done to the order, or that it was not."""
    words = str(CHANGES.get(done.kind, done.kind))
    return words if done.is_done else pgettext("kotori change", "Not done: {what}").format(what=words)


@register.filter
def yen(amount: int) -> str:
    """1,980円 or ¥1,980."""
    return f"¥{amount:,}" if get_language() == "en" else f"{amount:,}円"


@register.filter
def day(at: datetime) -> str:
    """11月24日(火) or Tue 24 Nov."""
    on = timezone.localtime(at)
    if get_language() == "en":
        return f"{on:%a} {on.day} {on:%b}"
    return f"{on.month}月{on.day}日({'月火水木金土日'[on.weekday()]})"


@register.filter
def title(product: Product) -> str:
    """The product's name."""
    return product.title(get_language() or "ja")


@register.filter
def about(product: Product) -> str:
    """The product's sentence."""
    return product.about(get_language() or "ja")


@register.filter
def kind(variant: Variant) -> str:
    """Colour or size."""
    return variant.words(get_language() or "ja")


@register.filter
def line_amount(line: Line) -> int:
    """Yen of a line."""
    return line.unit_price * line.quantity


@register.simple_tag
def picture(product: Product) -> SafeString:
    """The product's picture; its name stands beside it, so it says nothing to a screen reader."""
    return format_html(
        '<svg class="picture {}" aria-hidden="true" viewBox="0 0 120 120"><use href="{}#{}"/></svg>',
        product.tone,
        static("demo_shop/pictures.svg"),
        product.picture,
    )


@register.simple_tag(takes_context=True)
def in_language(context: template.Context, language: str) -> str:
    """This page in the other language, with the rest of its query kept."""
    query = context["request"].GET.copy()
    query["lang"] = language
    return "?" + str(query.urlencode())
