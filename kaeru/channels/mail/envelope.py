"""The mail as bytes: one recipient, headers that nobody can write into, both parts in base64 UTF-8."""

import ipaddress
import re
from dataclasses import dataclass
from email.header import Header
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.policy import compat32
from email.utils import format_datetime
from urllib.parse import urlsplit

from django.conf import settings

from kaeru.channels.base import File, Letter, Worded

_SPACES = re.compile(r"[\x00-\x20\x7f\x85\u2028\u2029]+")
_PLAIN_MAIL = re.compile(r"[^\s@<>()\[\],;:\\\"]+@[^\s@<>()\[\],;:\\\"]+")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9 !#$%&'*+/^_`{|}~-]+")
_POLICY = compat32.clone(linesep="\r\n", max_line_length=78)


class BadAddress(ValueError):
    """Not one address that mail can be sent to."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who a mail is from."""

    name: str
    address: str


def one_line(text: str) -> str:
    """Header text: whatever would end or fold a line becomes one space."""
    return _SPACES.sub(" ", text).strip()


def address(text: str) -> str:
    """One plain address, its domain in ASCII. Raises BadAddress for anything else."""
    if not _PLAIN_MAIL.fullmatch(text) or len(text) > 254:
        raise BadAddress("not one mail address")
    local, _, domain = text.rpartition("@")
    try:
        ascii_domain = domain.encode("idna").decode() if not domain.isascii() else domain
    except UnicodeError:
        raise BadAddress("the domain cannot be written in ASCII") from None
    if not local.isascii():
        raise BadAddress("the part before @ is not ASCII, which few mail servers take")
    return f"{local}@{ascii_domain}"


def sender_of(letter: Letter) -> Sender:
    """The shop as it calls itself; its mails come from the installation's address until it has one of its own."""
    shop = letter.shop
    return Sender(one_line(shop.sender_name or shop.name), address(shop.sender_mail or settings.DEFAULT_FROM_EMAIL))


def message_id(letter: Letter) -> str:
    """`<key@host>`: the same for each attempt, so that a mail that arrives twice can be told as one."""
    host = urlsplit(settings.KAERU_BASE_URL).hostname or "kaeru.invalid"
    try:
        ipaddress.ip_address(host)
        host = "kaeru.localdomain"
    except ValueError:
        pass
    return f"<{letter.key}@{host}>"


def extra_headers(letter: Letter) -> dict[str, str]:
    """Headers beside From, To and Subject. An advertisement can be stopped by the mail program itself (RFC 8058)."""
    headers = {
        "Message-ID": message_id(letter),
        "Date": format_datetime(letter.at),
        "Auto-Submitted": "auto-generated",
        "Content-Language": letter.language,
    }
    if _PLAIN_MAIL.fullmatch(letter.shop.contact) and letter.shop.contact != letter.shop.sender_mail:
        headers["Reply-To"] = letter.shop.contact
    if letter.is_advertisement and letter.unsubscribe_url:
        headers["List-Unsubscribe"] = f"<{one_line(letter.unsubscribe_url)}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def encoded(text: str) -> str:
    """Header text in ASCII: as it is, or as encoded words of at most 75 characters (RFC 2047)."""
    line = one_line(text)
    if line.isascii() and "=?" not in line:
        return line
    return " ".join(Header(line, "utf-8", maxlinelen=75, header_name="X" * 10).encode().split())


def from_header(sender: Sender) -> str:
    """`name <address>`."""
    if not sender.name:
        return sender.address
    if sender.name.isascii() and "=?" not in sender.name:
        quoted = sender.name.replace("\\", "\\\\").replace('"', '\\"')
        name = sender.name if _PLAIN_NAME.fullmatch(sender.name) else f'"{quoted}"'
    else:
        name = encoded(sender.name)
    return f"{name} <{sender.address}>"


def _file(one: File) -> MIMEApplication:
    part = MIMEApplication(one.content, one.media.partition("/")[2], policy=_POLICY)
    part.add_header("Content-Disposition", "attachment", filename=one.name)
    return part


def as_bytes(letter: Letter, worded: Worded) -> bytes:
    """The whole mail with CRLF line ends. Raises BadAddress."""
    words = MIMEMultipart("alternative", policy=_POLICY)
    mail = MIMEMultipart("mixed", policy=_POLICY) if letter.files else words
    mail["From"] = from_header(sender_of(letter))
    mail["To"] = address(letter.address)
    mail["Subject"] = encoded(worded.subject)
    for name, value in extra_headers(letter).items():
        mail[name] = value
    words.attach(MIMEText(worded.text, "plain", "utf-8", policy=_POLICY))
    words.attach(MIMEText(worded.html, "html", "utf-8", policy=_POLICY))
    for part in (words, *map(_file, letter.files)) if letter.files else ():
        mail.attach(part)
    return mail.as_bytes(policy=_POLICY)
