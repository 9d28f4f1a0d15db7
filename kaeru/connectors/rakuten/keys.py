"""The shop's key to RMS: serviceSecret and licenseKey, kept sealed as one text, and the days it lives. Pure."""

import base64
import json
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

LIVES = timedelta(days=90)
"""A licenseKey ends ninety days after it was made."""
ALARM_AFTER = timedelta(days=75)
"""When the shop is told to renew it."""
WAKES_WITHIN = timedelta(minutes=45)
"""After a renewal RMS lets nobody in for ten to thirty minutes; so long a refused key is believed to be a new one."""


@dataclass(frozen=True, slots=True)
class Key:
    """Both halves, and when they were entered here."""

    service_secret: str = field(repr=False)
    license_key: str = field(repr=False)
    entered_at: datetime | None = None

    @property
    def authorization(self) -> str:
        """What stands in the header of each call."""
        both = f"{self.service_secret}:{self.license_key}".encode()
        return f"ESA {base64.b64encode(both).decode()}"

    def may_still_wake(self, now: datetime) -> bool:
        """Whether a refusal may only mean that RMS does not know the new key yet."""
        return self.entered_at is not None and now - self.entered_at < WAKES_WITHIN

    def sealed_text(self) -> str:
        """As it is kept (the caller seals it)."""
        since = self.entered_at.isoformat() if self.entered_at else ""
        return json.dumps({"secret": self.service_secret, "key": self.license_key, "since": since})


def read(text: str) -> Key | None:
    """The opposite of `sealed_text`; None for what is no key."""
    try:
        told = json.loads(text)
        secret, key, since = str(told["secret"]), str(told["key"]), str(told.get("since", ""))
        return Key(secret, key, datetime.fromisoformat(since) if since else None) if secret and key else None
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def ends_on(made_on: date) -> date:
    """The last day of a licenseKey that was made on this day.

    >>> ends_on(date(2026, 9, 1))
    datetime.date(2026, 11, 29)
    """
    return made_on + LIVES - timedelta(days=1)
