"""Columns of the house."""

from typing import TYPE_CHECKING, Any

from django.db import models

from kaeru.core import ids


if TYPE_CHECKING:
    _Column = models.BigIntegerField[int, int]
else:
    _Column = models.BigIntegerField


class KeyField(_Column):
    """The primary key of a row: made by the application (see `core.ids`).

    On SQLite the column is declared `integer`, which makes it the row's own address; `bigint`, as Django would write, is kept in
    a second index beside the table, and each look-up walks two trees.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "primary_key": True, "default": ids.new_id, "editable": False})

    def deconstruct(self) -> Any:
        """As migrations write it: the settled arguments are not repeated."""
        name, path, args, kwargs = super().deconstruct()
        for settled in ("primary_key", "default", "editable"):
            kwargs.pop(settled, None)
        return name, path, args, kwargs

    def db_type(self, connection: Any) -> str | None:
        """`integer` on SQLite, `bigint` elsewhere."""
        return "integer" if connection.vendor == "sqlite" else super().db_type(connection)

    def rel_db_type(self, connection: Any) -> str | None:
        """Foreign keys are ordinary 64-bit columns."""
        return models.BigIntegerField().db_type(connection)
