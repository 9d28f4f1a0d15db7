"""How long the links in a scenario's mails work."""

from datetime import datetime, timedelta

from kaeru.core import clock

LINK_DAYS = 60


def expires_at() -> datetime:
    """When a link made now stops working."""
    return clock.now() + timedelta(days=LINK_DAYS)
