"""Two databases, one behaviour: SQLite by default, PostgreSQL by address."""

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

SQLITE_OPTIONS = {
    # Without IMMEDIATE and WAL half of concurrent writers fail at once; FULL makes an acknowledged write survive a power cut.
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA cache_size=-16000",
}


def database(url: str, home: Path) -> dict[str, Any]:
    """Django's settings for the database address. Raises ValueError for an unknown scheme."""
    if not url:
        return _sqlite(str(home / "kaeru.sqlite3"))
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return _sqlite(unquote(parts.path))
    if parts.scheme not in {"postgresql", "postgres"}:
        raise ValueError(f"KAERU_DATABASE_URL must begin with postgresql:// or sqlite://, not {parts.scheme}://")
    query = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(query.pop("host", parts.hostname or "")),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {key: unquote(value) for key, value in query.items()},
    }


def _sqlite(name: str) -> dict[str, Any]:
    """Each thread keeps its connection: opening one for every request costs three times what the request does, and the last one
    to close writes the whole log back."""
    return {"ENGINE": "kaeru.core.sqlite3", "NAME": name, "OPTIONS": SQLITE_OPTIONS, "CONN_MAX_AGE": None}
