"""/brand/KEY.css: the shop's colour, from its settings; the same for everybody, so it may be kept for an hour."""

import hashlib

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from kaeru.core import scope
from kaeru.storefront.brand import brand_css
from kaeru.tenants.models import Shop


@require_safe
def brand(request: HttpRequest, public_key: str) -> HttpResponse:
    """The stylesheet of one shop."""
    with scope.everyone():  # the key in the address names the shop; nothing but its colour is read
        color = Shop.objects.filter(public_key=public_key).values_list("color", flat=True).first()
    if color is None:
        raise Http404
    text = brand_css(color)
    tag = '"' + hashlib.sha256(text.encode()).hexdigest()[:16] + '"'
    headers = {"Cache-Control": "public, max-age=3600", "ETag": tag}
    if request.headers.get("If-None-Match") == tag:
        return HttpResponse(status=304, headers=headers)
    return HttpResponse(text, content_type="text/css; charset=utf-8", headers=headers)
