"""Connecting a shop at Shopify: install the app, or paste a token; what works, what a person must put right, and the way out."""

import secrets as random
from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from kaeru.connectors import connecting, queries
from kaeru.connectors.gate.queries import capabilities
from kaeru.connectors.models import Connection
from kaeru.connectors.shopify import install, scopes, subscriptions, upkeep
from kaeru.connectors.shopify.install import App, InstallRefused
from kaeru.console import gate_words, phrases
from kaeru.console.doors import Visit, page, show
from kaeru.console.settings import back_to, shop_of
from kaeru.core import clock
from kaeru.tenants import actions
from kaeru.tenants.models import Shop

SOURCE = upkeep.SOURCE
STATE = "shopify_install"
STATE_LASTS = timedelta(hours=1)

PROBLEM: phrases.Words = {
    "token_revoked": lazy("Shopify does not accept Kaeru's access any more. Connect again; nothing that waits is lost."),
    "shop_gone": lazy("Shopify does not know this shop any more, or has closed it. Look in Shopify whether it is open."),
    "uninstalled": lazy("Shopify says that the app was removed there. Kaeru is making sure of it."),
    "missing_scope": lazy("Some permissions are missing. Connect again and agree to them; until then you make these changes by hand."),
    "not_public": lazy("Shopify can only reach an https:// address. Set KAERU_BASE_URL to the public address of this installation."),
    "no_secret": lazy("Kaeru does not know the app's client secret, so it cannot believe what Shopify tells. Enter it below."),
    "other_currency": lazy("Shopify's shop has another currency than this one. Connect a shop with the same currency."),
    "not_understood": lazy("Shopify answered something that Kaeru does not understand. Look for a newer version of Kaeru."),
}  # fmt: skip
REFUSED: phrases.Words = {
    "account": lazy("This is no shop at Shopify. It looks like this: your-shop.myshopify.com"),
    "forged": lazy("The answer did not come from Shopify, or it is too old. Nothing was connected; please begin again."),
    "code": lazy("Shopify did not accept the app's client ID and secret. Please check both and begin again."),
    "token": lazy("Shopify does not accept this token for this shop."),
    "other_shop": lazy("This token belongs to another shop."),
    "unanswered": lazy("Shopify did not answer. Nothing was connected; please try again."),
    "no_app": lazy("Please enter the client ID and the client secret of your app."),
}  # fmt: skip


def _account(typed: str) -> str:
    try:
        return install.tidy_account(typed)
    except InstallRefused as no:
        raise ValidationError(str(REFUSED[no.why])) from None


def _secret(label: Any, **more: Any) -> forms.CharField:
    box = forms.PasswordInput(attrs={"autocomplete": "off"})
    return forms.CharField(label=label, min_length=16, max_length=200, widget=box, strip=True, **more)


class InstallForm(forms.Form):
    """Which shop, and by which app when the installation has none of its own."""

    account = forms.CharField(
        label=lazy("Your shop at Shopify"), max_length=120, help_text=lazy("your-shop.myshopify.com")
    )
    client_id = forms.CharField(label=lazy("Client ID of your app"), max_length=80, required=False)
    client_secret = _secret(lazy("Client secret of your app"), required=False)

    def clean_account(self) -> str:
        """kotori.myshopify.com."""
        return _account(self.cleaned_data["account"])

    def clean(self) -> dict[str, Any]:
        """An app is needed from somewhere."""
        told: dict[str, Any] = super().clean() or {}
        if not _house() and not (told.get("client_id") and told.get("client_secret")):
            raise ValidationError(str(REFUSED["no_app"]))
        return told


class TokenForm(forms.Form):
    """A token that was made in Shopify."""

    prefix = "hand"
    account = forms.CharField(
        label=lazy("Your shop at Shopify"), max_length=120, help_text=lazy("your-shop.myshopify.com")
    )
    token = _secret(
        lazy("Admin API access token"), help_text=lazy("Begins with shpat_. It is kept sealed and never shown again.")
    )
    client_secret = _secret(
        lazy("API secret key of the app"), required=False, help_text=lazy("Shopify signs its webhooks with it.")
    )

    def clean_account(self) -> str:
        """kotori.myshopify.com."""
        return _account(self.cleaned_data["account"])


def _house() -> App | None:
    """The installation's own app."""
    own, secret = settings.KAERU_SHOPIFY_CLIENT_ID, settings.KAERU_SHOPIFY_CLIENT_SECRET
    return App(own, secret) if own and secret else None


def told(row: Connection) -> str:
    """What a person must put right; empty: nothing."""
    if row.problem.startswith("refused: "):
        return _("Shopify refused a webhook: %(words)s") % {"words": row.problem.removeprefix("refused: ")}
    return phrases.said(PROBLEM, row.problem) if row.problem else ""


def _context(request: HttpRequest, shop: Shop, **more: Any) -> dict[str, Any]:
    row = queries.connection(shop, SOURCE)
    able = capabilities(shop)
    filled = {"account": request.GET.get("account", "")[:120] or (row.account if row else "")}
    return {
        "connection": row,
        "problem": told(row) if row else "",
        "able": gate_words.able(able) if row else [],
        "topics": len(subscriptions.TOPICS),
        "has_webhooks": row is not None and row.problem in {"", "missing_scope"},
        "has_house": _house() is not None,
        "not_public": "" if _callback().startswith("https://") else PROBLEM["not_public"],
        "callback": _callback(),
        "privacy": f"{settings.KAERU_BASE_URL}/hooks/{SOURCE}",
        "install_form": InstallForm(initial=filled),
        "token_form": TokenForm(initial=filled),
        **more,
    }


def _callback() -> str:
    return settings.KAERU_BASE_URL + reverse("console:shopify_callback")


@page("manage_keys")
def shopify(request: HttpRequest, visit: Visit) -> HttpResponse:
    """How the connection stands, or how to make it."""
    return show(request, visit, "console/shopify.html", "settings", _context(request, shop_of(visit)))


@page("manage_keys")
def arrive(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Shopify's own "open the app" leads here with `?shop=`: to the page above, with the shop filled in. Nothing is believed."""
    try:
        account = install.tidy_account(request.GET.get("shop", ""))
    except InstallRefused:
        account = ""
    return redirect(reverse("console:shopify") + (f"?account={account}" if account else ""))


@page("manage_keys", "POST")
def begin(request: HttpRequest, visit: Visit) -> HttpResponse:
    """What Kaeru will ask for, and the way to Shopify. The answer is bound to this session."""
    shop, form = shop_of(visit), InstallForm(request.POST)
    if not form.is_valid():
        told = _context(request, shop, install_form=form)
        return show(request, visit, "console/shopify.html", "settings", told, status=422)
    given = form.cleaned_data
    app = App(given["client_id"], given["client_secret"]) if given["client_id"] and given["client_secret"] else _house()
    assert app is not None  # the form has looked
    if app != _house() and app.client_secret not in actions.shop_secrets(shop, SOURCE):
        actions.set_secret(shop, SOURCE, app.client_secret, actor=visit.actor)
    nonce = random.token_urlsafe(24)
    request.session[STATE] = {
        "nonce": nonce, "shop": shop.id, "account": given["account"], "client_id": app.client_id, "at": clock.now().timestamp(),
    }  # fmt: skip
    address = install.authorize_url(app, given["account"], nonce, _callback())
    told = {
        "account": given["account"],
        "address": address,
        "able": gate_words.able(scopes.capabilities(scopes.WANTED)),
    }
    return show(request, visit, "console/shopify_go.html", "settings", told)


@page("manage_keys")
def callback(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Shopify sends the owner back with a code: only to the session that began, only once, only with Shopify's signature."""
    state = request.session.pop(STATE, None)
    shop = next((shop for shop in visit.shops if state and shop.id == state["shop"]), None)
    try:
        if shop is None or not state:
            raise InstallRefused("forged")
        grant = _granted(request, shop, state)
    except InstallRefused as no:
        messages.error(request, str(REFUSED[no.why]))
        return redirect("console:shopify")
    connecting.connect(shop, SOURCE, grant, actor=visit.actor)
    messages.success(
        request, _("Shopify is connected. Kaeru is now setting up the webhooks and taking over recent orders.")
    )
    return redirect(reverse("console:shopify") + (f"?shop={shop.slug}" if len(visit.shops) > 1 else ""))


def _granted(request: HttpRequest, shop: Shop, state: dict[str, Any]) -> connecting.Grant:
    query = {name: values[0] for name, values in request.GET.lists() if len(values) == 1}
    house = _house()
    if house and house.client_id == state["client_id"]:
        app = house
    else:
        known = actions.shop_secrets(shop, SOURCE)
        app = App(state["client_id"], known[0] if known else "")
    is_ours = random.compare_digest(query.get("state", "").encode(), state["nonce"].encode())
    is_young = clock.now().timestamp() - state["at"] < STATE_LASTS.total_seconds()
    is_shop = query.get("shop", "") == state["account"]
    if not (is_ours and is_young and is_shop and app.client_secret and install.is_genuine(query, app.client_secret)):
        raise InstallRefused("forged")
    return install.exchange(app, state["account"], query.get("code", "")[:300])


@page("manage_keys", "POST")
def by_hand(request: HttpRequest, visit: Visit) -> HttpResponse:
    """A token that was made in Shopify: tried there first."""
    shop, form = shop_of(visit), TokenForm(request.POST)
    grant = None
    if form.is_valid():
        try:
            grant = install.proven(form.cleaned_data["account"], form.cleaned_data["token"])
        except InstallRefused as no:
            form.add_error("token" if no.why in {"token", "other_shop"} else None, str(REFUSED[no.why]))
    if grant is None:
        told = _context(request, shop, token_form=form, is_by_hand=True)
        return show(request, visit, "console/shopify.html", "settings", told, status=422)
    if secret := form.cleaned_data["client_secret"]:
        actions.set_secret(shop, SOURCE, secret, actor=visit.actor)
    connecting.connect(shop, SOURCE, grant, actor=visit.actor)
    messages.success(
        request, _("Shopify is connected. Kaeru is now setting up the webhooks and taking over recent orders.")
    )
    return back_to("shopify", visit)


@page("manage_keys", "POST")
def look_now(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Look within seconds, not tomorrow."""
    connecting.heard(shop_of(visit).id, SOURCE, is_changed=True, is_regranted=True, is_removed=False)
    messages.success(request, _("Kaeru looks at Shopify now. Open this page again in a moment."))
    return back_to("shopify", visit)


@page("manage_keys", "POST")
def leave(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Forget the token at once."""
    if connecting.disconnect(shop_of(visit), SOURCE, actor=visit.actor):
        messages.success(request, _("Disconnected. Kaeru has forgotten its access; remove the app in Shopify as well."))
    return back_to("shopify", visit)
