"""Reads about a shop's LINE: how many friends it has, and how many of them have a card."""

from dataclasses import dataclass

from django.db.models import Count, Q

from kaeru.channels.line.models import FriendState, LineFriend


@dataclass(frozen=True, slots=True)
class Friends:
    """Counts of one account."""

    friends: int
    linked: int
    """Of the friends, with a customer's card."""
    blocked: int


def friends(shop_id: int) -> Friends:
    """One query."""
    is_friend = Q(state=FriendState.FRIEND)
    found = LineFriend.objects.filter(shop_id=shop_id).aggregate(
        friends=Count("id", filter=is_friend),
        linked=Count("id", filter=is_friend & Q(customer__isnull=False)),
        blocked=Count("id", filter=Q(state=FriendState.BLOCKED)),
    )
    return Friends(**found)
