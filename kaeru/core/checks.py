"""What must hold before Kaeru starts: found by `manage check`, `kaeru doctor` and every start."""

from typing import Any

from django.conf import settings
from django.core.checks import Error, register


@register()
def sqlite_is_safe(app_configs: Any, **kwargs: Any) -> list[Error]:
    """SQLite without WAL and IMMEDIATE loses half of concurrent writes (measured); refuse to start."""
    database = settings.DATABASES["default"]
    if not database["ENGINE"].endswith("sqlite3"):
        return []
    options = database.get("OPTIONS", {})
    problems = []
    if options.get("transaction_mode") != "IMMEDIATE":
        problems.append(
            Error(
                "SQLite needs transaction_mode=IMMEDIATE.",
                hint="Use kaeru.conf.databases.SQLITE_OPTIONS.",
                id="kaeru.E001",
            )
        )
    if "journal_mode=wal" not in str(options.get("init_command", "")).lower():
        problems.append(
            Error("SQLite needs journal_mode=WAL.", hint="Use kaeru.conf.databases.SQLITE_OPTIONS.", id="kaeru.E002")
        )
    return problems


@register(deploy=True)
def not_in_debug(app_configs: Any, **kwargs: Any) -> list[Error]:
    """Tracebacks show data; a served installation must not run with KAERU_DEBUG=1."""
    return [Error("KAERU_DEBUG is on.", hint="Unset KAERU_DEBUG.", id="kaeru.E003")] if settings.DEBUG else []
