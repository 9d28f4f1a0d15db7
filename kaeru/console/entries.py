"""One thing on a line of time, as every story shows it."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing on the line of time; `is_coming` when it has not happened yet."""

    at: datetime
    mark: str
    what: str
    why: list[str] = field(default_factory=list)
    tone: str = ""
    badge: str = ""
    big: str = ""
    href: str = ""
    action: str = ""
    is_coming: bool = False
