"""How many LINE messages the month still has for this salon. What a preview says and what a wave may send is the same number."""

from kaeru.channels.line import accounts
from kaeru.messages.models import Message

ON_THE_WAY = ("waiting", "claimed", "sending")


def messages_left(shop_id: int, *, fresh: bool = True) -> int | None:
    """What LINE says is left, less what waits in the outbox; None: no limit is known, or there is no account. Never below 0.

    `fresh`: LINE is asked when that was not done within a minute; call it outside of transactions then.
    """
    found = accounts.room(shop_id, fresh=fresh)
    if found is None or found.left is None:
        return None
    waiting = Message.objects.filter(shop_id=shop_id, channel="line", state__in=ON_THE_WAY).count()
    return max(0, found.left - waiting)
