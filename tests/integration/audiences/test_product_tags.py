"""Product tags: told with the lines over API, webhook and file, mirrored, and asked for by conditions."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kaeru.connectors.files.errors import BadCell
from kaeru.connectors.files.lines import tags
from kaeru.core import clock, scope
from kaeru.orders.actions import mirror
from kaeru.orders.digest import digest
from kaeru.orders.models import OrderLine
from kaeru.orders.rules import LineRecord, OrderRecord
from tests.cast import Cast
from tests.integration.api.client import System
from tests.unit.files.samples import orders, put, read

AT = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)
BEFORE = "478f4c3565415b2fbfd5885623e3fe91"
TAGGED = OrderRecord(
    "1", AT, AT, "JPY", 3960, (LineRecord("箸置き", 2, 990, tags=("sale", "木")), LineRecord("湯のみ", 1, 1980)),
)  # fmt: skip


def stored() -> list[list[str]]:
    return list(OrderLine.objects.order_by("position").values_list("tags", flat=True))


def test_it_mirrors_tags_with_new_and_changed_lines(cast: Cast) -> None:
    with scope.organization(cast.organization.id):
        mirror(cast.kotori, [TAGGED])
        assert stored() == [["sale", "木"], []]
        assert mirror(cast.kotori, [TAGGED]).unchanged == 1
        fewer = tuple(line._replace(tags=()) for line in TAGGED.lines)
        told = mirror(cast.kotori, [replace(TAGGED, lines=fewer, updated_at=AT + timedelta(hours=1))])
        assert (told.updated, stored()) == (1, [[], []])


def test_it_knows_orders_from_before_lines_had_tags_as_unchanged() -> None:
    """The digest that 0.1 wrote for this order; an upgrade must not make every order look changed."""
    before = OrderRecord("1", AT, AT, "JPY", 1980, (LineRecord("湯のみ", 1, 1980, "l1", "yunomi"),))
    assert digest(before).hex() == BEFORE
    assert digest(replace(before, lines=(before.lines[0]._replace(tags=("sale",)),))).hex() != BEFORE


def test_it_takes_tags_over_the_api_and_tells_them_back(cast: Cast) -> None:
    system = System(cast.kotori)
    line = {"title": "箸置き", "quantity": 1, "unit_price": 990, "tags": ["sale", " 木 ", "sale"]}
    system.put("/orders/T-1", {"placed_at": clock.now().isoformat(), "total": 990, "lines": [line]}, expect=201)
    assert system.get("/orders/T-1")["lines"][0]["tags"] == ["sale", "木"]
    for wrong in (["a" * 61], [""], ["\0"], ["a"] * 51, "sale", [1]):
        body = {"placed_at": clock.now().isoformat(), "total": 990, "lines": [{**line, "tags": wrong}]}
        system.put("/orders/T-2", body, expect=422)


def test_it_reads_tags_from_a_file(tmp_path: Path) -> None:
    text = 'order_id,placed_at,unit_price,title,tags\n1,2026-11-01 10:00,990,箸置き,"sale, 木、限定;sale"\n1,2026-11-01 10:00,100,皿,\n'
    (order,) = orders(read(put(tmp_path, text)))
    assert [line.tags for line in order.lines] == [("sale", "木", "限定"), ()]


@pytest.mark.parametrize("cell", ["a" * 61, ",".join(map(str, range(51)))])
def test_it_cuts_no_tag_off_in_silence(cell: str) -> None:
    with pytest.raises(BadCell):
        tags(cell)
