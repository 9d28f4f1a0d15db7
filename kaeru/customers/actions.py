"""Verbs: know a customer, note what they agreed to, stop writing to an address."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from django.db import transaction

from kaeru.core import audit, clock, ids, secrets, sql
from kaeru.customers.models import Alias, Consent, Customer, CustomerTag, Identity, Suppression
from kaeru.customers.rules import CustomerRecord, tidy_email, tidy_name, tidy_tag
from kaeru.tenants.models import Shop


def upsert(shop: Shop, records: Sequence[CustomerRecord], *, source: str = "shop_system") -> list[int | None]:
    """Ids of these customers in the given order, made where new; None for a record that names nobody.

    Known by the shop system's id, else by the mail address. Call it inside the mirror's transaction and lock: the
    caller sees to it that one shop's customers are written by one at a time.
    """
    tidy = [(record, tidy_email(record.email)) for record in records]
    by_source = dict(
        Customer.objects.filter(shop=shop, source_id__in={r.source_id for r, _ in tidy if r.source_id}).values_list(
            "source_id", "id"
        )
    )
    by_mail = dict(
        Identity.objects.filter(shop=shop, kind="mail", value__in={mail for _, mail in tidy if mail}).values_list(
            "value", "customer_id"
        )
    )
    guests = set(Customer.objects.filter(id__in=by_mail.values(), source_id=None).values_list("id", flat=True))
    merged = _merged(shop, tidy)
    fresh: list[Customer] = []
    newest: dict[int, tuple[CustomerRecord, str]] = {}
    found: list[int | None] = []
    for record, mail in tidy:
        known = by_source.get(record.source_id) if record.source_id else None
        if known is None and mail and (not record.source_id or by_mail.get(mail) in guests):
            known = by_mail.get(mail)
        if known is None and (
            former := merged.get(("source", record.source_id) if record.source_id else ("mail", mail))
        ):
            found.append(
                former
            )  # a name from before a merge: it says who it is, but not what they are called or reached by now
            continue
        if known is None and not record.source_id and not mail:
            found.append(None)
            continue
        if known is None:
            known = ids.new_id()
            fresh.append(
                Customer(
                    id=known,
                    organization_id=shop.organization_id,
                    shop=shop,
                    source_id=record.source_id or None,
                    name=tidy_name(record.name),
                    language=record.locale or "ja",
                    created_at=clock.now(),
                )
            )
        if record.source_id:
            by_source[record.source_id] = known
        if mail:
            by_mail.setdefault(mail, known)
        newest[known] = (record, mail)
        found.append(known)
    Customer.objects.bulk_create(fresh)
    _refresh(newest, {customer.id for customer in fresh})
    _write_identities(shop, newest)
    _write_consents(shop, newest, source)
    return found


def _merged(shop: Shop, tidy: Sequence[tuple[CustomerRecord, str]]) -> dict[tuple[str, str], int]:
    """Who is known under these ids and addresses since two cards were merged; by (source | mail, value)."""
    values = {value for record, mail in tidy for value in (record.source_id, mail) if value}
    rows = Alias.objects.filter(shop=shop, kind__in=("source", "mail"), value__in=values)
    return {(kind, value): customer for kind, value, customer in rows.values_list("kind", "value", "customer_id")}


def _refresh(newest: dict[int, tuple[CustomerRecord, str]], fresh: set[int]) -> None:
    """Names, languages and ids that changed since."""
    changed = []
    known = Customer.objects.filter(id__in=newest.keys() - fresh).values_list("id", "name", "language", "source_id")
    for customer_id, name, language, source_id in known:
        record, _ = newest[customer_id]
        wanted = (tidy_name(record.name) or name, record.locale or language, source_id or record.source_id or None)
        if wanted != (name, language, source_id):
            changed.append(Customer(id=customer_id, name=wanted[0], language=wanted[1], source_id=wanted[2]))
    if changed:
        Customer.objects.bulk_update(changed, ["name", "language", "source_id"])


def _write_identities(shop: Shop, newest: dict[int, tuple[CustomerRecord, str]]) -> None:
    rows = [
        Identity(
            id=ids.new_id(),
            organization_id=shop.organization_id,
            shop=shop,
            customer_id=customer_id,
            kind=kind,
            value=value,
        )
        for customer_id, (record, mail) in newest.items()
        for kind, value in (("mail", mail), ("phone", record.phone.strip()[:40]))
        if value
    ]
    Identity.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["customer_id", "kind"], update_fields=["value"]
    )


def _write_consents(shop: Shop, newest: dict[int, tuple[CustomerRecord, str]], source: str) -> None:
    """A yes from the shop's system is kept as proof; its no withdraws only what the shop's system itself had said."""
    agreed = [customer_id for customer_id, (record, _) in newest.items() if record.accepts_advertising is True]
    refused = [customer_id for customer_id, (record, _) in newest.items() if record.accepts_advertising is False]
    moment = clock.now()
    Consent.objects.bulk_create(
        [
            Consent(
                id=ids.new_id(),
                organization_id=shop.organization_id,
                customer_id=customer_id,
                channel="mail",
                basis="opt_in",
                source=source,
                granted_at=moment,
            )
            for customer_id in agreed
        ],
        ignore_conflicts=True,
    )
    if refused:
        Consent.objects.filter(customer_id__in=refused, channel="mail", source=source, withdrawn_at=None).update(
            withdrawn_at=moment
        )


def agree_to_advertising(customer_id: int, *, source: str, channel: str = "mail", kind: str = "") -> None:
    """The customer said yes to advertisements on this channel; a yes after a no counts, and lifts their own opt-out.

    `kind` is that of the identity which the channel writes to, where it is not called as the channel is.
    """
    customer = Customer.objects.select_related("shop").get(id=customer_id)
    moment = clock.now()
    consent, made = Consent.objects.get_or_create(
        customer_id=customer_id,
        channel=channel,
        defaults={
            "organization_id": customer.organization_id,
            "basis": "opt_in",
            "source": source,
            "granted_at": moment,
        },
    )
    if not made and consent.withdrawn_at is not None:
        Consent.objects.filter(id=consent.id).update(withdrawn_at=None, granted_at=moment, source=source)
    own = Identity.objects.filter(customer_id=customer_id, kind=kind or channel)
    if address := own.values_list("value", flat=True).first():
        Suppression.objects.filter(
            shop_id=customer.shop_id, channel=channel, address_hash=secrets.fingerprint(address), why="opt_out"
        ).delete()


def take_consent_back(customer_id: int, *, channel: str) -> None:
    """The customer said no again, to a person of the shop; the proof of what they had agreed to is kept. Again changes nothing."""
    Consent.objects.filter(customer_id=customer_id, channel=channel, withdrawn_at=None).update(withdrawn_at=clock.now())


def opt_out(shop_id: int, channel: str, address: str, *, why: str = "opt_out") -> None:
    """No more advertisements to this address, at once; notices about an order still go."""
    suppress(shop_id, channel, address, covers="advertisement", why=why)


def suppress(shop_id: int, channel: str, address: str, *, covers: str, why: str) -> None:
    """Stop writing to the address: `covers` is `advertisement` or `everything`; everything is never narrowed again."""
    shop = Shop.objects.get(id=shop_id)
    row, made = Suppression.objects.get_or_create(
        shop=shop,
        channel=channel,
        address_hash=secrets.fingerprint(address),
        defaults={"organization_id": shop.organization_id, "covers": covers, "why": why, "since": clock.now()},
    )
    if not made and covers == "everything" and row.covers != "everything":
        Suppression.objects.filter(id=row.id).update(covers=covers, why=why, since=clock.now())


class Tagging(NamedTuple):
    """This tag for this customer."""

    organization_id: int
    shop_id: int
    customer_id: int
    tag: str


@transaction.atomic
def tag(wanted: Iterable[Tagging], *, actor: str) -> int:
    """Put these tags on these customers; returns how many were new. Empty tags and tags that are there change nothing.

    One audit entry for each shop and tag, however many customers (one alone is named): two statements in all.
    """
    rows = _tidy(wanted)
    new = rows - _present(rows)
    moment = clock.now()
    CustomerTag.objects.bulk_create(
        [CustomerTag(id=ids.new_id(), created_at=moment, **row._asdict()) for row in sorted(new)], ignore_conflicts=True
    )
    _note(new, "customer.tagged", actor)
    return len(new)


@transaction.atomic
def untag(unwanted: Iterable[Tagging], *, actor: str) -> int:
    """Take these tags from these customers; returns how many were there. Audited as in `tag`."""
    rows = _tidy(unwanted)
    present = _present(rows)
    for name in {row.tag for row in present}:
        keys = sql.keys(row.customer_id for row in present if row.tag == name)
        CustomerTag.objects.filter(tag=name, customer_id__in=keys).delete()
    _note(present, "customer.untagged", actor)
    return len(present)


def _tidy(rows: Iterable[Tagging]) -> set[Tagging]:
    return {row._replace(tag=name) for row in rows if (name := tidy_tag(row.tag))}


def _present(rows: set[Tagging]) -> set[Tagging]:
    """Those of the rows that are in the table; one query."""
    if not rows:
        return set()
    known = CustomerTag.objects.filter(
        customer_id__in=sql.keys({row.customer_id for row in rows}), tag__in={row.tag for row in rows}
    ).values_list("organization_id", "shop_id", "customer_id", "tag")
    return {Tagging._make(row) for row in known} & rows


def _note(rows: set[Tagging], verb: str, actor: str) -> None:
    whom: dict[tuple[int, int, str], list[int]] = defaultdict(list)
    for row in rows:
        whom[row.organization_id, row.shop_id, row.tag].append(row.customer_id)
    audit.record_many(
        (organization_id, actor, verb, "customer", customers[0], {"tag": name})
        if len(customers) == 1
        else (organization_id, actor, verb, "shop", shop_id, {"tag": name, "customers": len(customers)})
        for (organization_id, shop_id, name), customers in sorted(whom.items())
    )
