"""Yahoo! Shopping on the page of malls: the owner's consent, renewed every four weeks, and the operator's own table of cancel reasons."""

import base64
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
from kaeru.connectors.models import Connection
from kaeru.connectors.yahoo import consent, letting_in, words
from kaeru.connectors.yahoo.consent import ConsentRefused
from kaeru.connectors.yahoo.orders import JST
from kaeru.console import phrases
from kaeru.console.doors import Visit, page, show
from kaeru.console.mall_parts import Part, add_part, draw
from kaeru.console.settings import back_to, shop_of
from kaeru.core import clock, secrets
from kaeru.tenants.models import Shop

SOURCE = "yahoo"
STORE_PRO = "https://pro.store.yahoo.co.jp/"
STATE = "yahoo_consent"
STATE_LASTS = timedelta(hours=1)
PROBLEM: phrases.Words = {
    "token_revoked": lazy("The consent is over, or was taken back. Kaeru asks for nothing until the store's owner agrees again."),
    "missing_scope": lazy("Yahoo! does not tell this store's orders: the app is not approved for them, or who agreed may not manage orders."),
    "not_understood": lazy("Yahoo! answered something that Kaeru does not understand. It asks again; if this stays, look for a newer Kaeru."),
}  # fmt: skip
REFUSED: phrases.Words = {
    "forged": lazy("The answer did not come from this consent, or it is too old. Nothing was connected; please begin again."),
    "code": lazy("Yahoo! JAPAN did not accept the app's client ID and secret, or this address. Please check them and begin again."),
    "key": lazy("Yahoo! did not accept the consent. Nothing was connected; please begin again."),
    "store": PROBLEM["missing_scope"],
    "unanswered": lazy("Yahoo! did not answer. Nothing was connected; please try again."),
}  # fmt: skip
TRIED: phrases.Words = {
    "ok": lazy("Yahoo! accepts the consent and tells the orders."),
    "key": PROBLEM["token_revoked"],
    "store": PROBLEM["missing_scope"],
    "unanswered": lazy("Yahoo! did not answer. Nothing was changed; please try again later."),
}
INSTEAD = {
    "can_cancel": lazy("Enter the number of a cancel reason once the store is connected; then Kaeru cancels."),
    "can_change_address": lazy("Nobody could find out how Yahoo! takes it. Leave it to a person, on Yahoo!'s screen."),
    "can_change_lines": lazy("Nobody could find out how Yahoo! takes it. Leave it to a person, on Yahoo!'s screen."),
}
ROW: phrases.Words = {
    "customer": lazy("The buyer's wish"),
    "customer/unpaid": lazy("The buyer did not pay"),
    "shop": lazy("The shop's fault, anything else"),
    "shop/out_of_stock": lazy("The shop's fault: out of stock"),
    "shop/delay": lazy("The shop's fault: late"),
}


class ConsentForm(forms.Form):
    """Which store, and by which app."""

    prefix = "yahoo"
    seller = forms.RegexField(
        r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}", label=lazy("Store account"), help_text=lazy("store.shopping.yahoo.co.jp/ : your-store")
    )  # fmt: skip
    client_id = forms.CharField(label=lazy("Client ID of your app"), max_length=80, required=False)
    client_secret = forms.CharField(
        label=lazy("Client secret of your app"),
        max_length=200,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=lazy("It is kept sealed and never shown again. Leave it empty to go on with the app that is known."),
    )

    def __init__(self, *args: Any, known: consent.Consent | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = known

    def clean(self) -> dict[str, Any]:
        """An app is needed from somewhere."""
        told: dict[str, Any] = super().clean() or {}
        if not (told.get("client_id") and told.get("client_secret")):
            if self.known is None or told.get("client_id") not in {"", self.known.client_id}:
                raise ValidationError(_("Please enter the client ID and the client secret of your app."))
            told |= {"client_id": self.known.client_id, "client_secret": self.known.client_secret}
        return told


class ReasonsForm(forms.Form):
    """The numbers under which cancellations go out."""

    prefix = "reasons"

    def __init__(self, *args: Any, table: dict[str, int] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for row in words.ROWS:
            self.fields[row] = forms.IntegerField(label=str(ROW[row]), min_value=0, max_value=9999, required=False)
            self.fields[row].initial = (table or {}).get(row)

    def table(self) -> dict[str, int]:
        """What was entered."""
        return {row: number for row in words.ROWS if (number := self.cleaned_data.get(row)) is not None}


def context(shop: Shop, row: Connection | None) -> dict[str, Any]:
    """See `mall_parts.Part`."""
    return {
        "consent_form": ConsentForm(initial={"seller": row.account if row else "", "client_id": row.client_id if row else ""}),
        "reasons_form": ReasonsForm(table=words.table(row.scopes if row else ())),
        "store_pro": STORE_PRO,
        "callback": _callback(),
        "has_table": bool(row and words.table(row.scopes)),
    }  # fmt: skip


def _callback() -> str:
    return settings.KAERU_BASE_URL + reverse("console:yahoo_callback")


@page("manage_keys", "POST")
def begin(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The way to Yahoo! JAPAN, where the owner agrees. The answer is bound to this session."""
    mine = shop_of(visit)
    form = ConsentForm(request.POST, known=letting_in.known(queries.connection(mine, SOURCE)))
    if not form.is_valid():
        return draw(request, visit, mine, status=422, consent_form=form)
    told, nonce = form.cleaned_data, random.token_urlsafe(24)
    request.session[STATE] = {
        "nonce": nonce, "shop": mine.id, "seller": told["seller"], "client_id": told["client_id"],
        "secret": base64.b64encode(secrets.seal(told["client_secret"])).decode(), "at": clock.now().timestamp(),
    }  # fmt: skip
    address = consent.authorize_url(told["client_id"], _callback(), nonce, random.token_urlsafe(24))
    return show(
        request, visit, "console/mall_yahoo_go.html", "settings", {"address": address, "seller": told["seller"]}
    )


@page("manage_keys")
def callback(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Yahoo! JAPAN sends the owner back with a code: only to the session that began, only once."""
    state = request.session.pop(STATE, None)
    shop = next((shop for shop in visit.shops if state and shop.id == state["shop"]), None)
    try:
        if shop is None or not state:
            raise ConsentRefused("forged")
        grant = _granted(request, shop, state)
    except ConsentRefused as no:
        messages.error(request, str(REFUSED[no.why]))
        return redirect("console:malls")
    connecting.connect(shop, SOURCE, grant, actor=visit.actor)
    messages.success(
        request,
        _("Yahoo! Shopping is connected. Kaeru now takes over the orders of the last sixty days; nothing is changed there."),
    )  # fmt: skip
    return redirect(reverse("console:malls") + (f"?shop={shop.slug}" if len(visit.shops) > 1 else ""))


def _granted(request: HttpRequest, shop: Shop, state: dict[str, Any]) -> connecting.Grant:
    given = request.GET.getlist("state")
    is_ours = len(given) == 1 and random.compare_digest(given[0].encode(), state["nonce"].encode())
    is_young = clock.now().timestamp() - state["at"] < STATE_LASTS.total_seconds()
    code = request.GET.get("code", "")[:500]
    if not (is_ours and is_young and code):
        raise ConsentRefused("forged")
    try:
        secret = secrets.unseal(base64.b64decode(state["secret"]))
    except ValueError:
        raise ConsentRefused("forged") from None
    agreed = consent.exchange(state["client_id"], secret, code, _callback())
    today = clock.now().astimezone(JST).date()
    return letting_in.proven(shop.id, state["seller"], agreed, today, queries.connection(shop, SOURCE))


@page("manage_keys", "POST")
def test_consent(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Try the consent that is kept."""
    row = queries.connection(shop_of(visit), SOURCE)
    if row is not None:
        tried = letting_in.try_again(row)
        tell = messages.success if tried == "ok" else messages.error
        tell(request, str(TRIED[tried]))
    return back_to("malls", visit)


@page("edit_shop", "POST")
def set_reasons(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Under which numbers cancellations go out."""
    mine, form = shop_of(visit), ReasonsForm(request.POST)
    row = queries.connection(mine, SOURCE)
    if row is None:
        return back_to("malls", visit)
    if not form.is_valid():
        return draw(request, visit, mine, status=422, reasons_form=form)
    letting_in.set_table(row, form.table(), actor=visit.actor)
    messages.success(request, _("Saved."))
    return back_to("malls", visit)


add_part(
    Part(
        "yahoo", lazy("Yahoo! Shopping"), "console/part/mall_yahoo.html", context, PROBLEM, INSTEAD, lazy("Agree again")
    )
)
