"""How a shop lets Kaeru in: Shopify's authorization code grant, or a token that somebody pastes. Nothing is written here."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from kaeru.connectors.base import Access, Barred, Busy
from kaeru.connectors.connecting import Grant
from kaeru.connectors.reading import part, rows, text
from kaeru.connectors.shopify import client, scopes
from kaeru.core import http

AUTHORIZE = "https://{account}/admin/oauth/authorize"
TOKEN = "https://{account}/admin/oauth/access_token"  # noqa: S105  (an address)


class InstallRefused(Exception):
    """`why`: account | forged | code | token | unanswered | other_shop."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class App:
    """An app's credentials."""

    client_id: str
    client_secret: str = field(repr=False)


def tidy_account(typed: str) -> str:
    """kotori.myshopify.com of what people paste. Raises InstallRefused.

    >>> tidy_account(" https://Kotori.myshopify.com/admin "), tidy_account("kotori")
    ('kotori.myshopify.com', 'kotori.myshopify.com')
    """
    name = typed.strip().lower().removeprefix("https://").split("/", 1)[0]
    if name and "." not in name:
        name += ".myshopify.com"
    if not client.is_account(name):
        raise InstallRefused("account")
    return name


def authorize_url(app: App, account: str, nonce: str, redirect_uri: str) -> str:
    """Where the shop's owner agrees. Offline access is Shopify's default: the token belongs to the shop, not to the person."""
    if not client.is_account(account):
        raise InstallRefused("account")
    asked = {"client_id": app.client_id, "scope": ",".join(scopes.WANTED), "redirect_uri": redirect_uri, "state": nonce}
    return f"{AUTHORIZE.format(account=account)}?{urlencode(asked)}"


def is_genuine(query: Mapping[str, str], client_secret: str) -> bool:
    """Whether Shopify signed this query (each name once)."""
    message = "&".join(f"{name}={query[name]}" for name in sorted(query) if name not in {"hmac", "signature"})
    right = hmac.new(client_secret.encode(), message.encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(right.encode(), query.get("hmac", "").encode("utf-8", "replace"))


def exchange(app: App, account: str, code: str) -> Grant:
    """The code for a token. Raises InstallRefused."""
    told = {"client_id": app.client_id, "client_secret": app.client_secret, "code": code}
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    try:
        answer = http.post(TOKEN.format(account=account), json.dumps(told).encode(), headers)
    except (http.EgressRefused, http.Unanswered):
        raise InstallRefused("unanswered") from None
    try:
        given = part(json.loads(answer.body)) if answer.status == 200 else {}
    except ValueError:
        given = {}
    token = text(given.get("access_token"), 500)
    if not token:
        raise InstallRefused("code")
    return proven(account, token, app.client_id)


def proven(account: str, token: str, client_id: str = "") -> Grant:
    """What this token may do in this shop, asked of Shopify itself. Raises InstallRefused."""
    access = Access(0, account, [token.strip()])
    try:
        found = client.ask(access, "installation", {})
    except Barred:
        raise InstallRefused("token") from None
    except (http.Unanswered, Busy):
        raise InstallRefused("unanswered") from None
    if text(part(found.get("shop")).get("myshopifyDomain"), 200) != account:
        raise InstallRefused("other_shop")
    return Grant(account, token.strip(), granted(found), client.VERSION, client_id)


def granted(found: Mapping[str, object]) -> list[str]:
    """The scopes in an answer about the installation."""
    told = rows(part(found.get("currentAppInstallation")).get("accessScopes"))
    return sorted({text(row.get("handle"), 100) for row in told} - {""})
