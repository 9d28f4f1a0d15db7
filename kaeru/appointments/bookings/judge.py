"""The judge in the database: two spans of one resource never overlap, whatever the code above forgot.

Both databases leave out the row that does not fit when they are asked with INSERT … ON CONFLICT DO NOTHING (SQLite: OR IGNORE), and
refuse an UPDATE that would overlap. On SQLite a change of the table makes it anew without its triggers: a migration that touches
`Occupancy` calls `appoint` again (a test looks for it).
"""

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

TABLE = "appointments_occupancy"
NAME = "occupancy_no_overlap"
_NEIGHBOUR = f"""(SELECT o.starts_at < NEW.ends_at FROM {TABLE} o
  WHERE o.resource_id = NEW.resource_id AND o.ends_at > NEW.starts_at AND o.id <> NEW.id ORDER BY o.ends_at LIMIT 1)"""
"""What stands does not overlap, so the first span that ends later than the new one begins is the only one to look at."""


def appoint(editor: BaseDatabaseSchemaEditor) -> None:
    """Put the judge in; again changes nothing."""
    for statement in _POSTGRES if editor.connection.vendor == "postgresql" else _SQLITE:
        editor.execute(statement)


def dismiss(editor: BaseDatabaseSchemaEditor) -> None:
    """Take the judge out, for a migration backwards."""
    if editor.connection.vendor == "postgresql":
        editor.execute(f"ALTER TABLE {TABLE} DROP CONSTRAINT IF EXISTS {NAME}")
        return
    for verb in ("insert", "update"):
        editor.execute(f"DROP TRIGGER IF EXISTS {NAME}_{verb}")


_POSTGRES = (
    "CREATE EXTENSION IF NOT EXISTS btree_gist",
    f"ALTER TABLE {TABLE} DROP CONSTRAINT IF EXISTS {NAME}",
    f"ALTER TABLE {TABLE} ADD CONSTRAINT {NAME} EXCLUDE USING gist (resource_id WITH =, tstzrange(starts_at, ends_at) WITH &&)",
)
_SQLITE = (
    f"DROP TRIGGER IF EXISTS {NAME}_insert",
    f"DROP TRIGGER IF EXISTS {NAME}_update",
    f"CREATE TRIGGER {NAME}_insert BEFORE INSERT ON {TABLE} WHEN {_NEIGHBOUR} BEGIN SELECT RAISE(IGNORE); END",
    f"""CREATE TRIGGER {NAME}_update BEFORE UPDATE OF resource_id, starts_at, ends_at ON {TABLE} WHEN {_NEIGHBOUR}
        BEGIN SELECT RAISE(ABORT, '{NAME}'); END""",
)
