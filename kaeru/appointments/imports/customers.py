"""A list of clients becomes cards: who they are, how often and when they came before, whom they ask for."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kaeru.appointments.clients import keeping
from kaeru.appointments.clients.models import ClientCard
from kaeru.appointments.clients.rules import Told
from kaeru.appointments.imports import carrying, people
from kaeru.appointments.imports.columns import Map, same
from kaeru.appointments.imports.reading import Row, open_list
from kaeru.appointments.imports.report import Report
from kaeru.appointments.salons.models import Resource, ResourceKind
from kaeru.connectors.files.errors import BadCell, FileRefused
from kaeru.connectors.files.survey import Progress
from kaeru.core import clock, sql
from kaeru.customers.rules import CustomerRecord
from kaeru.tenants.models import Shop


@dataclass(frozen=True, slots=True)
class _Told:
    line: int
    record: CustomerRecord
    before: Told | None
    nominee: str
    note: str


def import_customers(
    shop: Shop, path: Path, chosen: Map, *, actor: str, encoding: str = "", dry_run: bool = False, progress: Progress | None = None
) -> Report:  # fmt: skip
    """Take over the list; with `dry_run` everything is read and compared, and nothing is written. The same list again changes nothing.

    Notes and nominations that the salon wrote down here are left alone. Raises FileRefused.
    """
    listed = open_list(path, chosen, encoding)
    names = {"customer.name", "customer.family_name", "customer.source_id", "customer.phone", "customer.email"}
    if not listed.has & names:
        raise FileRefused("columns_missing", "no column says who the client is: name, phone, email or customer_id", 1)
    done = Report("customers", dry_run, listed.codec)

    def begin() -> carrying.Take[_Told]:
        staff, known = _staff(shop, chosen), people.People(shop, done)
        return lambda few: _take(known, few, staff, done)

    return carrying.carry(
        shop, path, carrying.read(listed.rows(), _told, done), begin, done, actor=actor, progress=progress
    )


def _staff(shop: Shop, chosen: Map) -> dict[str, int]:
    """Staff by their name as it is compared, and by what the list calls them."""
    rows = Resource.objects.filter(shop=shop, kind=ResourceKind.STAFF).values_list("id", "name", "name_en")
    found = {same(word): key for key, name, english in rows for word in (english, name) if word}
    return found | {word: found[same(name)] for word, name in chosen.staff.items() if same(name) in found}


def _told(row: Row) -> _Told:
    visits = row.whole("customer.visits")
    first, last = row.day("customer.first_visit_on"), row.day("customer.last_visit_on")
    if first and last and last < first:
        raise BadCell("dates", "the last visit is before the first")
    today = clock.now().astimezone(row.zone).date()
    if last and last > today:
        raise BadCell("dates", "the last visit is in the future")
    before = Told(visits if visits is not None else int(bool(last)), first, last) if visits or first or last else None
    record = people.record(row)
    if not (record.name or record.source_id or record.email or record.phone):
        raise BadCell("nobody", "the row names nobody")
    return _Told(row.line, record, before, row.text("customer.nominated_staff"), row.text("customer.note"))


def _take(known: people.People, few: Sequence[_Told], staff: dict[str, int], done: Report) -> None:
    found = known.find([one.record for one in few])
    rows = [(key, one) for key, one in zip(found, few, strict=True) if key is not None]
    keeping.recount((key for key, _ in rows), {key: one.before for key, one in rows if one.before})
    cards = {
        card.customer_id: card for card in ClientCard.objects.filter(customer_id__in=sql.keys(key for key, _ in rows))
    }
    changed: dict[int, ClientCard] = {}
    for key, one in rows:
        card = cards.get(key)
        if card is None:
            continue
        if one.note and not card.note:
            card.note = one.note[:2000]
            changed[key] = card
        nominee = staff.get(same(one.nominee)) if one.nominee else None
        if one.nominee and nominee is None:
            done.warnings["a staff member who is not known here: nobody is nominated"] += 1
        if nominee is not None and card.nominated_staff_id is None:
            card.nominated_staff_id, card.is_nominee_set = nominee, True
            changed[key] = card
    ClientCard.objects.bulk_update(changed.values(), ["note", "nominated_staff", "is_nominee_set"], batch_size=500)
