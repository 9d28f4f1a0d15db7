"""The folder of caught mails, as people read it: newest first, decoded."""

import re
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr
from functools import lru_cache
from pathlib import Path

_KEY = re.compile(r"[0-9]{20}-[0-9]{6}")


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail in the folder."""

    key: str
    to: str
    sender: str
    sender_name: str
    subject: str
    sent_at: datetime | None
    text: str
    html: str
    headers: tuple[tuple[str, str], ...]

    @property
    def first_words(self) -> str:
        """The beginning of the text, on one line."""
        return " ".join(self.text.split())[:90]


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    if part is None:
        return ""
    content = part.get_content()
    return content if isinstance(content, str) else ""


@lru_cache(maxsize=2000)
def _read(path: Path) -> Mail:
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)
    name, sender = parseaddr(str(message.get("From", "")))
    date = message.get("Date")
    return Mail(
        key=path.stem,
        to=str(message.get("X-Inbox-To", "")),
        sender=sender,
        sender_name=name or sender,
        subject=str(message.get("Subject", "")),
        sent_at=getattr(date, "datetime", None),
        text=_part(message, "plain"),
        html=_part(message, "html"),
        headers=tuple((key, str(value)) for key, value in message.items() if key != "X-Inbox-To"),
    )


def mails(folder: Path, to: str = "", limit: int = 200) -> list[Mail]:
    """The newest mails, of one address when `to` is given."""
    found: list[Mail] = []
    for path in sorted(folder.glob("*.eml"), reverse=True):
        mail = _read(path)
        if not to or to.lower() in mail.to.lower().split(", "):
            found.append(mail)
            if len(found) == limit:
                break
    return found


def mail(folder: Path, key: str) -> Mail | None:
    """One mail, or None."""
    path = folder / f"{key}.eml"
    return _read(path) if _KEY.fullmatch(key) and path.is_file() else None
