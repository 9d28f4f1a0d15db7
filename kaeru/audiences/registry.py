"""Which fields a condition can look at. Rooms above register their own when the house starts."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from kaeru.audiences.compiling import Compile
from kaeru.audiences.operators import OPERATORS
from kaeru.audiences.rules import Subject, unpack

Text = str | Promise
Values = Mapping[Subject, Any]
Load = Callable[[Sequence[Subject], int | None], Values]
Choices = Callable[[int], list[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of rows that several fields share: the rows are read once for all of them."""

    source: Callable[[Sequence[Subject]], Mapping[Subject, Any]]
    read: Callable[[Any], Any]
    """The value in a row; None when it is not known."""

    def __call__(self, subjects: Sequence[Subject], days: int | None) -> Values:
        """The column by itself."""
        return {subject: self.read(row) for subject, row in self.source(subjects).items()}


@dataclass(frozen=True)
class Field:
    """One thing that can be asked, e.g. the order's value."""

    name: str
    """Room of the subject and word: order.value, customer.tag, moment.time."""
    label: Text
    type: str
    """money | number | count | choice | tags | yes | time | weekday (see `operators.OPERATORS`)"""
    load: Load
    """Values of these subjects, over the last N days where asked; who has none is left out. One query or two, for any number."""
    definition: Text = ""
    """What exactly it means, in one sentence."""
    choices: Choices | None = None
    """Values offered for a shop, as (value, label); None: whatever one types."""
    is_open: bool = False
    """Whether a value besides the `choices` may be written, too."""
    has_days: bool = False
    """Whether it can be counted over the last N days."""
    unit: Text = ""
    denied: Text = ""
    """For yes: what the opposite is called."""
    sql: Compile | None = None
    """For customers: the question as SQL; None: asked in Python only."""

    @property
    def kind(self) -> str:
        """What it is about: order, customer, client, cancellation, moment."""
        return self.name.partition(".")[0]

    @property
    def operators(self) -> tuple[str, ...]:
        """What can be asked, the first offered first."""
        return OPERATORS[self.type]


_fields: dict[str, Field] = {}


def register_field(field: Field) -> None:
    """Offer this field; the last one of a name wins. Raises KeyError for an unknown type."""
    OPERATORS[field.type]
    _fields[field.name] = field


def fields(*kinds: str) -> tuple[Field, ...]:
    """All fields, or those about these kinds of subjects (order, customer, cancellation, moment), in the order of their registration."""
    return tuple(field for field in _fields.values() if not kinds or field.kind in kinds)


def field(name: str) -> Field | None:
    """The field of this name, or None."""
    return _fields.get(name)


def choices(shop_id: int, names: Collection[str]) -> dict[str, frozenset[str]]:
    """What these fields can be at all in the shop, for `check`; fields where anything may be written are left out."""
    found = {}
    for name in names:
        known = _fields.get(name)
        if known and known.choices and not known.is_open:
            found[name] = frozenset(value for value, _label in known.choices(shop_id))
    return found


def values(subjects: Sequence[Subject], needs: Collection[str]) -> list[dict[str, Any]]:
    """What is known of each subject, in order, by need (see `rules.needs`).

    A constant number of queries for each need, however many subjects; what nobody registered is known of nobody.
    """
    found: list[dict[str, Any]] = [{} for _ in subjects]
    if not subjects:
        return found
    shared: dict[Any, Mapping[Subject, Any]] = {}
    for need in sorted(needs):
        name, days = unpack(need)
        known = _fields.get(name)
        if known is None:
            continue
        rows, read = _loaded(known.load, subjects, days, shared)
        for subject, answers in zip(subjects, found, strict=True):
            if (row := rows.get(subject)) is not None and (value := row if read is None else read(row)) is not None:
                answers[need] = value
    return found


def _loaded(
    load: Load, subjects: Sequence[Subject], days: int | None, shared: dict[Any, Mapping[Subject, Any]]
) -> tuple[Mapping[Subject, Any], Callable[[Any], Any] | None]:
    """Rows by subject, and how the value is read in them; None: they are the values."""
    if not isinstance(load, Column):
        return load(subjects, days), None
    if load.source not in shared:
        shared[load.source] = load.source(subjects)
    return shared[load.source], load.read
