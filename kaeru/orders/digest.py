"""Whether two tellings of an order say the same."""

import hashlib
from itertools import chain
from operator import attrgetter, itemgetter

from kaeru.orders.rules import LineRecord, OrderRecord

_own = attrgetter(
    "number", "placed_at", "currency", "total", "customer", "subtotal", "shipping_fee", "discount", "payment_kind", "sales_channel",
    "cancelled_at", "cancel_reason", "cancel_side", "shipped_at", "tracking", "coupon_codes", "reorder_ref",
)  # fmt: skip
_malls = attrgetter(
    "paid_at", "dispatch_by", "wished_on", "wished_slot", "mall_state", "cancel_asked_at", "is_reserved"
)
_NOTHING = (None, None, None, "", "", None, False)
_tags = itemgetter(LineRecord._fields.index("tags"))
_untagged = itemgetter(slice(LineRecord._fields.index("tags")))


def digest(record: OrderRecord) -> bytes:
    """16 bytes over everything but the time of the telling. The lines are laid end to end: one flat repr is the fastest.

    Tags, and what only malls tell, count only where there are some, so that orders known from before are still the same.
    """
    lines = record.lines if any(map(_tags, record.lines)) else map(_untagged, record.lines)
    mall = _malls(record)
    own = _own(record) if mall == _NOTHING else (*_own(record), *mall)
    state = repr((own, list(chain.from_iterable(lines))))
    return hashlib.blake2b(state.encode(), digest_size=16).digest()
