"""Words of the shop's pages: yen, pictures, products in the reader's language."""

from datetime import datetime

from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from examples.demo_shop.catalogue import Product, Variant
from examples.demo_shop.store import Line

register = template.Library()


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
