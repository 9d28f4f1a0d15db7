"""/line/link/TOKEN/: a friend in LINE links their card without LIFF. They say which mail address the shop has of them, a code goes to
that address, and with the code LINE's own dialog ends it.

Nobody learns here whether an address is known. The code belongs to this browser, holds for ten minutes and five tries.
"""

import hashlib
import hmac
import secrets as random
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.core.cache import cache
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from kaeru.channels.line import linking
from kaeru.channels.line.linking import LinkRefused
from kaeru.channels.line.models import LineFriend
from kaeru.core import clock, ids, scope, secrets
from kaeru.customers.models import Customer, Identity
from kaeru.customers.rules import tidy_email
from kaeru.messages import staff
from kaeru.messages.actions import NewMessage, enqueue
from kaeru.messages.models import Message
from kaeru.messages.registry import register_source
from kaeru.storefront.pages import show
from kaeru.tenants.models import Shop

SOURCE = "line_code"
MOST_TRIES = 5
MOST_CODES = 5
"""Mails an hour that one friend can ask for."""
LASTS = timedelta(minutes=10)
TEXTS = {
    "ja": {
        "subject": "LINE連携の確認コード",
        "body": "{{ shop.name }}のLINE連携の確認コードです。\n\n{{ code }}\n\n10分以内に、LINEで開いたページに入力してください。"
        "お心当たりがない場合は、このメールを破棄してください。コードを人に伝えないでください。",
    },
    "en": {
        "subject": "Your code to link LINE",
        "body": "This is your code to link LINE with {{ shop.name }}.\n\n{{ code }}\n\nPlease enter it within ten minutes on the page that you "
        "opened in LINE. If this was not you, please ignore this mail. Do not tell anybody the code.",
    },
}


def code_of(number: int) -> str:
    """The six digits that belong to a mail; kept nowhere."""
    digest = hmac.new(secrets.key("line_code"), str(number).encode(), hashlib.sha256).digest()
    return f"{int.from_bytes(digest[:8]) % 1_000_000:06d}"


def _words(rows: Sequence[Message]) -> Mapping[int, Mapping[str, Any]]:
    return {row.id: {"code": code_of(row.source_id)} for row in rows}


def _over(rows: Sequence[Message]) -> Mapping[int, str]:
    return {row.id: "code_over" for row in rows if row.created_at < clock.now() - LASTS}


register_source(SOURCE, _words, _over, frozenset({"shop.name", "code"}), is_internal=True)
# They wait for it in this minute, so neither quiet hours nor caps are asked.


@require_http_methods(["GET", "HEAD", "POST"])
def line_link(request: HttpRequest, token: str) -> HttpResponse:
    """GET asks for the address; POST mails a code, or ends the link with it."""
    with scope.everyone():
        friend = linking.friend_behind(token)
    if friend is None:
        return _sealed(render(request, "storefront/closed.html", status=404))
    with scope.organization(friend.organization_id):
        if request.method != "POST":
            return _page(request, friend)
        return _check(request, friend) if "code" in request.POST else _mail(request, friend)


def _page(request: HttpRequest, friend: LineFriend, status: int = 200, **told: Any) -> HttpResponse:
    return _sealed(show(request, "line_link", friend.shop, None, _("Link LINE"), status, friend=friend, **told))


def _sealed(response: HttpResponse) -> HttpResponse:
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    response.headers["Cache-Control"] = "no-store"
    return response


def _mail(request: HttpRequest, friend: LineFriend) -> HttpResponse:
    """Mail a code when the address is known; the page says the same either way."""
    mail = tidy_email(request.POST.get("mail", ""))
    if not mail:
        return _page(request, friend, 422, problem=_("Please enter a mail address."))
    asked = f"line_code:{friend.id}"
    cache.add(asked, 0, 3600)
    if cache.incr(asked) > MOST_CODES:
        return _page(request, friend, 429, problem=_("Too many tries. Please try again in an hour."))
    rows = list(
        Identity.objects.filter(shop_id=friend.shop_id, kind="mail", value=mail).values_list("customer_id", flat=True)[
            :2
        ]
    )
    number = ids.new_id()
    if len(rows) == 1:
        _send(friend.shop, rows[0], number)
    request.session["line_code"] = {
        "friend": friend.id,
        "customer": rows[0] if len(rows) == 1 else 0,
        "number": number,
        "salt": random.token_urlsafe(8),
        "until": (clock.now() + LASTS).timestamp(),
        "tries": 0,
    }
    return _page(request, friend, is_mailed=True, mail=mail)


@transaction.atomic
def _send(shop: Shop, customer_id: int, number: int) -> None:
    template = staff.template_of(shop, TEXTS)
    enqueue([NewMessage(shop.organization_id, shop.id, customer_id, template, "notice", number, clock.now(), SOURCE)])


def _check(request: HttpRequest, friend: LineFriend) -> HttpResponse:
    kept = request.session.get("line_code") or {}
    if kept.get("friend") != friend.id or kept.get("until", 0) < clock.now().timestamp() or kept["tries"] >= MOST_TRIES:
        request.session.pop("line_code", None)
        return _page(request, friend, 422, problem=_("This code is over. Please ask for a new one."))
    request.session["line_code"] = {**kept, "tries": kept["tries"] + 1}
    typed = "".join(request.POST.get("code", "").split())
    is_right = hmac.compare_digest(code_of(kept["number"]).encode(), typed.encode())
    customer = Customer.objects.filter(id=kept["customer"], shop_id=friend.shop_id).first() if is_right else None
    if customer is None:
        return _page(
            request, friend, 422, is_mailed=True, problem=_("This is not the code in the mail. Please look again.")
        )
    del request.session["line_code"]
    try:
        address = linking.begin(friend, customer, session_key=request.session.session_key or kept["salt"])
    except LinkRefused:
        return _page(
            request, friend, 503, problem=_("LINE does not answer at the moment. Please try again in a few minutes.")
        )
    return _page(request, friend, address=address)  # a link, not a redirect: forms of ours lead to our own pages only
