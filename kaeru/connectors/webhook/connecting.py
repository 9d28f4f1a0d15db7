"""Verb: ask an own shop's system what it carries out, and keep the answer as its connection."""

from typing import Literal

from django.db import transaction

from kaeru.connectors.base import Access, Barred, Busy
from kaeru.connectors.models import Connection
from kaeru.connectors.webhook.writer import hello
from kaeru.core import audit, clock, http
from kaeru.tenants.actions import shop_secrets
from kaeru.tenants.models import Shop

Found = Literal["connected", "listens_only", "no_address", "unanswered", "not_let_in"]


def check(shop: Shop, *, actor: str) -> Found:
    """Ask the shop's system now; call it outside of any transaction.

    connected: it carries out changes · listens_only: it takes calls, but carries out nothing · no_address: Kaeru knows no address
    or has no secret for it · unanswered · not_let_in: it takes the signature for a stranger's.
    """
    access = Access(shop.id, shop.notify_url, shop_secrets(shop, "notify"), shop.currency)
    if not access.account or not access.secrets:
        return "no_address"
    try:
        kinds = hello(access)
    except Barred:
        return _keep_problem(shop, "not_let_in")
    except (http.Unanswered, http.EgressRefused, Busy):
        return _keep_problem(shop, "unanswered")
    connect(shop, kinds, actor=actor)
    return "connected" if kinds else "listens_only"


@transaction.atomic
def connect(shop: Shop, kinds: list[str], *, actor: str) -> None:
    """Keep which kinds of changes the shop's system carries out; none ends the connection."""
    moment = clock.now()
    mine = Connection.objects.filter(shop=shop, source="webhook", removed_at=None)
    known = list(mine.values_list("scopes", flat=True))
    if not kinds:
        mine.update(removed_at=moment)
    elif known:
        mine.update(scopes=kinds, checked_at=moment, problem="")
    else:
        Connection.objects.create(
            organization_id=shop.organization_id, shop=shop, source="webhook", scopes=kinds, installed_at=moment, checked_at=moment
        )  # fmt: skip
    if known != ([kinds] if kinds else []):
        audit.record(shop.organization_id, actor, "connection.checked", "shop", shop.id, source="webhook", kinds=kinds)


def _keep_problem(shop: Shop, problem: Literal["unanswered", "not_let_in"]) -> Found:
    Connection.objects.filter(shop=shop, source="webhook", removed_at=None).update(
        problem=problem, checked_at=clock.now()
    )
    return problem
