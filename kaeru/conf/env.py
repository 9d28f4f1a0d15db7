"""The only reader of environment variables. Everything an operator can set is named here, with its default."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Env:
    """What the operator chose; `docs/reference/settings.md` lists the same names (a test compares them)."""

    home: Path
    """KAERU_HOME: the data folder (database, secret key); default ./data"""
    database_url: str
    """KAERU_DATABASE_URL: postgresql://… ; default SQLite in the data folder"""
    base_url: str
    """KAERU_BASE_URL: the public address that links in mails begin with; default http://127.0.0.1:8000"""
    secret_key: str
    """KAERU_SECRET_KEY: signs sessions and links; made and kept in the data folder on first start"""
    mail_url: str
    """KAERU_MAIL_URL: smtp://user:pass@host:587 , smtps://… , or anymail+NAME://KEY@ ; default smtp://127.0.0.1:1025"""
    mail_hook_secret: str
    """KAERU_MAIL_HOOK_SECRET: `name:password` that the mail provider sends with bounces and complaints; without it they have no address"""
    mail_from: str
    """KAERU_MAIL_FROM: address of mails of the installation itself (password reset); default no-reply@ the base address"""
    shopify_client_id: str
    """KAERU_SHOPIFY_CLIENT_ID: the client id of the installation's own Shopify app; without it each shop enters its own"""
    shopify_client_secret: str
    """KAERU_SHOPIFY_CLIENT_SECRET: the client secret of that app"""
    line_api_url: str
    """KAERU_LINE_API_URL: where LINE's Messaging API and Login are called; default https://api.line.me"""
    debug: bool
    """KAERU_DEBUG: 1 shows tracebacks in the browser; never in production"""
    demo: bool
    """KAERU_DEMO: set by `kaeru demo`; shows the demo bar and mounts the example shop and inbox"""
    allow_private_egress: bool
    """KAERU_ALLOW_PRIVATE_EGRESS: 1 lets outgoing calls reach this machine (demo, tests, a shop on the same host)"""
    metrics_token: str
    """KAERU_METRICS_TOKEN: bearer token for /metrics from other hosts; without it only loopback may read"""
    trusted_proxies: int
    """KAERU_TRUSTED_PROXIES: how many reverse proxies stand in front (for the client's address and https); default 0"""


def _dotenv(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    pairs = (
        line.split("=", 1)
        for line in path.read_text("utf-8").splitlines()
        if "=" in line and not line.lstrip().startswith("#")
    )
    return {name.strip(): value.strip().strip("\"'") for name, value in pairs}


def _kept_secret(home: Path) -> str:
    """The key in the data folder, made on first start and readable by its owner only."""
    path = home / "secret_key"
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_text("utf-8").strip()


def read() -> Env:
    """The environment, and a `.env` beside it; the environment wins."""
    known = {**_dotenv(Path(".env")), **os.environ}
    home = Path(known.get("KAERU_HOME", "data")).resolve()
    base_url = known.get("KAERU_BASE_URL", "http://127.0.0.1:8000").rstrip("/")
    return Env(
        home=home,
        database_url=known.get("KAERU_DATABASE_URL", ""),
        base_url=base_url,
        secret_key=known.get("KAERU_SECRET_KEY") or _kept_secret(home),
        mail_url=known.get("KAERU_MAIL_URL", "smtp://127.0.0.1:1025"),
        mail_hook_secret=known.get("KAERU_MAIL_HOOK_SECRET", ""),
        mail_from=known.get("KAERU_MAIL_FROM", "no-reply@localhost"),
        shopify_client_id=known.get("KAERU_SHOPIFY_CLIENT_ID", ""),
        shopify_client_secret=known.get("KAERU_SHOPIFY_CLIENT_SECRET", ""),
        line_api_url=known.get("KAERU_LINE_API_URL", "https://api.line.me").rstrip("/"),
        debug=known.get("KAERU_DEBUG") == "1",
        demo=known.get("KAERU_DEMO") == "1",
        allow_private_egress=known.get("KAERU_ALLOW_PRIVATE_EGRESS") == "1",
        metrics_token=known.get("KAERU_METRICS_TOKEN", ""),
        trusted_proxies=int(known.get("KAERU_TRUSTED_PROXIES", "0")),
    )
