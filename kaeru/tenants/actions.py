"""Verbs: set up an organization, a shop, its people and its keys; say when it is open; stop it and let it go on."""

import base64
import hashlib
import secrets as random
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from kaeru.core import audit, clock, events, scope, secrets
from kaeru.tenants.hours import read_days, read_hours, to_json
from kaeru.tenants.models import ApiKey, Member, Organization, Role, Shop, ShopSecret, User


def create_organization(slug: str, name: str) -> Organization:
    """A new tenant."""
    return Organization.objects.create(slug=slug, name=name, created_at=clock.now())


@transaction.atomic
def add_shop(organization: Organization, slug: str, name: str, *, actor: str = "cli", **fields: object) -> Shop:
    """A new shop with an inbound webhook secret and an outbound one. `fields` are Shop's own columns."""
    with scope.organization(organization.id):
        shop = Shop(
            organization=organization,
            slug=slug,
            name=name,
            public_key=random.token_urlsafe(12).replace("-", "x").replace("_", "y"),
            created_at=clock.now(),
            **fields,
        )
        shop.full_clean(exclude=["organization"], validate_unique=False, validate_constraints=False)
        shop.save(force_insert=True)
        for source in ("webhook", "notify"):
            set_secret(shop, source, new_webhook_secret(), actor=actor)
        audit.record(organization.id, actor, "shop.added", "shop", shop.id)
    return shop


def new_webhook_secret() -> str:
    """A secret in the form of Standard Webhooks: whsec_ and 24 random bytes in base64."""
    return "whsec_" + base64.b64encode(random.token_bytes(24)).decode()


def new_embed_secret() -> str:
    """A secret for links that the shop's system signs itself: used letter by letter, so that any language can."""
    return f"kaeru_embed_{random.token_urlsafe(32)}"


@transaction.atomic
def set_secret(shop: Shop, source: str, secret: str, *, actor: str, overlap: timedelta = timedelta(hours=1)) -> None:
    """Replace the shop's secret of this source; the old ones stay valid for `overlap` at most, as senders switch over."""
    moment = clock.now()
    end = moment + overlap
    lasting = Q(expires_at=None) | Q(expires_at__gt=end)
    ShopSecret.objects.filter(lasting, shop=shop, source=source).update(expires_at=end)
    ShopSecret.objects.create(
        organization_id=shop.organization_id, shop=shop, source=source, sealed=secrets.seal(secret), created_at=moment
    )
    audit.record(shop.organization_id, actor, "secret.set", "shop", shop.id, source=source)


def shop_secrets(shop: Shop, source: str) -> list[str]:
    """The secrets of this source that are valid now, newest first."""
    rows = ShopSecret.objects.filter(shop=shop, source=source).order_by("-id")
    moment = clock.now()
    return [secrets.unseal(row.sealed) for row in rows if row.expires_at is None or row.expires_at > moment]


def add_member(
    organization: Organization,
    email: str,
    role: Role | str,
    password: str | None = None,
    name: str = "",
    *,
    actor: str = "cli",
) -> Member:
    """Give a person a place in the organization; the account is made when there is none yet.

    An account without a password waits for its owner, who sets one through "I forgot the password".
    """
    user = User.objects.filter(email=email.strip().lower()).first() or User.objects.create_user(
        email, password, name=name
    )
    with scope.organization(organization.id):
        member, _ = Member.objects.get_or_create(
            organization=organization, user=user, defaults={"role": str(role), "created_at": clock.now()}
        )
        audit.record(organization.id, actor, "member.added", "member", member.id, role=str(role))
    return member


@transaction.atomic
def remove_member(member_id: int, *, actor: str) -> bool:
    """Take a person's place away; the account stays. False when there is none of that id, or it is the last owner's."""
    member = Member.objects.select_for_update().filter(id=member_id).first()
    if member is None:
        return False
    owners = Member.objects.select_for_update().filter(role=Role.OWNER)
    if member.role == Role.OWNER and len(owners) < 2:
        return False
    audit.record(member.organization_id, actor, "member.removed", "member", member.id, role=member.role)
    member.delete()
    return True


def _key_hash(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


@transaction.atomic
def create_api_key(shop: Shop, name: str, verbs: list[str], *, actor: str) -> tuple[ApiKey, str]:
    """A new key and its text; the text is shown now and never again."""
    text = f"kaeru_{random.token_urlsafe(32)}"
    key = ApiKey.objects.create(
        organization_id=shop.organization_id,
        shop=shop,
        name=name,
        prefix=text[:12],
        key_hash=_key_hash(text),
        verbs=verbs,
        created_at=clock.now(),
    )
    audit.record(shop.organization_id, actor, "api_key.created", "api_key", key.id, verbs=verbs)
    return key, text


def find_api_key(text: str) -> ApiKey | None:
    """The living key of this text, or None. Notes the use at most once a minute."""
    with scope.everyone():
        key = ApiKey.objects.select_related("shop").filter(key_hash=_key_hash(text), revoked_at=None).first()
        moment = clock.now()
        if key is not None and (key.last_used_at is None or moment - key.last_used_at > timedelta(minutes=1)):
            ApiKey.objects.filter(id=key.id).update(last_used_at=moment)
    return key


@transaction.atomic
def revoke_api_key(key_id: int, *, actor: str) -> bool:
    """Close a key at once; False when there is none of that id in scope."""
    key = ApiKey.objects.filter(id=key_id, revoked_at=None).first()
    if key is None:
        return False
    ApiKey.objects.filter(id=key_id).update(revoked_at=clock.now())
    audit.record(key.organization_id, actor, "api_key.revoked", "api_key", key_id)
    return True


SHOP_FIELDS = frozenset(
    {
        "name", "site_url", "cart_url", "account_url", "notify_url", "color", "paper", "sender_name", "sender_mail",
        "postal_address", "contact", "staff_mail", "staff_language",
    }
)  # fmt: skip
"""What a shop says about itself and may change; slug, kind, currency and time zone are fixed when it is made."""


@transaction.atomic
def change_shop(shop: Shop, changes: dict[str, str], *, actor: str) -> Shop:
    """Change what the shop says about itself. Raises ValidationError, and KeyError for a field that is not the shop's to change."""
    unknown = changes.keys() - SHOP_FIELDS
    if unknown:
        raise KeyError(*sorted(unknown))
    changed = [name for name, value in changes.items() if getattr(shop, name) != value]
    for name in changed:
        setattr(shop, name, changes[name])
    shop.full_clean(exclude=["organization"], validate_unique=False, validate_constraints=False)
    if changed:
        shop.save(update_fields=changed)
        audit.record(shop.organization_id, actor, "shop.changed", "shop", shop.id, fields=sorted(changed))
    return shop


@transaction.atomic
def change_hours(shop: Shop, *, hours: Any, closed_on: Any, keeps_holidays: bool, actor: str) -> Shop:
    """When the shop is open: `hours` and `closed_on` as JSON (see `tenants.hours`). Raises HoursRefused."""
    wanted = {
        "hours": to_json(read_hours(hours)),
        "closed_on": sorted(day.isoformat() for day in read_days(closed_on)),
        "keeps_holidays": bool(keeps_holidays),
    }
    changed = [name for name, value in wanted.items() if getattr(shop, name) != value]
    for name in changed:
        setattr(shop, name, wanted[name])
    if changed:
        shop.save(update_fields=changed)
        audit.record(shop.organization_id, actor, "shop.hours_changed", "shop", shop.id, fields=sorted(changed))
        events.emit([events.News("shop.hours_changed", shop.organization_id, shop.id)])
    return shop


@transaction.atomic
def pause_shop(shop: Shop, *, actor: str, reason: str = "") -> bool:
    """Nothing is sent and nothing moves at this shop until it is resumed; nothing is lost. False when it is paused already."""
    return _switch_shop(shop, is_paused=True, actor=actor, detail={"reason": reason[:200]})


@transaction.atomic
def resume_shop(shop: Shop, *, actor: str) -> bool:
    """The shop goes on where it stopped. False when it is not paused."""
    return _switch_shop(shop, is_paused=False, actor=actor, detail={})


def _switch_shop(shop: Shop, *, is_paused: bool, actor: str, detail: dict[str, str]) -> bool:
    if not Shop.objects.filter(id=shop.id, is_paused=not is_paused).update(is_paused=is_paused):
        return False
    shop.is_paused = is_paused
    audit.record(shop.organization_id, actor, "shop.paused" if is_paused else "shop.resumed", "shop", shop.id, **detail)
    return True


@transaction.atomic
def pause_organization(owner: Organization, *, actor: str, reason: str = "") -> bool:
    """As `pause_shop`, for all shops of the organization at once."""
    return _switch_organization(owner, is_paused=True, actor=actor, detail={"reason": reason[:200]})


@transaction.atomic
def resume_organization(owner: Organization, *, actor: str) -> bool:
    """All shops that are not paused themselves go on where they stopped. False when it is not paused."""
    return _switch_organization(owner, is_paused=False, actor=actor, detail={})


def _switch_organization(owner: Organization, *, is_paused: bool, actor: str, detail: dict[str, str]) -> bool:
    if not Organization.objects.filter(id=owner.id, is_paused=not is_paused).update(is_paused=is_paused):
        return False
    owner.is_paused = is_paused
    verb = "organization.paused" if is_paused else "organization.resumed"
    with scope.organization(owner.id):
        audit.record(owner.id, actor, verb, "organization", owner.id, **detail)
    return True
