"""The wall between organizations: a query on a tenant's table without a scope raises, instead of showing everybody's rows."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar, TypeVar

from django.db import models

M = TypeVar("M", bound=models.Model, covariant=True)  # noqa: PLC0105

_EVERYONE = -1
_organization: ContextVar[int | None] = ContextVar("organization", default=None)


class ScopeMissing(RuntimeError):
    """A tenant table was read or written outside of `scope.organization(...)` and `scope.everyone()`."""


class ScopeMismatch(RuntimeError):
    """A row of another organization was about to be written."""


@contextmanager
def organization(organization_id: int) -> Iterator[None]:
    """Everything inside sees this organization's rows only."""
    token = _organization.set(organization_id)
    try:
        yield
    finally:
        _organization.reset(token)


@contextmanager
def everyone() -> Iterator[None]:
    """For passes that serve all organizations at once, and for finding out whose credential it is. Never in a page."""
    token = _organization.set(_EVERYONE)
    try:
        yield
    finally:
        _organization.reset(token)


def current() -> int | None:
    """The organization in scope, None inside `everyone()`. Raises ScopeMissing outside of both."""
    value = _organization.get()
    if value is None:
        raise ScopeMissing("no organization in scope")
    return None if value == _EVERYONE else value


class ScopedManager(models.Manager[M]):
    """The only manager of tenant tables."""

    def get_queryset(self) -> models.QuerySet[M]:
        owner = current()
        if owner is None:
            return super().get_queryset()
        kept = self.__dict__.get("_kept")
        if kept is None or kept[0] != owner or kept[1] != self._db:
            kept = self._kept = owner, self._db, super().get_queryset().filter(organization_id=owner)
        return kept[2].all()  # a copy of its own, far quicker than the same condition put together for each statement

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[M]:
        """Write many rows; raises ScopeMismatch when one is another organization's."""
        owner, rows = current(), list(objs)
        if owner is not None and any(row.organization_id != owner for row in rows):
            raise ScopeMismatch(f"{self.model._meta.label}: a row belongs to another organization")
        return super().bulk_create(rows, *args, **kwargs)


def scoped(queryset_class: type[models.QuerySet[M]]) -> Any:
    """A scoped manager that offers the queryset's own methods."""
    return ScopedManager.from_queryset(queryset_class)()


class ScopedModel(models.Model):
    """Base of each tenant row: an app-made key and a save that refuses rows of another organization.

    Subclasses declare `organization` (a foreign key, or a bare id in rooms below tenants).
    """

    objects: ClassVar[ScopedManager[Any]] = ScopedManager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write the row; raises ScopeMismatch for a row of another organization."""
        owner = current()
        if owner is not None and self.organization_id != owner:  # type: ignore[attr-defined]
            raise ScopeMismatch(f"{self._meta.label} belongs to another organization")
        super().save(*args, **kwargs)
