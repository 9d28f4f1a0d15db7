"""Who is held out: a lot that is drawn from the customer's key, so that it falls the same way wherever and whenever it is drawn.

Bucket = the first 8 bytes (big endian) of SHA-256(salt U+001F scenario U+001F customer), mod 10,000; held out if it lies below the
number of basis points that are held. More held out contains fewer held out: when the holdout shrinks, nobody goes from treated to held.
"""

from hashlib import sha256
from typing import Literal

BUCKETS = 10_000
APART = "\x1f"
TAPER = ((200, 5000), (600, 2000))
"""(before so many units, basis points held): half until there are 200, a fifth until there are 600."""
AT_LAST = 1000
"""Basis points held from then on."""

Arm = Literal["held", "treated"]


def bucket(salt: str, scenario: str, customer: str) -> int:
    """0 to 9,999; the same for the same three texts, on any machine."""
    drawn = sha256(APART.join((salt, scenario, customer)).encode()).digest()
    return int.from_bytes(drawn[:8], "big") % BUCKETS


def taper(units_before: int) -> int:
    """Basis points held when so many units were assigned before this one: 5000, 2000, then 1000."""
    return next((held for below, held in TAPER if units_before < below), AT_LAST)


def arm(bucket: int, bp: int) -> Arm:
    """Whether this bucket is held out when `bp` basis points are. Raises ValueError outside of 0 to 10,000."""
    if not 0 <= bp <= BUCKETS:
        raise ValueError(f"basis points are between 0 and {BUCKETS}, not {bp}")
    return "held" if bucket < bp else "treated"


def probability(bp: int) -> float:
    """The probability to be treated: stored with the unit when it is assigned, never worked out again."""
    return (BUCKETS - bp) / BUCKETS
