"""A salon's LINE: connect the official account, see whether it works and how many pushes the month still has."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from kaeru.channels.line import accounts, queries
from kaeru.channels.line.accounts import Given
from kaeru.channels.line.client import LineRefused
from kaeru.channels.line.linking import LINE
from kaeru.channels.line.models import LineAccount
from kaeru.channels.line.rules import What
from kaeru.console.doors import Visit, page, show
from kaeru.console.settings import back_to, shop_of
from kaeru.tenants.models import Shop, ShopKind

TEMPLATE = "console/line.html"


def _secret(label: Any, **more: Any) -> forms.CharField:
    box = forms.PasswordInput(attrs={"autocomplete": "off"})
    return forms.CharField(label=label, min_length=8, max_length=400, widget=box, strip=True, **more)


class LineForm(forms.Form):
    """What LINE's consoles show, copied here."""

    secret = _secret(
        lazy("Channel secret"), required=False, help_text=lazy("LINE signs with it. Kept sealed, never shown again.")
    )
    token = _secret(
        lazy("Channel access token"),
        required=False,
        help_text=lazy("The long-lived one. Kept sealed, never shown again."),
    )
    login_channel_id = forms.RegexField(
        r"[0-9]{5,20}", label=lazy("Channel ID of LINE Login"), required=False, strip=True,
        help_text=lazy("For pages inside LINE. It must belong to the same provider."),
    )  # fmt: skip
    liff_id = forms.RegexField(
        r"[0-9]+-[A-Za-z0-9]+", label=lazy("LIFF ID"), required=False, strip=True, help_text=lazy("1234567890-abcdefgh")
    )
    greeting = forms.CharField(
        label=lazy("Greeting to new friends"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=lazy("A free reply. Leave it empty when LINE greets already."),
    )  # fmt: skip

    def __init__(self, *args: Any, account: LineAccount | None, **more: Any) -> None:
        super().__init__(*args, **more)
        self.account = account
        for name, sealed in (("secret", "sealed_secret"), ("token", "sealed_token")):
            self.fields[name].required = account is None or not getattr(account, sealed)

    def given(self) -> Given:
        """What was entered."""
        return Given(**{name: self.cleaned_data[name] for name in self.fields})


def _context(shop: Shop, **more: Any) -> dict[str, Any]:
    account = accounts.of(shop.id)
    is_on = account is not None and account.is_on
    known = {name: getattr(account, name) for name in ("login_channel_id", "liff_id", "greeting")} if account else {}
    return {
        "account": account if is_on else None,
        "room": accounts.room_of(account) if account and is_on else None,
        "counts": _counts(shop, account),
        "webhook": accounts.webhook_address(shop),
        "liff": f"{settings.KAERU_BASE_URL}/liff/{shop.public_key}/" if shop.kind == ShopKind.SALON else "",
        "not_public": settings.KAERU_LINE_API_URL == LINE and not settings.KAERU_BASE_URL.startswith("https://"),
        "form": LineForm(account=account if is_on else None, initial=known),
        **more,
    }


def _counts(shop: Shop, account: LineAccount | None) -> dict[str, str]:
    """Numbers as they are shown."""
    room = accounts.room_of(account) if account else None
    known = queries.friends(shop.id)
    told = {"used": room.used, "limit": room.limit, "left": room.left or 0} if room else {}
    told |= {"friends": known.friends, "linked": known.linked, "blocked": known.blocked}
    return {name: f"{number:,}" for name, number in told.items()}


@page("manage_keys", "GET", "POST")
def line(request: HttpRequest, visit: Visit) -> HttpResponse:
    """How it stands; what was entered is tried at LINE first, then kept."""
    shop = shop_of(visit)
    if request.method != "POST":
        return show(request, visit, TEMPLATE, "settings", _context(shop))
    known = accounts.of(shop.id)
    form = LineForm(request.POST, account=known if known and known.is_on else None)
    if form.is_valid():
        try:
            accounts.connect(shop, form.given(), actor=visit.actor)
        except LineRefused as no:
            is_denied = no.told.what in (What.DENIED, What.REFUSED)
            form.add_error("token" if is_denied else None, _refused(no))
        else:
            account = accounts.of(shop.id)
            if account is not None:
                accounts.read_quotas([account.id])
            messages.success(request, _("Saved. LINE knows the account."))
            return back_to("line", visit)
    return show(request, visit, TEMPLATE, "settings", _context(shop, form=form), status=422)


def _refused(no: LineRefused) -> str:
    if no.told.what in (What.DENIED, What.REFUSED):
        return _("LINE does not accept this token. Please copy it again.")
    return _("LINE did not answer. Nothing was changed; please try again.")


@page("manage_keys", "POST")
def point(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Enter our address at LINE and let LINE knock at it."""
    shop = shop_of(visit)
    try:
        status = accounts.point_webhook(shop, actor=visit.actor)
    except LineRefused as no:
        messages.error(request, _refused(no))
    else:
        if status == 200:
            messages.success(request, _("LINE reaches Kaeru. Switch on “Use webhook” at LINE if it is off."))
        else:
            told = {"status": status}
            messages.error(request, _("LINE could not reach the address (it got %(status)s). Is it public?") % told)
    return back_to("line", visit)


@page("manage_keys", "POST")
def look(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Ask LINE for the month's quota now."""
    account = accounts.of(shop_of(visit).id)
    if account is not None and accounts.read_quotas([account.id]):
        messages.success(request, _("LINE was asked just now."))
    else:
        messages.error(request, _("LINE did not answer. Nothing was changed; please try again."))
    return back_to("line", visit)


@page("manage_keys", "POST")
def leave(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Forget secret and token at once."""
    if accounts.disconnect(shop_of(visit), actor=visit.actor):
        messages.success(request, _("Disconnected. Messages go by mail where customers have an address."))
    return back_to("line", visit)
