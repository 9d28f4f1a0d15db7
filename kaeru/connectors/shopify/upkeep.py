"""Looking after connections to Shopify: every day, and at once after an install, are the webhooks there, and what changed meanwhile?"""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from kaeru.connectors import connecting
from kaeru.connectors.base import Access, Barred, Busy
from kaeru.connectors.errors import Unreadable
from kaeru.connectors.gate.reach import way
from kaeru.connectors.models import Connection
from kaeru.connectors.reading import moment, part, rows, text
from kaeru.connectors.shopify import asked, client, install, scopes, subscriptions
from kaeru.core import clock, http, pause, scope
from kaeru.orders import actions as orders
from kaeru.orders.refunds import mirror_refunds
from kaeru.tenants.actions import shop_secrets
from kaeru.tenants.models import Shop

SOURCE = "shopify"
EVERY = timedelta(hours=24)
LEASE_SECONDS = 600.0
"""Longer than one look takes."""
SOON_SECONDS = 600.0
"""After nobody answered."""
FIRST_REACH = timedelta(days=60)
"""How far the first catching up goes back; older orders need a permission that Shopify gives to few."""
OVERLAP = timedelta(minutes=10)
"""Asked for again, since Shopify's search lags behind its orders."""
MOST_PAGES = 6
"""In one turn, so that changes which wait for the same line are not held up; the rest follows in the next."""
REST = "rest"
"""Where in `Connection.upkeep` the place of the next page is kept."""

log = logging.getLogger(__name__)


def look(limit: int) -> int:
    """Look after up to `limit` connections that are due; returns how many."""
    return 0 if pause.is_paused() else _each("look_at", limit, _look)


def catch_up(limit: int) -> int:
    """Ask for what changed at up to `limit` connections that are due; returns how many."""
    return 0 if pause.is_paused() else _each("catch_up_at", limit, _catch_up)


def _each(column: str, limit: int, work: Any) -> int:
    done = 0
    for row in connecting.due(SOURCE, column, limit):
        mark = clock.in_real_seconds(LEASE_SECONDS)
        if connecting.claim(row, column, mark):
            connecting.note(row, _tried(row, column, work), **{column: mark})
            done += 1
    return done


def _tried(row: Connection, column: str, work: Any) -> Mapping[str, Any]:
    """What is to be noted, whatever happened."""
    try:
        with scope.organization(row.organization_id):
            access = way(row)
            found: Mapping[str, Any] = work(row, access)
            return found
    except Busy as busy:
        return {column: clock.in_real_seconds(busy.seconds)}
    except http.Unanswered:
        return {column: clock.in_real_seconds(SOON_SECONDS)}
    except Barred as barred:
        if row.problem == "uninstalled" and barred.why in connecting.CLOSED:
            connecting.withdrawn(row)
        return {column: clock.now() + EVERY, "problem": barred.why, "checked_at": clock.now()}
    except client.Refused as no:
        return {column: clock.now() + EVERY, "problem": f"refused: {no.words}"[:300], "checked_at": clock.now()}
    except ValueError as failure:  # a token that cannot be unsealed, an answer that cannot be read
        log.error("connection %s: %s", row.id, failure)
        return {column: clock.now() + EVERY, "problem": "not_understood", "checked_at": clock.now()}


def address(shop: Shop) -> str:
    """Where this shop's webhooks come to."""
    return f"{settings.KAERU_BASE_URL}{subscriptions.OURS}{shop.public_key}"


def _look(row: Connection, access: Access) -> Mapping[str, Any]:
    found = client.ask(access, "installation", {})
    granted = install.granted(found)
    lacking, problem = scopes.missing(granted), ""
    made, dropped = 0, 0
    where = address(row.shop)
    if text(part(found.get("shop")).get("currencyCode"), 3) != row.shop.currency:
        problem = "other_currency"
    elif not where.startswith("https://"):
        problem = "not_public"
    elif not shop_secrets(row.shop, SOURCE) and row.client_id != settings.KAERU_SHOPIFY_CLIENT_ID:
        problem = "no_secret"
    else:
        done = subscriptions.keep(access, where)
        made, dropped = len(done.make), len(done.drop)
    if not problem and lacking:
        problem = "missing_scope"
    noted = {**row.upkeep, "made": made, "dropped": dropped, "lacking": lacking}
    now = clock.now()
    return {"scopes": granted, "problem": problem, "upkeep": noted, "checked_at": now, "look_at": now + EVERY}


def _catch_up(row: Connection, access: Access) -> Mapping[str, Any]:
    """Pages of what changed, oldest first; each page is kept before the next is asked for."""
    begun = clock.now()
    if row.problem in connecting.CLOSED:
        return {"catch_up_at": begun + EVERY}
    since = row.caught_up_to or row.installed_at - FIRST_REACH
    rest = part(row.upkeep.get(REST))
    query, after = text(rest.get("query"), 200), text(rest.get("after"), 500) or None
    if not (query and after):
        query, after = f"updated_at:>='{(since - OVERLAP).isoformat()}'", None
    reached = since
    for _ in range(MOST_PAGES):
        page = part(client.ask(access, "orders_changed", {"query": query, "after": after}).get("orders"))
        nodes = rows(page.get("nodes"))
        _mirror(row, access, nodes)
        for node in nodes:
            reached = max(reached, moment(node.get("updatedAt"), "updatedAt"))
        after = text(part(page.get("pageInfo")).get("endCursor"), 500)
        is_over = not part(page.get("pageInfo")).get("hasNextPage") or not after
        row.upkeep = {**row.upkeep, REST: {} if is_over else {"query": query, "after": after}}
        connecting.note(row, {"caught_up_to": reached, "upkeep": row.upkeep})
        if is_over:
            return {"catch_up_at": begun + EVERY, **({} if rest else {"caught_up_to": max(reached, begun)})}
    return {"catch_up_at": begun}


def _mirror(row: Connection, access: Access, nodes: list[Mapping[str, Any]]) -> None:
    """What was done before Kaeru was let in is the past: counted, but nobody is written to because of it."""
    told, given = [], []
    for node in nodes:
        try:
            told.append(asked.order_of(node, _lines(access, node)))
            given += asked.refunds_of(node)
        except Unreadable as failure:
            log.error("an order of shop %s cannot be read: %s", row.shop_id, failure)
    for is_history in (True, False):
        some = [one for one in told if _is_past(one.updated_at, row) == is_history]
        if some:
            orders.mirror(row.shop, some, is_history=is_history)
        back = [one for one in given if _is_past(one.refunded_at, row) == is_history]
        if back:
            mirror_refunds(row.shop, back, is_history=is_history)


def _is_past(at: datetime, row: Connection) -> bool:
    return at < row.installed_at


def _lines(access: Access, node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """All lines of it, also of a long order."""
    page = part(node.get("lineItems"))
    found = rows(page.get("nodes"))
    while part(page.get("pageInfo")).get("hasNextPage"):
        after = text(part(page.get("pageInfo")).get("endCursor"), 500)
        order = part(client.ask(access, "order_lines", {"id": node.get("id"), "after": after}).get("order"))
        page = part(order.get("lineItems"))
        found += rows(page.get("nodes"))
        if not page:
            break
    return found
