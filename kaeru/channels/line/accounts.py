"""Verbs for a shop's official account: connect it, look whether it works, how many pushes the month still has.

Every shop has its own account. Secret and token are kept sealed; nobody is shown them again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F

from kaeru.channels.line.client import Client, LineRefused, Told
from kaeru.channels.line.models import LineAccount
from kaeru.channels.line.rules import ACCOUNT_RETRY_SECONDS, Room, What, next_month
from kaeru.core import audit, clock, ids, scope, secrets
from kaeru.tenants.models import Shop

FRESH = timedelta(seconds=60)
"""A quota that was read within this time need not be read again before a wave."""


@dataclass(frozen=True, slots=True)
class Given:
    """What the shop entered; empty secrets leave the old ones."""

    secret: str = ""
    token: str = ""
    login_channel_id: str = ""
    liff_id: str = ""
    greeting: str = ""


def connect(shop: Shop, given: Given, *, actor: str) -> LineAccount:
    """Try the token at LINE, then keep everything sealed. Raises LineRefused when LINE does not take the token.

    LINE is called before the transaction begins.
    """
    known = LineAccount.objects.filter(shop=shop).first()
    token = given.token or (token_of(known) if known else "")
    client = Client()
    try:
        bot = client.bot(token)
    finally:
        client.close()
    told = {
        "bot_user_id": str(bot.get("userId") or "")[:40],
        "basic_id": str(bot.get("basicId") or "")[:20],
        "name": str(bot.get("displayName") or "")[:60],
        "login_channel_id": given.login_channel_id.strip()[:20],
        "liff_id": given.liff_id.strip()[:40],
        "greeting": given.greeting.strip()[:500],
        "is_on": True,
        "problem": "",
        "broken_since": None,
        "rests_until": None,
    }
    if given.secret:
        told["sealed_secret"] = secrets.seal(given.secret)
    if given.token:
        told |= {
            "sealed_token": secrets.seal(given.token),
            "quota_kind": "",
            "quota_read_at": None,
            "spent_until": None,
        }
    with transaction.atomic():
        LineAccount.objects.update_or_create(
            shop=shop,
            defaults=told,
            create_defaults={
                **told,
                "id": ids.new_id(),
                "organization_id": shop.organization_id,
                "created_at": clock.now(),
            },
        )
        audit.record(shop.organization_id, actor, "line.connected", "shop", shop.id, basic_id=told["basic_id"])
    return LineAccount.objects.get(shop=shop)


def disconnect(shop: Shop, *, actor: str) -> bool:
    """Forget secret and token at once; friends and their cards stay. False when there is no account that is on."""
    with transaction.atomic():
        gone = LineAccount.objects.filter(shop=shop, is_on=True).update(
            is_on=False, sealed_token=None, sealed_secret=None, problem="", broken_since=None
        )
        if gone:
            audit.record(shop.organization_id, actor, "line.disconnected", "shop", shop.id)
    return bool(gone)


def of(shop_id: int) -> LineAccount | None:
    """The shop's account, also one that is off."""
    return LineAccount.objects.filter(shop_id=shop_id).first()


def is_connected(shop_id: int) -> bool:
    """Whether the shop can speak in LINE."""
    return LineAccount.objects.filter(shop_id=shop_id, is_on=True).exclude(sealed_token=None).exists()


def token_of(account: LineAccount) -> str:
    """The access token; empty when none was entered or it cannot be opened any more."""
    return _opened(account.sealed_token)


def secret_of(account: LineAccount) -> str:
    """The channel secret; empty when none was entered or it cannot be opened any more."""
    return _opened(account.sealed_secret)


def _opened(sealed: bytes | memoryview | None) -> str:
    if not sealed:
        return ""
    try:
        return secrets.unseal(sealed)
    except ValueError:
        return ""


def webhook_address(shop: Shop) -> str:
    """What the shop enters at LINE as its webhook URL."""
    return f"{settings.KAERU_BASE_URL}/hooks/line/{shop.public_key}"


def point_webhook(shop: Shop, *, actor: str) -> int:
    """Enter our address at LINE and let LINE knock at it; returns the status that LINE got. Raises LineRefused.

    LINE allows 60 tries an hour. Call it outside of transactions.
    """
    account = LineAccount.objects.filter(shop=shop, is_on=True).first()
    token = token_of(account) if account else ""
    client = Client()
    try:
        client.set_webhook(token, webhook_address(shop))
        told = client.test_webhook(token)
    finally:
        client.close()
    status = told.get("statusCode")
    audit.record(shop.organization_id, actor, "line.webhook_tried", "shop", shop.id, status=status)
    return status if isinstance(status, int) else 0


def room(shop_id: int, *, fresh: bool = True) -> Room | None:
    """How many pushes the month still has; asked of LINE when it was not asked within a minute. None: no account.

    Call it outside of transactions: it may wait for LINE. When LINE does not answer, what was known last is told.
    """
    account = LineAccount.objects.filter(shop_id=shop_id, is_on=True).first()
    if account is None:
        return None
    is_old = account.quota_read_at is None or clock.now() - account.quota_read_at > FRESH
    if fresh and is_old:
        read_quotas([account.id])
        account.refresh_from_db()
    return room_of(account)


def room_of(account: LineAccount) -> Room:
    """As it was read last, with our own pushes since."""
    is_spent = account.spent_until is not None and account.spent_until > clock.now()
    return Room(account.quota_kind, account.quota_limit, account.quota_used, is_spent)


def read_quotas(account_ids: Sequence[int]) -> int:
    """Ask LINE for quota and consumption of these; returns how many answered. Never raises for what LINE does."""
    client, read = Client(), 0
    try:
        for account in LineAccount.objects.filter(id__in=account_ids, is_on=True).select_related("shop"):
            read += _read_quota(client, account)
    finally:
        client.close()
    return read


def _read_quota(client: Client, account: LineAccount) -> int:
    now, token = clock.now(), token_of(account)
    row = LineAccount.objects.filter(id=account.id)
    if not token:
        row.update(quota_read_at=now)
        return 0
    try:
        kind, limit = client.quota(token)
        used = client.consumption(token)
    except LineRefused as no:
        note_trouble(account, no.told)
        row.update(quota_read_at=now)
        return 0
    told = {"quota_kind": kind, "quota_limit": limit, "quota_used": used, "quota_read_at": now}
    if account.spent_until is not None and (kind == "none" or used < limit):
        told["spent_until"] = None  # another plan, or another month
    if account.problem == "token":
        told |= {"problem": "", "broken_since": None}
    row.update(**told)
    return 1


def count_push(account_id: int, number: int = 1) -> None:
    """Our own pushes since LINE was asked."""
    LineAccount.objects.filter(id=account_id).update(quota_used=F("quota_used") + number)


def note_trouble(account: LineAccount, told: Told) -> datetime | None:
    """What LINE's answer means for the whole account: until when nothing is pushed. None: nothing of the kind."""
    now = clock.now()
    row = LineAccount.objects.filter(id=account.id)
    match told.what:
        case What.QUOTA:
            until = next_month(now, account.shop.timezone)
            row.update(spent_until=until)
            return until
        case What.DENIED:
            row.filter(broken_since=None).update(broken_since=now)
            row.update(problem="token")
            return clock.in_real_seconds(ACCOUNT_RETRY_SECONDS)
        case _:
            return None


def due_quotas(limit: int) -> int:
    """Ask for the quotas that were not read for an hour; returns how many answered."""
    with scope.everyone():
        old = LineAccount.objects.filter(is_on=True).exclude(sealed_token=None)
        hour = clock.now() - timedelta(hours=1)
        never = list(old.filter(quota_read_at=None).values_list("id", flat=True)[:limit])
        rest = old.filter(quota_read_at__lt=hour).order_by("quota_read_at").values_list("id", flat=True)
        return read_quotas([*never, *rest[: limit - len(never)]])
