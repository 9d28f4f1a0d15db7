"""What a shop says about preventing cancellations, and what a shop that said nothing is taken to say."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction

from kaeru.core import audit
from kaeru.marketplaces.dispatch import notice_texts
from kaeru.marketplaces.dispatch.models import PreventionTerms
from kaeru.messages import guarding
from kaeru.messages.errors import TextsRefused
from kaeru.messages.texts import check_texts
from kaeru.tenants.models import Shop

BY_THEMSELVES = ("date_set", "ready", "shipped")
"""Kinds that may go by themselves; of a delay a person tells."""


@dataclass(frozen=True, slots=True)
class Terms:
    """See `models.PreventionTerms`. Notices are off until the shop switches them on: its own system may send them already."""

    tells: bool = True
    notices: frozenset[str] = frozenset()
    texts: Mapping[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)
    shares_stock: bool = True

    def words(self, kind: str) -> dict[str, dict[str, str]]:
        """The texts of a kind in both languages, the shop's own where it has some."""
        own = self.texts.get(kind, {})
        return {language: dict(own.get(language) or notice_texts.text(kind, language)) for language in ("ja", "en")}


def terms_of(shop_ids: Collection[int]) -> dict[int, Terms]:
    """How these shops prevent cancellations; one query."""
    known = {
        row.shop_id: Terms(row.tells, frozenset(row.notices), row.texts, row.shares_stock)
        for row in PreventionTerms.objects.filter(shop_id__in=set(shop_ids))
    }
    return {shop_id: known.get(shop_id, Terms()) for shop_id in shop_ids}


@transaction.atomic
def set_terms(
    shop: Shop, *, tells: bool, notices: Collection[str], texts: Mapping[str, Any], shares_stock: bool, actor: str
) -> None:
    """What the shop says from here on. Words that are the house's own are not kept, so that better ones reach the shop.

    Raises TextsRefused with what to mend, the guard's findings among it.
    """
    kept: dict[str, dict[str, dict[str, str]]] = {}
    problems = []
    for kind in notice_texts.KINDS:
        told = {language: _plain(texts.get(kind, {}).get(language)) for language in ("ja", "en")}
        own = {language: one for language, one in told.items() if one and one != notice_texts.text(kind, language)}
        if not own:
            continue
        problems += refused(shop, own)
        kept[kind] = own
    if problems:
        raise TextsRefused(problems)
    chosen = [kind for kind in BY_THEMSELVES if kind in notices]
    PreventionTerms.objects.update_or_create(
        shop=shop,
        defaults={
            "organization_id": shop.organization_id,
            "tells": tells,
            "notices": chosen,
            "texts": kept,
            "shares_stock": shares_stock,
        },
    )
    audit.record(
        shop.organization_id, actor, "prevention.set", "shop", shop.id, tells=tells, notices=chosen,
        own_words=sorted(kept), shares_stock=shares_stock,
    )  # fmt: skip


def _plain(told: Any) -> dict[str, str]:
    """Subject and body of a form, with plain line ends; empty without a body."""
    if not isinstance(told, Mapping) or not str(told.get("body") or "").strip():
        return {}
    return {part: str(told.get(part) or "").replace("\r\n", "\n").strip() for part in ("subject", "body")}


def refused(shop: Shop, texts: Mapping[str, Any]) -> list[Any]:
    """What keeps these texts of a notice from being sent: what is broken in them, else what the guard blocks. Warnings do not."""
    found = check_texts(dict(texts), "notice", notice_texts.ALLOWED)
    if found:
        return found
    judged = guarding.check(texts, "notice", side="shop", but=guarding.overruled(shop.id))
    return [one for one in judged if not one.is_warning]
