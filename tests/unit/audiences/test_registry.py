"""The registry: what rooms offer to conditions, and reading it for many at once."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from kaeru.audiences import registry
from kaeru.audiences.registry import Field, register_field
from kaeru.audiences.rules import Subject

pytestmark = pytest.mark.unit

AT = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
ANYBODY = Subject(1, 2, 3, 4, 5, AT)


@pytest.fixture(autouse=True)
def empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_fields", {})


def field(name: str = "order.size", kind: str = "number", **more: Any) -> Field:
    def load(subjects: Sequence[Subject], days: int | None) -> dict[Subject, Any]:
        return {subject: (subject.order_id, days) for subject in subjects if subject.order_id}

    return Field(name, "Size", kind, load, **more)


def test_it_offers_what_was_registered_and_the_last_of_a_name_wins() -> None:
    register_field(field())
    register_field(field("customer.mood", "choice"))
    register_field(replace(field(), label="Bigness"))
    assert [(known.name, known.label) for known in registry.fields()] == [
        ("order.size", "Bigness"),
        ("customer.mood", "Size"),
    ]
    assert [known.name for known in registry.fields("customer", "moment")] == ["customer.mood"]
    assert registry.field("order.colour") is None


def test_it_refuses_a_type_that_nobody_can_ask() -> None:
    with pytest.raises(KeyError):
        register_field(field(kind="colour"))


def test_it_tells_each_subject_its_own_in_order_and_leaves_out_what_is_not_known() -> None:
    register_field(field(has_days=True))
    guest = ANYBODY._replace(order_id=None)
    later = ANYBODY._replace(order_id=9)
    needs = {"order.size", "order.size/30", "order.colour"}
    assert registry.values([later, guest, ANYBODY, later], needs) == [
        {"order.size": (9, None), "order.size/30": (9, 30)},
        {},
        {"order.size": (4, None), "order.size/30": (4, 30)},
        {"order.size": (9, None), "order.size/30": (9, 30)},
    ]
    assert registry.values([], needs) == []


def test_it_knows_the_values_of_fields_that_have_no_others() -> None:
    register_field(field("order.a", "choice", choices=lambda shop_id: [("web", "Web")]))
    register_field(field("order.b", "choice", choices=lambda shop_id: [("web", "Web")], is_open=True))
    register_field(field("order.c", "choice"))
    assert registry.choices(2, ["order.a", "order.b", "order.c", "order.d"]) == {"order.a": {"web"}}
