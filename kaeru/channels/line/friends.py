"""Friends: who added the account, who blocked it, how they are called, and whose card is theirs."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from kaeru.channels.line import accounts, rules
from kaeru.channels.line.client import Client, LineRefused
from kaeru.channels.line.models import FriendState, LineAccount, LineFriend
from kaeru.channels.line.rules import What
from kaeru.core import audit, clock, ids, scope, sql
from kaeru.customers.models import Consent, Customer, Identity
from kaeru.customers.rules import tidy_name

KIND = "line"
"""The kind of identity that pushes are written to."""


def known(organization_id: int, shop_id: int, user_id: str, at: datetime) -> LineFriend:
    """The friend of this id, made when we hear of them for the first time."""
    friend, _ = LineFriend.objects.get_or_create(
        shop_id=shop_id, user_id=user_id, defaults={"id": ids.new_id(), "organization_id": organization_id, "since": at}
    )
    return friend


def stands(friend: LineFriend, state: FriendState, at: datetime) -> bool:
    """They added or blocked the account at this moment of LINE's clock. False when something newer is known already."""
    if at < friend.since:
        return False
    LineFriend.objects.filter(id=friend.id, since__lte=at).update(state=state, since=at)
    friend.state, friend.since = state, at
    return True


@transaction.atomic
def bind(friend: LineFriend, customer_id: int, *, actor: str, how: str) -> None:
    """This friend is that customer: their messages go to LINE from now on. Whoever was linked to either before is not any more.

    The caller has the proof; `how` says which (nonce | id_token | new_card). Who adds an account as a friend agrees to what it sends,
    offers too, until they block it or stop the offers: that is kept as their consent, but a no that they said before stays a no.
    """
    customer = Customer.objects.get(id=customer_id, shop_id=friend.shop_id)
    LineFriend.objects.filter(shop_id=friend.shop_id, customer_id=customer_id).exclude(id=friend.id).update(
        customer=None
    )
    Identity.objects.filter(shop_id=friend.shop_id, kind=KIND, value=friend.user_id).exclude(
        customer_id=customer_id
    ).delete()
    Identity.objects.update_or_create(
        customer_id=customer_id,
        kind=KIND,
        defaults={"value": friend.user_id},
        create_defaults={
            "id": ids.new_id(),
            "organization_id": friend.organization_id,
            "shop_id": friend.shop_id,
            "value": friend.user_id,
        },
    )
    LineFriend.objects.filter(id=friend.id).update(customer=customer)
    friend.customer = customer
    Consent.objects.get_or_create(
        customer_id=customer_id,
        channel=KIND,
        defaults={
            "id": ids.new_id(),
            "organization_id": friend.organization_id,
            "basis": "opt_in",
            "source": "line_friend",
            "granted_at": clock.now(),
        },
    )
    audit.record(friend.organization_id, actor, "line.linked", "customer", customer_id, how=how)


@transaction.atomic
def unbind(customer_id: int, *, actor: str) -> bool:
    """Nothing more goes to the customer's LINE; false when there is no link."""
    gone, _ = Identity.objects.filter(customer_id=customer_id, kind=KIND).delete()
    found = LineFriend.objects.filter(customer_id=customer_id)
    friend = found.first()
    found.update(customer=None)
    if friend is not None:
        audit.record(friend.organization_id, actor, "line.unlinked", "customer", customer_id)
    return bool(gone or friend)


@transaction.atomic
def card_of(friend: LineFriend, *, actor: str = "customer") -> int:
    """The friend's card, made when they have none: for somebody who books in LINE and was never here. Returns its id."""
    fresh = LineFriend.objects.select_for_update().get(id=friend.id) if sql.is_postgres() else friend
    if fresh.customer_id is not None:
        friend.customer_id = fresh.customer_id
        return fresh.customer_id
    customer = Customer.objects.create(
        id=ids.new_id(),
        organization_id=friend.organization_id,
        shop_id=friend.shop_id,
        name=tidy_name(fresh.name),
        language=fresh.language,
        created_at=clock.now(),
    )
    bind(friend, customer.id, actor=actor, how="new_card")
    return customer.id


def reachable(customer_ids: Iterable[int]) -> set[int]:
    """Those of the customers to whom a push can go now: linked, not blocked, and the shop's account works. One query."""
    asked = set(customer_ids)
    if not asked:
        return set()
    accounts_on = LineAccount.objects.filter(is_on=True).exclude(sealed_token=None).values("shop_id")
    found = LineFriend.objects.filter(
        customer_id__in=sql.keys(asked), state=FriendState.FRIEND, shop_id__in=accounts_on
    ).values_list("customer_id", flat=True)
    return set(found)


def of_customer(customer_id: int) -> LineFriend | None:
    """The customer in LINE, blocked ones too."""
    return LineFriend.objects.filter(customer_id=customer_id).first()


def look(limit: int) -> int:
    """Ask LINE for name and language of up to `limit` new friends; returns how many were asked for."""
    with scope.everyone():
        rows = list(LineFriend.objects.filter(looked_at=None, state=FriendState.FRIEND).order_by("id")[:limit])
        if not rows:
            return 0
        found = {
            account.shop_id: account
            for account in LineAccount.objects.filter(shop_id__in={row.shop_id for row in rows}, is_on=True)
        }
        client = Client()
        try:
            for row in rows:
                _look(client, row, found.get(row.shop_id))
        finally:
            client.close()
    return len(rows)


def _look(client: Client, row: LineFriend, account: LineAccount | None) -> None:
    """What cannot be had now stays unknown: it is only a name."""
    told: dict[str, object] = {"looked_at": clock.now()}
    token = accounts.token_of(account) if account else ""
    if token:
        try:
            profile = client.profile(token, row.user_id)
        except LineRefused as no:
            if no.told.what in (What.DOWN, What.RATE, What.CONCURRENT):
                return
        else:
            told["name"] = tidy_name(str(profile.get("displayName") or ""))[:100]
            told["language"] = rules.language_of(str(profile.get("language") or ""))
    LineFriend.objects.filter(id=row.id).update(**told)
    if row.customer_id is not None and told.get("name"):
        Customer.objects.filter(id=row.customer_id, name="").update(name=told["name"], language=told["language"])
