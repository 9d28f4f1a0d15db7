"""Long lists in sheets of fifty. The end is never counted: with a million rows, counting costs more than the page."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)
SIZE = 50
MOST_SHEETS = 2000


@dataclass(frozen=True, slots=True)
class Sheet(Generic[M]):
    """One sheet of a list; the numbers of its neighbours are None where there is none."""

    number: int
    rows: list[M]
    before: int | None
    after: int | None

    @property
    def is_alone(self) -> bool:
        """Whether the whole list is on this sheet."""
        return self.before is None and self.after is None


def sheet(rows: QuerySet[M], asked: str | None) -> Sheet[M]:
    """The sheet that was asked for; the first one for anything that is no number."""
    number = int(asked) if asked and asked.isascii() and asked.isdigit() and len(asked) < 6 else 1
    number = max(1, min(MOST_SHEETS, number))
    start = (number - 1) * SIZE
    found = list(rows[start : start + SIZE + 1])
    return Sheet(number, found[:SIZE], number - 1 if number > 1 else None, number + 1 if len(found) > SIZE else None)
