"""Links: whether they lead where they say, whether they imitate somebody, and what they give away."""

import re
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from kaeru.messages.guard import lookalikes
from kaeru.messages.guard.page import Page
from kaeru.messages.guard.text import Hit, Rule

_ADDRESS = re.compile(
    r"(?:https?|ｈｔｔｐｓ?)[:：]//[^\s<>\"'「」『』（）、。)\]]+|\bwww\.[^\s<>\"'「」『』（）、。)\]]+"
)
_SAYS_HOST = re.compile(r"(?:https?://)?((?:[\w-]+\.)+[a-z]{2,}|xn--[\w.-]+)(?=[/:?#\s]|$)", re.IGNORECASE)
_MARKDOWN = re.compile(r"\[([^\]\n]{1,200})\]\((https?://[^)\s]+)\)")
_NUMERIC = re.compile(r"^(?:\d{1,3}\.){3}\d{1,3}$|^\[|^0x|^\d{8,10}$")
_BRANDS = {
    "rakuten": ("rakuten.co.jp", "rakuten.com", "rakuten.ne.jp", "rakuten-card.co.jp", "rakuten-bank.co.jp", "r10s.jp"),
    "amazon": ("amazon.co.jp", "amazon.com", "amazonaws.com", "amazonpay.com", "amazon.jobs"),
    "qoo10": ("qoo10.jp", "qoo10.com"),
    "yahoo": ("yahoo.co.jp", "yahoo.com"),
    "paypay": ("paypay.ne.jp", "paypay-bank.co.jp"),
    "paypal": ("paypal.com", "paypal.me"),
    "mercari": ("mercari.com",),
    "shopify": ("shopify.com", "myshopify.com", "shopifysvc.com"),
    "zozo": ("zozo.jp",),
    "kuronekoyamato": ("kuronekoyamato.co.jp",),
    "sagawa": ("sagawa-exp.co.jp",),
    "apple": ("apple.com",),
    "google": ("google.com", "google.co.jp"),
    "mastercard": ("mastercard.com", "mastercard.co.jp"),
    "docomo": ("docomo.ne.jp",),
    "softbank": ("softbank.jp", "softbank.ne.jp"),
}  # fmt: skip
_DIGITS = str.maketrans("013457", "oieast")
_TWO_PARTS = {"co", "ne", "or", "ac", "go", "com", "net", "org", "gr", "ed", "lg"}
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")
_PHONE = re.compile(r"(?<![\d-])(?:\+81[ -]?\d|0\d)\d{0,3}[-ー－ ]?\d{2,4}[-ー－ ]?\d{3,4}(?![\d-])")
_POSTAL = re.compile(
    r"〒\s?\d{3}-?\d{4}|(?:東京都|北海道|(?:京都|大阪)府|\w{2,3}県)\S{1,12}(?:市|区|町|村|郡)\S*\d"
    r"|\d{1,4} [A-Z][a-z]+ (?:Street|St|Road|Rd|Avenue|Ave)\b"
)
_FULL_NAME = re.compile(r"[一-鿿]{2,4}[ 　][一-鿿ぁ-んァ-ヶ]{1,4}\s?様")
_TELLING = re.compile(
    r"[?&;#](?:[\w-]*(?:e?mail|phone|tel|mobile|birth|address|addr|zip|postal|passw|card)[\w-]*"
    r"|(?:first|last|full|customer|user)?_?name|namae|shimei|jusho)=([^&#\s]+)",
    re.IGNORECASE,
)


def links(page: Page, rule: Rule) -> Iterator[Hit]:
    """Links that lead elsewhere than they say, and hosts that imitate others."""
    for link in page.seen.links:
        if _leads_elsewhere(link.words, link.target) or _is_strange(link.target):
            at = max(page.whole.find(" ".join(link.words.split())), 0)
            yield Hit(at, at + len(" ".join(link.words.split())))
    for found in _MARKDOWN.finditer(page.whole):
        if _leads_elsewhere(found[1], found[2]):
            yield Hit(found.start(), found.end())
    for found in _ADDRESS.finditer(page.whole):
        if _is_strange(found[0]):
            yield Hit(found.start(), found.end())


def _host(address: str) -> str:
    try:
        return (urlsplit(address if "//" in address else f"//{address}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _domain(host: str) -> str:
    """The part that one owner has: kotori.example of www.kotori.example."""
    parts = host.removeprefix("www.").split(".")
    size = 3 if len(parts) > 2 and parts[-2] in _TWO_PARTS and len(parts[-1]) == 2 else 2
    return ".".join(parts[-size:])


def _leads_elsewhere(words: str, target: str) -> bool:
    said = words.strip()
    if target.lower().startswith("mailto:"):
        told, meant = _MAIL.search(said), _MAIL.search(unquote(target))
        return bool(told and meant and told[0].lower() != meant[0].lower())
    found = _SAYS_HOST.fullmatch(said.split("?")[0].split("/")[0]) or (_SAYS_HOST.match(said) if "//" in said else None)
    if not found or "@" in said or not target.lower().startswith(("http:", "https:", "//")):
        return False
    return _domain(found[1].lower()) != _domain(_host(target).lower())


def _is_strange(address: str) -> bool:
    """Imitates a known host, hides its own, or has none."""
    if not address.lower().startswith(("http", "www.", "//", "ｈ")):
        return address.lower().startswith(("javascript:", "data:", "vbscript:"))
    try:
        parts = urlsplit(address if "//" in address else f"//{address}")
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return True
    if "@" in parts.netloc or _NUMERIC.search(host):
        return True
    if any(letter in lookalikes.FOREIGN for letter in host) or "xn--" in host and _imitates(_plain(host)):
        return True
    return _imitates(_plain(host))


def _plain(host: str) -> str:
    if "xn--" not in host:
        return host
    try:
        return host.encode().decode("idna")
    except UnicodeError:
        return host


@lru_cache(maxsize=2000)
def _alike(host: str) -> str:
    """The host as a hasty reader takes it."""
    return "".join(lookalikes.fold(letter) for letter in host).translate(_DIGITS).replace("rn", "m")


@lru_cache(maxsize=2000)
def _imitates(host: str) -> bool:
    labels = re.split("[.-]", _alike(host))
    for brand, own in _BRANDS.items():
        if any(host == one or host.endswith(f".{one}") for one in own):
            return False
        wanted = _alike(brand)
        if wanted in labels or (len(wanted) > 5 and any(wanted in label for label in labels)):
            return True
    return False


def personal_data(page: Page, rule: Rule) -> Iterator[Hit]:
    """Mail addresses, phone numbers and postal addresses in the subject or in an address."""
    for at, line in page.lines_of("subject"):
        for pattern in (_MAIL, _PHONE, _POSTAL, _FULL_NAME):
            for found in pattern.finditer(line):
                yield Hit(at + found.start(), at + found.end())
    targets = [link.target for link in page.seen.links]
    for found in _ADDRESS.finditer(page.whole):
        if _gives_away(found[0]):
            yield Hit(found.start(), found.end())
    if any(_gives_away(target) for target in targets if not target.lower().startswith(("mailto:", "tel:"))):
        yield Hit()


def _gives_away(address: str) -> bool:
    _before, mark, query = address.partition("?")
    if not mark:
        return False
    return bool(_TELLING.search(f"?{query}")) or bool(_MAIL.search(unquote(query)))
