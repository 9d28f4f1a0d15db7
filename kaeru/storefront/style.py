"""/brand/KEY.css and /brand/KEY/TAG: the shop's colours and its logo, from its settings; the same for everybody, so they may be kept."""

import hashlib

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from kaeru.core import scope
from kaeru.tenants.brand import brand_css
from kaeru.tenants.models import Shop, ShopLogo

KEPT_FOR_GOOD = "public, max-age=31536000, immutable"
KEPT_FOR_AN_HOUR = "public, max-age=3600"


@require_safe
def brand(request: HttpRequest, public_key: str) -> HttpResponse:
    """The stylesheet of one shop."""
    with scope.everyone():  # the key in the address names the shop; nothing but its colours is read
        colours = Shop.objects.filter(public_key=public_key).values_list("color", "paper").first()
    if colours is None:
        raise Http404
    text = brand_css(*colours)
    tag = '"' + hashlib.sha256(text.encode()).hexdigest()[:16] + '"'
    headers = {"Cache-Control": KEPT_FOR_AN_HOUR, "ETag": tag}
    if request.headers.get("If-None-Match") == tag:
        return HttpResponse(status=304, headers=headers)
    return HttpResponse(text, content_type="text/css; charset=utf-8", headers=headers)


@require_safe
def logo(request: HttpRequest, public_key: str, tag: str) -> HttpResponse:
    """The shop's logo. An address of an older one, as in mails of last month, shows the logo of today."""
    with scope.everyone():  # the key names the shop; its logo is for everybody
        found = ShopLogo.objects.select_related("shop").filter(shop__public_key=public_key).first()
    if found is None:
        raise Http404
    newest = found.shop.logo_tag
    headers = {
        "Cache-Control": KEPT_FOR_GOOD if tag == newest else KEPT_FOR_AN_HOUR,
        "ETag": f'"{newest}"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "cross-origin",  # mails show it, too
    }
    if request.headers.get("If-None-Match") == headers["ETag"]:
        return HttpResponse(status=304, headers=headers)
    return HttpResponse(bytes(found.content), content_type=found.media, headers=headers)
