"""What all public pages share: the link is the key, the shop's time and the reader's language apply, nothing is kept or indexed.

The referrer policy stays `same-origin`: it already tells other sites nothing, and `no-referrer` would make browsers send
`Origin: null` with the forms, which a check against forged requests must refuse.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.functional import Promise

from kaeru.core import links, scope
from kaeru.core.language import LANGUAGES
from kaeru.customers.models import Customer
from kaeru.tenants.models import Shop

Page = Callable[[HttpRequest, str, int], HttpResponse]


def behind(purpose: str) -> Callable[[Page], Callable[[HttpRequest, str], HttpResponse]]:
    """The page of one kind of link. A link that is wrong, expired or closed shows one and the same page (404)."""

    def wrap(page: Page) -> Callable[[HttpRequest, str], HttpResponse]:
        @wraps(page)
        def opened(request: HttpRequest, token: str) -> HttpResponse:
            link = links.resolve(purpose, token)
            if link is None:
                response = render(request, "storefront/closed.html", status=404)
            else:
                with scope.organization(link.organization_id):
                    response = page(request, token, link.subject_id)
            response.headers["X-Robots-Tag"] = "noindex, nofollow"
            response.headers["Cache-Control"] = "no-store"
            return response

        return opened

    return wrap


@contextmanager
def reading(request: HttpRequest, shop: Shop, customer: Customer | None) -> Iterator[None]:
    """The shop's time zone, and the customer's language unless this reader switched."""
    has_chosen = {request.GET.get("lang"), request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)} & set(LANGUAGES)
    known = customer.language if customer and customer.language in LANGUAGES else "ja"
    language = translation.get_language() if has_chosen else known
    with timezone.override(ZoneInfo(shop.timezone)), translation.override(language):
        yield


def show(
    request: HttpRequest,
    name: str,
    shop: Shop,
    customer: Customer | None,
    title: Promise,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    """Render a page of this shop."""
    with reading(request, shop, customer):
        response = render(request, f"storefront/{name}.html", {"shop": shop, "title": title, **context}, status=status)
        response.headers["Content-Language"] = translation.get_language() or "ja"
    return response
