"""/o/SHOP/TOKEN: the way in from a link that the shop's own system made and signed. Proves it, finds the order, leads to its page.

Nothing is read before the signature has been proven; what is wrong, over or not to be cancelled here looks the same. Who guesses
is slowed down, though there is nothing to guess: a signature has 256 bits. A link that is right is never slowed down by others.
"""

from datetime import timedelta

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from kaeru.core import clock, links, scope
from kaeru.core.language import LANGUAGES
from kaeru.customers.models import Customer
from kaeru.orders.models import Order
from kaeru.storefront import embedding
from kaeru.storefront.pages import show
from kaeru.tenants import actions as tenants
from kaeru.tenants.models import Shop

SOURCE = "embed"
PAGE_LIVES = timedelta(days=180)
MOST_REFUSALS = 30
"""In a minute, from one address; then the answer is one line."""
MOST_LOOKS = 40
"""In a minute, for one order that is not here yet."""
RENEW_SECONDS = 5
MOST_RENEWALS = 12


@require_safe
def door(request: HttpRequest, public_key: str, token: str) -> HttpResponse:
    """303 to the order's page · 202 the order is not here yet · 404 everything else · 429 too often."""
    with scope.everyone():  # the key in the address names the shop; the signature proves who wrote the rest
        shop = Shop.objects.select_related("organization").filter(public_key=public_key).first()
    response = _open(request, shop, token)
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Cache-Control"] = "no-store"
    return response


def _open(request: HttpRequest, shop: Shop | None, token: str) -> HttpResponse:
    if shop is None:
        embedding.is_signed(token, [])
        return _refuse(request, None)
    with scope.organization(shop.organization_id):
        if not embedding.is_signed(token, tenants.shop_secrets(shop, SOURCE)):
            return _refuse(request, shop)
        told = embedding.read(token, clock.now())
        if told is None:
            return _refuse(request, shop)
        return _lead(request, shop, told)


def _lead(request: HttpRequest, shop: Shop, told: embedding.Statement) -> HttpResponse:
    order = Order.objects.filter(shop=shop, source_id=told.order_source_id).only("id", "is_history").first()
    if order is None:
        return _not_yet(request, shop, told)
    if order.is_history:
        return _refuse(request, shop)
    token = links.publish("cancel", shop.organization_id, [order.id], clock.now() + PAGE_LIVES)[order.id]
    if links.resolve("cancel", token) is None:  # closed before, or over
        return _refuse(request, shop)
    has_chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME) in LANGUAGES
    choice = f"?lang={told.language}" if told.language and not has_chosen else ""
    return HttpResponseRedirect(reverse("cancel", args=[token]) + choice, status=303)


def _not_yet(request: HttpRequest, shop: Shop, told: embedding.Statement) -> HttpResponse:
    """The shop says that there is such an order, and its news is on the way: the page renews itself for a minute."""
    if _is_too_often(f"look:{shop.id}:{told.order_source_id}", MOST_LOOKS):
        return _slow_down()
    asked = request.GET.get("n", "")
    turn = int(asked) if asked in {str(n) for n in range(1, MOST_RENEWALS + 1)} else 0
    more = {"renew": RENEW_SECONDS if turn < MOST_RENEWALS else 0, "turn": turn + 1}
    reader = Customer(language=told.language)  # nobody yet; only the language is known
    response = show(request, "not_yet", shop, reader, _("Your order is on its way to this page"), 202, **more)
    response.headers["Retry-After"] = str(RENEW_SECONDS)
    return response


def _refuse(request: HttpRequest, shop: Shop | None) -> HttpResponse:
    if _is_too_often(f"refused:{request.META.get('REMOTE_ADDR', '')}", MOST_REFUSALS):
        return _slow_down()
    if shop is None:
        return render(request, "storefront/closed.html", status=404)
    return show(request, "door_closed", shop, None, _("This link cannot be opened"), 404)


def _is_too_often(what: str, most: int) -> bool:
    """Counted in this process, a minute from the first."""
    key = f"door:{what}"
    cache.add(key, 0, timeout=60)
    try:
        return cache.incr(key) > most
    except ValueError:  # its minute ended between the two lines
        return False


def _slow_down() -> HttpResponse:
    return HttpResponse(
        "Too many tries. Please wait a minute. しばらくしてからもう一度お試しください。\n",
        status=429,
        content_type="text/plain; charset=utf-8",
        headers={"Retry-After": "60"},
    )
