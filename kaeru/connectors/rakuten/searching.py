"""Finding order numbers at RMS: spans, pages, and the fifteen thousand that one question can reach."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from kaeru.connectors.base import Access
from kaeru.connectors.rakuten import client
from kaeru.connectors.rakuten.orders import number
from kaeru.connectors.reading import part, text
from kaeru.core import http

LONGEST_SPAN = timedelta(days=63)
FARTHEST = timedelta(days=730)
"""So far back RMS looks at all."""
PAGE = 1000
REACHES = 15_000
"""Order numbers behind one question; more are never told, whatever page is asked for."""
BY_ORDER_DATE = 1


@dataclass(slots=True)
class Asking:
    """One poll's questions to RMS, counted."""

    access: Access
    calls: int = 0

    def page(self, start: datetime, end: datetime, states: Collection[int], page: int) -> tuple[list[str], int]:
        """Numbers on this page (from 1), and how many there are in all; (nothing, 0) when there is nothing."""
        told = {
            "dateType": BY_ORDER_DATE, "startDatetime": client.stamp(start), "endDatetime": client.stamp(end),
            "PaginationRequestModel": {"requestRecordsAmount": PAGE, "requestPage": page},
        }  # fmt: skip
        if states:
            told["orderProgressList"] = list(states)
        self.calls += 1
        answer = client.ask(self.access, "searchOrder", told)
        if error := client.error_of(answer):
            raise http.Unanswered(f"RMS: {error[1]}")
        found = answer.get("orderNumberList")
        numbers = [one for value in found if (one := text(value, 100))] if isinstance(found, list) else []
        total = number(part(answer.get("PaginationResponseModel")).get("totalRecordsAmount"))
        return numbers, len(numbers) if total is None else total

    def numbers(self, start: datetime, end: datetime, states: Collection[int] = ()) -> list[str]:
        """All numbers of orders placed in this time, each once; a span that is too long or too full is asked for in halves."""
        if end - start > LONGEST_SPAN:
            middle = start + LONGEST_SPAN
            return _once(self.numbers(start, middle, states) + self.numbers(middle, end, states))
        found, total = self.page(start, end, states, 1)
        if total > REACHES and end - start > timedelta(seconds=2):
            middle = start + (end - start) / 2
            return _once(self.numbers(start, middle, states) + self.numbers(middle, end, states))
        page = 1
        while len(found) < min(total, REACHES):
            page += 1
            more, _ = self.page(start, end, states, page)
            if not more:
                break
            found += more
        return _once(found)

    def first(self, start: datetime, end: datetime, most: int) -> tuple[list[str], datetime]:
        """Numbers from the beginning of this time, about `most` at once, and until when they are all: the span is halved until few
        enough are in it, since nothing is known of the order in which RMS tells them.
        """
        end = min(end, start + LONGEST_SPAN)
        while True:
            found, total = self.page(start, end, (), 1)
            if total <= most or end - start <= timedelta(minutes=1):
                return (found if len(found) >= total else self.numbers(start, end)), end
            end = start + (end - start) / 2


def _once(numbers: list[str]) -> list[str]:
    return list(dict.fromkeys(numbers))
