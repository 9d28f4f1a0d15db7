"""Where mail leaves the house: KAERU_MAIL_URL, read into its parts.

smtp://user:password@host:587     STARTTLS when the server offers it; a password never goes unencrypted to another host
smtps://user:password@host:465    TLS from the first byte
anymail+postmark://KEY@           a provider's API, by django-anymail's name of it; options as ?name=value
"""

from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

_PORTS = {"smtp": 25, "smtps": 465}
_KEY_NAMES = {
    "postmark": "server_token",
    "mailersend": "api_token",
    "mailtrap": "api_token",
    "scaleway": "secret_key",
}
"""What anymail calls the key of these providers; the others call it api_key."""


@dataclass(frozen=True, slots=True)
class Smtp:
    """An SMTP server."""

    host: str
    port: int
    is_tls: bool
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def is_here(self) -> bool:
        """On this machine: what goes there crosses no network."""
        return self.host in {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider's API."""

    name: str
    options: dict[str, str] = field(default_factory=dict, repr=False)


def read(url: str) -> Smtp | Provider:
    """The parts of the address. Raises ValueError with what to write instead."""
    parts = urlsplit(url)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if parts.scheme in _PORTS:
        if not parts.hostname:
            raise ValueError("KAERU_MAIL_URL needs a host: smtp://host:587")
        return Smtp(parts.hostname, parts.port or _PORTS[parts.scheme], parts.scheme == "smtps", user, password)
    kind, _, name = parts.scheme.partition("+")
    if kind == "anymail" and name:
        name = name.replace("-", "_").replace(".", "_")
        options = dict(parse_qsl(parts.query))
        if user:
            options.setdefault(_KEY_NAMES.get(name, "api_key"), user)
        return Provider(name, options)
    raise ValueError("KAERU_MAIL_URL must begin with smtp://, smtps:// or anymail+NAME://")


def anymail_settings(url: str, hook_secret: str) -> dict[str, str]:
    """Django-anymail's settings for the provider in use: its options, and the secret its news must carry."""
    try:
        way = read(url)
    except ValueError:
        return {}
    if not isinstance(way, Provider):
        return {}
    found = {f"{way.name}_{option}".upper(): value for option, value in way.options.items()}
    return {**found, "WEBHOOK_SECRET": hook_secret} if hook_secret else found
