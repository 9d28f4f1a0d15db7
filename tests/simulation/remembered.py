"""What Django works out anew at every statement although it never changes: asked once for a whole run.

Each is a pure function of words or of a model's fields, and answers as Django's own does. A world makes some hundreds of
statements, and composing them takes far longer than the database needs to answer.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import lru_cache
from typing import Any
from unittest.mock import patch

from django.db import connection
from django.db.backends.sqlite3.base import SQLiteCursorWrapper
from django.db.models.expressions import BaseExpression, Col
from django.db.models.sql.compiler import SQLCompiler
from django.db.models.sql.query import Query


@contextmanager
def remembered() -> Iterator[None]:
    """Inside, it is remembered."""
    with ExitStack() as stack:
        for owner, name, make in (
            (type(connection.ops), "quote_name", _of_a_name),
            (SQLiteCursorWrapper, "convert_query", _of_a_statement),
            (SQLCompiler, "compile", _columns_first),
            (SQLCompiler, "get_default_columns", _of_a_model),
            (SQLCompiler, "get_converters", _of_columns),
            (Query, "solve_lookup_type", _of_a_path),
            (BaseExpression, "copy", _as_it_stands),
        ):
            stack.enter_context(patch.object(owner, name, make(getattr(owner, name))))
        yield


Asked = Callable[..., Any]


def _of_a_name(asked: Asked) -> Asked:
    """A name in its quotes."""
    kept: dict[str, str] = {}

    def quote_name(self: Any, name: str) -> str:
        found = kept.get(name)
        if found is None:
            found = kept[name] = asked(self, name)
        return found

    return quote_name


def _of_a_statement(asked: Asked) -> Asked:
    """A statement with the marks that SQLite knows."""

    @lru_cache(maxsize=5000)
    def marked(query: str) -> str:
        return str(asked(None, query))

    def convert_query(self: Any, query: str, *, param_names: Any = None) -> str:
        return marked(query) if param_names is None else str(asked(self, query, param_names=param_names))

    return convert_query


def _columns_first(asked: Asked) -> Asked:
    """A plain column is compiled in one way on every database."""

    def compile(self: Any, node: Any) -> Any:
        return node.as_sql(self, self.connection) if type(node) is Col else asked(self, node)

    return compile


def _of_a_model(asked: Asked) -> Asked:
    """All columns of a model that has no parents."""
    kept: dict[Any, list[Any]] = {}

    def get_default_columns(
        self: Any, select_mask: Any, start_alias: Any = None, opts: Any = None, from_parent: Any = None
    ) -> list[Any]:
        mine = opts or self.query.get_meta()
        if select_mask or from_parent or mine is None or mine.parents:
            return list(asked(self, select_mask, start_alias, opts, from_parent))
        alias = start_alias or self.query.get_initial_alias()
        key = mine.label, alias
        if key not in kept:
            kept[key] = asked(self, select_mask, alias, mine, None)
        return list(kept[key])

    return get_default_columns


def _of_columns(asked: Asked) -> Asked:
    """What turns a column's value into Python's."""
    kept: dict[Any, tuple[list[Any], Any, Any]] = {}  # with the fields, so that no other is ever known by their ids

    def get_converters(self: Any, expressions: Iterable[Any]) -> dict[int, Any]:
        found: dict[int, Any] = {}
        expressions = list(expressions)
        if any(type(one) is not Col for one in expressions):
            return dict(asked(self, expressions))
        for place, one in enumerate(expressions):
            key = id(one.target), id(one.output_field)
            if key not in kept:
                backend, own = self.connection.ops.get_db_converters(one), one.get_db_converters(self.connection)
                kept[key] = [*backend, *own], one.target, one.output_field
            if convert := kept[key][0]:
                found[place] = (convert, one)
        return found

    return get_converters


def _of_a_path(asked: Asked) -> Asked:
    """Which fields `shop__organization__is_paused` walks over, where the query has no names of its own."""
    kept: dict[Any, tuple[list[str], list[str], Any]] = {}

    def solve_lookup_type(self: Any, lookup: str, summarize: bool = False) -> Any:
        if self.annotations or self._filtered_relations or self.model is None:
            return asked(self, lookup, summarize)
        key = self.model, lookup, summarize
        if key not in kept:
            kept[key] = asked(self, lookup, summarize)
        parts, fields, named = kept[key]
        return list(parts), list(fields), named

    return solve_lookup_type


def _as_it_stands(asked: Asked) -> Asked:
    """A copy of an expression: what `copy.copy` makes of it, without asking how."""

    def copy(self: Any) -> Any:
        made = object.__new__(type(self))
        made.__dict__.update(self.__dict__)
        made.__dict__.pop("convert_value", None)
        return made

    return copy
