"""The cast, the same in every test.

Aoi owns Kotori (小鳥雑貨店), Bunta works there as operator, Mei may only look; Chika owns another organization with a
shop of its own and must never see anything of Kotori's.
"""

from dataclasses import dataclass

from django.test import Client

from kaeru.tenants.models import Member, Organization, Role, Shop
from tests import builders


@dataclass(frozen=True, slots=True)
class Person:
    """A member and the browser they sit at."""

    member: Member

    def browser(self, *, csrf: bool = False) -> Client:
        """A signed-in client; with `csrf` it enforces page tokens as a real browser meets them."""
        client = Client(enforce_csrf_checks=csrf)
        client.force_login(self.member.user)
        return client


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody, with their shops."""

    organization: Organization
    kotori: Shop
    aoi: Person
    bunta: Person
    mei: Person
    other_organization: Organization
    other_shop: Shop
    chika: Person


def gather() -> Cast:
    """Put the cast on the stage (writes rows)."""
    ours, theirs = builders.organization("kotori", "小鳥雑貨店"), builders.organization("chidori", "千鳥商会")
    return Cast(
        organization=ours,
        kotori=builders.shop(ours, "kotori", "小鳥雑貨店"),
        aoi=Person(builders.member(ours, "aoi@example.com", Role.OWNER, "青井 葵")),
        bunta=Person(builders.member(ours, "bunta@example.com", Role.OPERATOR, "文太")),
        mei=Person(builders.member(ours, "mei@example.com", Role.VIEWER, "芽衣")),
        other_organization=theirs,
        other_shop=builders.shop(theirs, "chidori", "千鳥商会"),
        chika=Person(builders.member(theirs, "chika@example.com", Role.OWNER, "千佳")),
    )
