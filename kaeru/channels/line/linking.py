"""Linking a person in LINE with their card, so that nobody gets to see another's visits.

Two ways. In the talk: the friend asks (`invite`), opens our page, proves there which card is theirs, and goes back through LINE's own
account link; LINE then tells our nonce together with the person (`settle`). In LIFF, the page inside LINE: the browser sends an ID
token, LINE says whose it is (`person_of`), and the page that the client could open says whose card it is.
A user id that a browser sends is never believed.
"""

import base64
import secrets as random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core import signing
from django.db import transaction

from kaeru.channels.line import accounts, friends
from kaeru.channels.line.client import Client, LineRefused
from kaeru.channels.line.models import LineAccount, LineFriend, LineLink
from kaeru.channels.line.rules import USER_ID
from kaeru.core import audit, clock, ids, secrets
from kaeru.customers.models import Customer

LASTS = timedelta(minutes=10)
"""As long as LINE's link token."""
NONCE_BYTES = 32
"""256 bits; LINE asks for 128 at least."""
PURPOSE = "kaeru.line_link"
LINE = "https://api.line.me"
DIALOG, LIFF = "https://access.line.me/dialog/bot/accountLink", "https://liff.line.me"
ISSUER = "https://access.line.me"


class LinkRefused(Exception):
    """The link was not made; `why` is a code: account | unanswered | token | other_friend | late."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class Person:
    """Whose ID token it was, as LINE says."""

    user_id: str
    name: str


def invite(friend: LineFriend) -> str:
    """The address of our page for this friend, for a button in their talk; works for ten minutes. No call is made."""
    return f"{settings.KAERU_BASE_URL}/line/link/{signing.dumps(friend.id, salt=PURPOSE)}/"


def begin(friend: LineFriend, customer: Customer, *, session_key: str, about_id: int | None = None) -> str:
    """Where the browser goes next: LINE's dialog, with a nonce that is bound to session, friend and card. Raises LinkRefused.

    The caller has the proof that the card is theirs (the page of their visit, a code sent to their mail). Calls LINE: outside of
    transactions.
    """
    if friend.shop_id != customer.shop_id:
        raise LinkRefused("other_friend")
    token = _link_token(friend)
    nonce = base64.urlsafe_b64encode(random.token_bytes(NONCE_BYTES)).decode().rstrip("=")
    moment = clock.now()
    LineLink.objects.create(
        id=ids.new_id(),
        organization_id=friend.organization_id,
        shop_id=friend.shop_id,
        customer=customer,
        friend=friend,
        nonce_hash=secrets.fingerprint(nonce),
        session_hash=secrets.fingerprint(session_key),
        about_id=about_id,
        expires_at=moment + LASTS,
        created_at=moment,
    )
    return f"{_page(DIALOG, 'dialog/bot/accountLink')}?{urlencode({'linkToken': token, 'nonce': nonce})}"


def _page(real: str, place: str) -> str:
    """LINE's own page; beside another platform's API lies that platform's page."""
    api = settings.KAERU_LINE_API_URL
    return real if api == LINE else f"{api.removesuffix('/api')}/{place}"


def liff_address(shop_id: int, rest: str = "") -> str:
    """Opens our page inside LINE: `rest` is appended to the endpoint that the shop entered at LINE. Empty without a LIFF app."""
    found = LineAccount.objects.filter(shop_id=shop_id, is_on=True).values_list("liff_id", flat=True).first()
    return f"{_page(LIFF, 'liff')}/{found}{rest}" if found else ""


def _link_token(friend: LineFriend) -> str:
    account = LineAccount.objects.filter(shop_id=friend.shop_id, is_on=True).first()
    token = accounts.token_of(account) if account else ""
    if not token:
        raise LinkRefused("account")
    client = Client()
    try:
        found = client.link_token(token, friend.user_id)
    except LineRefused as no:
        raise LinkRefused("unanswered") from no
    finally:
        client.close()
    if not found:
        raise LinkRefused("unanswered")
    return found


def settle(friend: LineFriend, link: Mapping[str, Any]) -> str | None:
    """LINE brought a nonce back, with the person who agreed: the visit's id (or "") when they are linked now, None when not.

    Once for each nonce, only within its ten minutes, only for the friend who asked. Call it inside the event's transaction.
    """
    row = LineLink.objects.filter(nonce_hash=secrets.fingerprint(str(link.get("nonce") or "")), used_at=None).first()
    if row is None or row.shop_id != friend.shop_id:
        return None
    moment = clock.now()
    outcome = "linked"
    if link.get("result") != "ok":
        outcome = "failed"
    elif row.expires_at <= moment:
        outcome = "late"
    elif row.friend_id is not None and row.friend_id != friend.id:
        outcome = "other_friend"
    if not LineLink.objects.filter(id=row.id, used_at=None).update(used_at=moment, outcome=outcome):
        return None
    if outcome != "linked":
        audit.record(friend.organization_id, "customer", "line.link_refused", "customer", row.customer_id, why=outcome)
        return None
    friends.bind(friend, row.customer_id, actor="customer", how="nonce")
    return str(row.about_id or "")


def person_of(shop_id: int, id_token: str, *, nonce: str = "") -> Person:
    """Who the ID token of a LIFF page or a login is, as LINE itself says. Raises LinkRefused. Calls LINE: outside of transactions."""
    account = LineAccount.objects.filter(shop_id=shop_id, is_on=True).exclude(login_channel_id="").first()
    if account is None:
        raise LinkRefused("account")
    if not 0 < len(id_token) <= 4_000:
        raise LinkRefused("token")
    client = Client()
    try:
        claims = client.verify_id_token(id_token, account.login_channel_id, nonce)
    except LineRefused as no:
        raise LinkRefused("unanswered" if no.told.status in (0, 429) or no.told.status >= 500 else "token") from no
    finally:
        client.close()
    user_id = str(claims.get("sub") or "")
    is_ours = claims.get("iss") == ISSUER and str(claims.get("aud") or "") == account.login_channel_id
    is_same = not nonce or claims.get("nonce") == nonce
    if not (is_ours and is_same and USER_ID.fullmatch(user_id)):
        raise LinkRefused("token")
    return Person(user_id, str(claims.get("name") or "")[:100])


@transaction.atomic
def link_person(shop_id: int, person: Person, customer: Customer) -> LineFriend:
    """A client inside LINE, known by their ID token, has opened the page of their own visit: their LINE is linked with that card.

    Raises LinkRefused for a card of another shop.
    """
    if customer.shop_id != shop_id:
        raise LinkRefused("other_friend")
    friend = friends.known(customer.organization_id, shop_id, person.user_id, clock.wall())
    if friend.customer_id != customer.id:
        friends.bind(friend, customer.id, actor="customer", how="id_token")
    return friend


def friend_behind(token: str) -> LineFriend | None:
    """The friend whom `invite` sent here, or None: wrong and too late look the same. Call it in `scope.everyone()`."""
    try:
        friend_id = signing.loads(token, salt=PURPOSE, max_age=LASTS)
    except signing.BadSignature:
        return None
    return LineFriend.objects.filter(id=friend_id).select_related("shop").first()
