"""Connections: the keys and secrets with which the shop's system and Kaeru trust each other. Shown once, then never."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kaeru.connectors import queries as connectors
from kaeru.console.doors import Visit, page, show
from kaeru.console.forms import ApiKeyForm, SecretForm
from kaeru.console.settings import back_to, shop_of
from kaeru.tenants import actions, queries
from kaeru.tenants.models import ShopKind

SOURCES = {
    "webhook": gettext_lazy("Webhooks from your shop's system"),
    "notify": gettext_lazy("Kaeru's calls to your shop's system"),
    "shopify": gettext_lazy("Webhooks from Shopify"),
}
MADE_HERE = frozenset({"webhook", "notify"})
"""Kaeru makes these secrets; Shopify makes its own, which is pasted here."""

EMBED = "embed"
"""The secret of links that the shop's system signs itself."""
EMBED_OVERLAP = timedelta(days=60)
"""Links in mails that were sent before a change go on working for so long."""


def _context(visit: Visit, **more: Any) -> dict[str, Any]:
    shop = shop_of(visit)
    known = queries.secrets_of(shop)
    return {
        "keys": list(queries.api_keys(shop)),
        "shopify": connectors.connection(shop, "shopify"),
        "sources": [
            {
                "source": source,
                "label": label,
                "info": known.get(source),
                "is_made_here": source in MADE_HERE,
                "address": f"{settings.KAERU_BASE_URL}/hooks/{source}/{shop.public_key}"
                if source != "notify"
                else shop.notify_url,
            }
            for source, label in SOURCES.items()
            if shop.kind != ShopKind.SALON or source == "webhook"
        ],
        "embed": known.get(EMBED),
        "embed_address": f"{settings.KAERU_BASE_URL}/o/{shop.public_key}/",
        "events_address": f"{settings.KAERU_BASE_URL}/api/v1/events",
        "key_form": ApiKeyForm(),
        "secret_form": SecretForm(),
        **more,
    }


@page("manage_keys")
def connections(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The shop's keys and secrets."""
    return show(request, visit, "console/connections.html", "settings", _context(visit))


@page("manage_keys", "POST")
def new_key(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Make a key and show it, this once."""
    form = ApiKeyForm(request.POST)
    if not form.is_valid():
        return show(request, visit, "console/connections.html", "settings", _context(visit, key_form=form), status=422)
    verbs = ["read", "write"] if form.cleaned_data["may_write"] else ["read"]
    key, text = actions.create_api_key(shop_of(visit), form.cleaned_data["name"], verbs, actor=visit.actor)
    return show(
        request, visit, "console/connections.html", "settings", _context(visit, shown_name=key.name, shown=text)
    )


@page("manage_keys", "POST")
def revoke_key(request: HttpRequest, visit: Visit, key_id: int) -> HttpResponse:
    """Close a key at once."""
    if not actions.revoke_api_key(key_id, actor=visit.actor):
        raise Http404
    messages.success(request, _("The key is closed. Nothing can use it any more."))
    return back_to("connections", visit)


@page("manage_keys", "POST")
def new_secret(request: HttpRequest, visit: Visit, source: str) -> HttpResponse:
    """Replace a secret: made here and shown this once, or pasted and never shown. The old one stays valid for an hour."""
    if source not in SOURCES:
        raise Http404
    shop = shop_of(visit)
    if source in MADE_HERE:
        secret = actions.new_webhook_secret()
        actions.set_secret(shop, source, secret, actor=visit.actor)
        more = {"shown": secret, "shown_name": SOURCES[source]}
        return show(request, visit, "console/connections.html", "settings", _context(visit, **more))
    form = SecretForm(request.POST)
    if not form.is_valid():
        return show(
            request, visit, "console/connections.html", "settings", _context(visit, secret_form=form), status=422
        )
    actions.set_secret(shop, source, form.cleaned_data["secret"], actor=visit.actor)
    messages.success(request, _("The secret is kept. The old one stays valid for one hour."))
    return back_to("connections", visit)


@page("manage_keys", "POST")
def new_embed_secret(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Replace the secret of self-made links, shown this once. Links signed with the old one open for 60 days, or no more at all."""
    overlap = timedelta(0) if request.POST.get("end") == "now" else EMBED_OVERLAP
    secret = actions.new_embed_secret()
    actions.set_secret(shop_of(visit), EMBED, secret, actor=visit.actor, overlap=overlap)
    more = {"shown": secret, "shown_name": _("Secret of the links that your system makes")}
    return show(request, visit, "console/connections.html", "settings", _context(visit, **more))
