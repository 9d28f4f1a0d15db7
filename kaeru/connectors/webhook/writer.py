"""Acting in an own shop's system: a signed question or order to the address that takes Kaeru's calls, and its answer in JSON.

The `webhook-id` of a change is its key, the same on every try: a shop that has carried it out answers what it answered then.
"""

import json
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from kaeru.connectors.base import Access, Barred, Busy, Capabilities, Standing, Written
from kaeru.connectors.changes import (
    KINDS,
    AddDiscount,
    Cancel,
    Change,
    ChangeAddress,
    ChangeLines,
    GiveBack,
    Hold,
    Release,
)
from kaeru.connectors.webhook.answers import ChangeOut, HelloOut, LookOut
from kaeru.connectors.webhook.signature import signed_headers
from kaeru.core import clock, http, ids

_LATER = {429, 503}
_NOT_LET_IN = {401, 403}
_USUAL_WAIT_SECONDS = 5.0
Out = TypeVar("Out", bound=BaseModel)


class WebhookWriter:
    """The writer."""

    def capabilities(self, access: Access) -> Capabilities:
        """What the shop has said that it carries out (`hello`), kept with the connection."""
        said = set(access.scopes)
        if {"hold", "release"} - said:
            said -= {"hold", "release"}
        return Capabilities(**{KINDS[kind].needs: True for kind in said if kind in KINDS})

    def look(self, access: Access, order_source_id: str) -> Standing:
        """Read the order."""
        answer = _ask(access, "order.look", {"order_id": order_source_id}, f"look_{ids.new_id()}")
        _let_in(answer)
        found = _read(LookOut, answer)
        if found is None:
            raise http.Unanswered(f"status {answer.status}")
        return found.order.standing() if found.order else Standing(is_there=False)

    def stands(self, change: Change, before: Standing, now: Standing) -> bool:
        """By what the order shows; shops that tell `changes` are asked by key before this."""
        match change:
            case Hold():
                return now.is_held
            case Release():
                return not now.is_held
            case Cancel():
                return now.is_cancelled
            case ChangeAddress():
                return now.address_mark != before.address_mark
            case AddDiscount():
                return now.discounts >= before.discounts + change.amount
            case GiveBack():
                return now.refunded >= before.refunded + change.amount
            case ChangeLines():
                return _have_changed(change, before, now)
            case _:
                return False

    def write(self, access: Access, order_source_id: str, change: Change, key: str, before: Standing) -> Written:
        """Do it."""
        told = {"order_id": order_source_id, "change": {"kind": change.kind, **change.to_json()}}
        answer = _ask(access, "order.change", told, key)
        if answer.status in _LATER:
            return Written("busy", retry_after=_wait(answer))
        if answer.status >= 500:
            return Written("unknown", f"http_{answer.status}")
        if answer.status in _NOT_LET_IN:
            raise Barred(f"http_{answer.status}")
        found = _read(ChangeOut, answer)
        if found is not None:
            return Written(found.outcome, found.code, made=found.made)
        if 200 <= answer.status < 300:
            return Written("done")  # the order itself is read afterwards: it proves it, or does not
        return Written("refused", f"http_{answer.status}")


def hello(access: Access) -> list[str]:
    """Which kinds of changes the shop's system carries out; none: it only listens.

    Raises `http.Unanswered`, `http.EgressRefused`, `Busy`, and `Barred` when it takes Kaeru's signature for a stranger's.
    """
    answer = _ask(access, "hello", {}, f"hello_{ids.new_id()}")
    _let_in(answer)
    if answer.status >= 500:
        raise http.Unanswered(f"status {answer.status}")
    found = _read(HelloOut, answer)
    return found.kinds() if found else []


def _ask(access: Access, topic: str, data: Mapping[str, Any], name: str) -> http.Answer:
    if not access.account or not access.secrets:
        raise Barred("no_address")
    message = {"type": topic, "timestamp": clock.now().isoformat(), "data": data}
    body = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
    return http.post(access.account, body, signed_headers(access.secrets, name, body))


def _let_in(answer: http.Answer) -> None:
    if answer.status in _LATER:
        raise Busy(_wait(answer))
    if answer.status in _NOT_LET_IN:
        raise Barred(f"http_{answer.status}")


def _wait(answer: http.Answer) -> float:
    told = answer.headers.get("retry-after", "")
    return float(told) if told.isdecimal() and len(told) < 6 else _USUAL_WAIT_SECONDS


def _read(kind: type[Out], answer: http.Answer) -> Out | None:
    try:
        return kind.model_validate_json(answer.body)
    except ValidationError:
        return None


def _have_changed(change: ChangeLines, before: Standing, now: Standing) -> bool:
    """The quantities are the new ones, and as many pieces have come in besides as were to be added."""
    if any(now.lines.get(line, 0) != quantity for line, quantity in change.quantities.items()):
        return False
    kept = sum(quantity for line, quantity in before.lines.items() if line not in change.quantities)
    rest = sum(quantity for line, quantity in now.lines.items() if line not in change.quantities)
    return rest == kept + sum(quantity for _, quantity in change.added)
