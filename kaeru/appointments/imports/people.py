"""Which client a row is about: by the former system's id or the mail address, else the phone number, else the name alone."""

from collections.abc import Sequence

from kaeru.appointments.imports.reading import Row
from kaeru.appointments.imports.report import Report
from kaeru.connectors.files.cells import plain, yes_no
from kaeru.connectors.files.errors import BadCell
from kaeru.core import clock, ids
from kaeru.customers.actions import upsert
from kaeru.customers.models import Customer, Identity
from kaeru.customers.rules import CustomerRecord, tidy_email, tidy_name
from kaeru.tenants.models import Shop

Known = tuple[str, str, tuple[tuple[str, str], ...]]
LANGUAGES = {"ja": "ja", "日本語": "ja", "en": "en", "英語": "en", "english": "en"}


def record(row: Row) -> CustomerRecord:
    """The client that the row tells of; an empty record when it names nobody. Raises BadCell."""
    name = row.text("customer.name") or " ".join(
        part for part in (row.text("customer.family_name"), row.text("customer.given_name")) if part
    )
    mail = row.text("customer.email")
    if mail and not tidy_email(mail):
        raise BadCell("email", "not a mail address")
    language = plain(row.text("customer.language")).casefold()
    if language and language not in LANGUAGES:
        raise BadCell("language", f"not ja or en: {language[:20]!r}")
    return CustomerRecord(
        source_id=plain(row.text("customer.source_id"))[:100],
        name=tidy_name(name),
        email=mail,
        phone=plain(row.text("customer.phone")),
        locale=LANGUAGES.get(language, ""),
        accepts_advertising=yes_no(row.text("customer.accepts_advertising")),
    )


class People:
    """The salon's clients while one file is read."""

    def __init__(self, shop: Shop, report: Report) -> None:
        self._shop, self._report = shop, report
        self._known = self._look()
        self._by_phone: dict[str, int] = {}
        self._by_name: dict[str, int] = {}
        for key, (name, _, ways) in self._known.items():
            for kind, value in ways:
                if kind == "phone":
                    self._by_phone.setdefault(digits(value), key)
            if not ways:
                self._by_name.setdefault(name, key)

    def find(self, records: Sequence[CustomerRecord]) -> list[int | None]:
        """Ids in the given order, made where new; None for who is nobody. Counts what is new, changed and as it was."""
        found = upsert(self._shop, records, source="import")
        fresh: list[tuple[int, CustomerRecord]] = []
        for place, one in enumerate(records):
            if found[place] is None and (one.name or one.phone):
                found[place] = self._by_other_ways(one, fresh)
        self._write(fresh)
        self._count({key for key in found if key is not None})
        return found

    def _by_other_ways(self, one: CustomerRecord, fresh: list[tuple[int, CustomerRecord]]) -> int:
        number = digits(one.phone)
        known = self._by_phone.get(number) if number else self._by_name.get(one.name)
        if known is None:
            known = ids.new_id()
            fresh.append((known, one))
        if number:
            self._by_phone[number] = known
        else:
            self._by_name[one.name] = known
            self._report.warnings["clients known by their name alone: two of the same name are taken for one"] += 1
        return known

    def _write(self, fresh: Sequence[tuple[int, CustomerRecord]]) -> None:
        own = {"organization_id": self._shop.organization_id, "shop": self._shop}
        moment = clock.now()
        Customer.objects.bulk_create(
            Customer(id=key, **own, name=one.name, language=one.locale or "ja", created_at=moment) for key, one in fresh
        )
        Identity.objects.bulk_create(
            Identity(id=ids.new_id(), **own, customer_id=key, kind="phone", value=one.phone[:40])
            for key, one in fresh
            if one.phone
        )

    def _look(self) -> dict[int, Known]:
        """Names and ways of all clients of the salon, two queries."""
        ways: dict[int, list[tuple[str, str]]] = {}
        rows = Identity.objects.filter(shop=self._shop).order_by("kind").values_list("customer_id", "kind", "value")
        for key, kind, value in rows:
            ways.setdefault(key, []).append((kind, value))
        people = Customer.objects.filter(shop=self._shop).values_list("id", "name", "language")
        return {key: (name, language, tuple(ways.get(key, ()))) for key, name, language in people}

    def _count(self, touched: set[int]) -> None:
        now = self._look()
        for key in touched:
            was = self._known.get(key)
            self._report.customers["created" if was is None else "unchanged" if was == now[key] else "updated"] += 1
        self._known = now


def digits(phone: str) -> str:
    """A phone number as it is compared: its digits, 81 in front read as 0."""
    bare = "".join(sign for sign in plain(phone) if sign.isdecimal())
    return "0" + bare[2:] if plain(phone).startswith("+81") else bare
