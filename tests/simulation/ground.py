"""The database that a group lives on: empty and migrated, thousands of times, at once."""

import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

from tests import tables

_template: sqlite3.Connection | None = None
_tables: list[str] = []


def settle(database_url: str = "") -> None:
    """Django's settings for a run: SQLite in memory, or the PostgreSQL of the address (its tables are emptied)."""
    home = tempfile.mkdtemp(prefix="kaeru-simulation-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None)
    os.environ.update(
        DJANGO_SETTINGS_MODULE="kaeru.conf.settings", KAERU_HOME=home, KAERU_SECRET_KEY="simulation-" + "k" * 40,
        KAERU_BASE_URL="http://testserver", KAERU_ALLOW_PRIVATE_EGRESS="1", KAERU_DEMO="0", KAERU_DEBUG="0",
        KAERU_DATABASE_URL=database_url,
    )  # fmt: skip
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    if not database_url:
        connection.settings_dict["NAME"] = ":memory:"
        connection.settings_dict["OPTIONS"]["cached_statements"] = 4000
    if database_url:
        call_command("migrate", verbosity=0)
    else:
        _read(tables.sqlite(Path(home) / "tables.sqlite3"), connection)
    _remember(connection)
    if not database_url:
        Path(home).rmdir() if not any(Path(home).iterdir()) else None


def _read(made: Path, connection: Any) -> None:
    connection.ensure_connection()
    with closing(sqlite3.connect(made)) as kept:
        kept.backup(connection.connection)
    made.unlink()


def _remember(connection: Any) -> None:
    global _template
    if connection.vendor == "sqlite":
        _template = sqlite3.connect(":memory:")
        connection.connection.backup(_template)
    else:
        _tables.extend(name for name in connection.introspection.table_names() if name != "django_migrations")


def empty() -> None:
    """As after the first start."""
    from django.db import connection

    if _template is not None:
        connection.connection.rollback()  # a run that was stopped in the middle leaves nothing
        _template.backup(connection.connection)
        return
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(_tables)} CASCADE")
