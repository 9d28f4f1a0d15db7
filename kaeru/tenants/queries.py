"""Reads for screens: people, keys and secrets of an organization. Secrets themselves are never read for a screen."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from kaeru.core.calendar import Calendar
from kaeru.tenants.hours import calendar_of
from kaeru.tenants.models import ApiKey, Member, Role, Shop, ShopSecret


@dataclass(frozen=True, slots=True)
class SecretInfo:
    """That a secret exists and since when; not what it is."""

    source: str
    set_at: datetime


def members() -> QuerySet[Member]:
    """Everybody with a place in the organization."""
    return Member.objects.select_related("user").order_by("id")


def actor_names(actors: Iterable[str]) -> dict[str, str]:
    """Names of the members among these actors (`member:12`); one query, none without members."""
    keys = {
        int(number): actor
        for actor in actors
        if (number := actor.removeprefix("member:")) != actor and number.isdecimal()
    }
    rows = Member.objects.filter(id__in=keys).select_related("user") if keys else ()
    return {keys[row.id]: row.user.name or row.user.email for row in rows}


def api_keys(shop: Shop) -> QuerySet[ApiKey]:
    """The shop's keys, the living ones first."""
    return ApiKey.objects.filter(shop=shop).order_by("revoked_at", "-created_at", "-id")


def secrets_of(shop: Shop) -> dict[str, SecretInfo]:
    """Which secrets the shop has, by source."""
    rows = ShopSecret.objects.filter(shop=shop, expires_at=None).order_by("id")
    return {row.source: SecretInfo(row.source, row.created_at) for row in rows}


def calendars(shop_ids: Iterable[int]) -> dict[int, Calendar]:
    """Opening hours and holidays by shop; one query. Shops out of scope are missing."""
    rows = Shop.objects.filter(id__in=set(shop_ids)).values_list(
        "id", "timezone", "hours", "closed_on", "keeps_holidays"
    )
    return {shop_id: calendar_of(*columns) for shop_id, *columns in rows}


def staff_mails(shops: Iterable[Shop]) -> dict[int, str]:
    """Where notes to the staff go, by shop: the shop's own address for them, else its first owner's; at most one query."""
    every = {shop.id: shop for shop in shops}
    without = {shop.organization_id for shop in every.values() if not shop.staff_mail}
    owners = Member.objects.filter(organization_id__in=without, role=Role.OWNER).order_by("-id")
    first = dict(owners.values_list("organization_id", "user__email")) if without else {}
    found = {shop.id: shop.staff_mail or first.get(shop.organization_id, "") for shop in every.values()}
    return {shop_id: address for shop_id, address in found.items() if address}


NOT_PAUSED = (
    "NOT EXISTS (SELECT 1 FROM tenants_shop p JOIN tenants_organization o ON o.id = p.organization_id"
    " WHERE p.id = {shop} AND (p.is_paused OR o.is_paused))"
)
"""For claims in hand-written SQL: the shop in the column `{shop}` is not paused, nor is its organization."""
