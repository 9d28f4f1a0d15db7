"""What a batch needs before its hand-over, loaded in a constant number of queries: who, where, whether, and the words."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from kaeru.channels import registry as channels
from kaeru.channels.base import Button, File, Letter
from kaeru.core import clock, links, pause, secrets, sql
from kaeru.customers.models import Consent, Identity, Suppression
from kaeru.messages import limits, liquid, registry
from kaeru.messages.claims import is_ad
from kaeru.messages.limits import Limits
from kaeru.messages.models import Message
from kaeru.messages.rules import Facts, Verdict, verdict
from kaeru.messages.texts import language_for
from kaeru.messages.worst_case import merged
from kaeru.tenants.models import Shop

UNSUBSCRIBE_DAYS = 400
"""How long the link that stops advertisements works."""


@dataclass(frozen=True, slots=True)
class Way:
    """Where a message goes."""

    address: str
    address_hash: bytes


def load(message_ids: Sequence[int]) -> list[Message]:
    """The messages with shop, organization, template and customer, in the order of their ids in the list."""
    rows = Message.objects.select_related("shop__organization", "template", "customer").filter(id__in=message_ids)
    place = {key: number for number, key in enumerate(message_ids)}
    return sorted(rows, key=lambda row: place[row.id])


def ways(rows: Sequence[Message]) -> dict[int, Way]:
    """Address by message id: the one its source names, else the customer's own. Messages to nobody's address are missing."""
    named: dict[int, str] = {}
    for name, members in _by_source(rows).items():
        named.update(registry.source(name).addresses(members))
    customers = {row.customer.id for row in rows if row.customer is not None}
    known = {
        (customer_id, kind): value
        for customer_id, kind, value in Identity.objects.filter(customer_id__in=customers).values_list(
            "customer_id", "kind", "value"
        )
    }
    found: dict[int, Way] = {}
    for row in rows:
        address = named.get(row.id) or known.get((row.customer_id or 0, channels.writes_to(row.channel)), "")
        if address:
            found[row.id] = Way(address, secrets.fingerprint(address))
    return found


def verdicts(rows: Sequence[Message], where: Mapping[int, Way], bounds: Limits) -> dict[int, Verdict]:
    """Which of these must not go now or not at all, and why."""
    now = clock.now()
    is_everything_paused = pause.is_paused()
    customers = {row.customer.id for row in rows if row.customer is not None}
    consents = {
        (customer_id, channel): withdrawn is None
        for customer_id, channel, withdrawn in Consent.objects.filter(customer_id__in=customers).values_list(
            "customer_id", "channel", "withdrawn_at"
        )
    }
    stops = {
        (shop_id, channel, bytes(address_hash)): covers
        for shop_id, channel, address_hash, covers in Suppression.objects.filter(
            shop_id__in={row.shop_id for row in rows}, address_hash__in={way.address_hash for way in where.values()}
        ).values_list("shop_id", "channel", "address_hash", "covers")
    }
    unneeded, put_aside = not_needed(rows), held(rows)
    advertised = _advertised(rows, bounds, now)
    found: dict[int, Verdict] = {}
    for row in rows:
        way = where.get(row.id)
        until, why = bounds.chance(row.shop, row.channel, is_ad(row), advertised.get(row.customer_id or 0, ()), now)
        consent = consents.get((row.customer_id or 0, row.channel))
        said = verdict(
            Facts(
                is_advertisement=is_ad(row),
                has_address=way is not None,
                has_consent=consent is True,
                has_withdrawn=consent is False,
                suppression=stops.get((row.shop_id, row.channel, way.address_hash), "") if way else "",
                has_identity=has_identity(row.shop),
                is_paused=is_everything_paused or row.shop.is_paused or row.shop.organization.is_paused,
                not_needed=unneeded.get(row.id, ""),
                held=put_aside.get(row.id, ""),
                is_internal=registry.source(row.source).is_internal,
                waits_until=until if why else None,
                waits_for=why,
            )
        )
        if said is not None:
            found[row.id] = said
    return found


def has_identity(shop: Shop) -> bool:
    """The shop says who it is: name, postal address and contact, which the law asks of each advertisement."""
    return bool((shop.sender_name or shop.name).strip() and shop.postal_address.strip() and shop.contact.strip())


def _by_source(rows: Sequence[Message]) -> dict[str, list[Message]]:
    found: dict[str, list[Message]] = defaultdict(list)
    for row in rows:
        found[row.source].append(row)
    return found


def not_needed(rows: Sequence[Message]) -> dict[int, str]:
    """Reasons to close, asked of the rooms that the messages come from."""
    found: dict[int, str] = {}
    for name, members in _by_source(rows).items():
        found.update(registry.source(name).still_needed(members))
    return {key: reason for key, reason in found.items() if reason}


def held(rows: Sequence[Message]) -> dict[int, str]:
    """Reasons to hold, asked of the rooms that the messages come from."""
    found: dict[int, str] = {}
    for name, members in _by_source(rows).items():
        found.update(registry.source(name).held(members))
    return {key: reason for key, reason in found.items() if reason}


def _advertised(rows: Sequence[Message], bounds: Limits, now: datetime) -> dict[int, list[datetime]]:
    """When the customers whose advertisements these are got others."""
    ads = [row for row in rows if is_ad(row) and row.customer_id is not None]
    since = now - limits.lookback(bounds, {row.shop_id for row in ads})
    return limits.advertised((row.customer_id for row in ads if row.customer_id is not None), since) if ads else {}


def words(rows: Sequence[Message]) -> dict[int, dict[str, Any]]:
    """Variables by message id. Messages whose source knows them no more are missing."""
    tokens = _unsubscribe_tokens([row for row in rows if is_ad(row)])
    found: dict[int, dict[str, Any]] = {}
    for name, members in _by_source(rows).items():
        told = registry.source(name).words(members)
        for row in members:
            if row.id not in told and registry.is_registered(name):
                continue
            base = base_words(row.shop, row.customer.name if row.customer else "", tokens.get(row.id, ""))
            if row.customer is None and "customer" in told.get(row.id, {}):
                del base["customer"]  # a note to the staff, or a test: about somebody, not to them
            found[row.id] = merged(told.get(row.id, {}), base)
    return found


def buttons(rows: Sequence[Message]) -> dict[int, tuple[Button, ...]]:
    """What readers can press, by message id; () where the source names nothing."""
    found: dict[int, tuple[Button, ...]] = {row.id: () for row in rows}
    for name, members in _by_source(rows).items():
        found.update({key: tuple(some) for key, some in registry.source(name).buttons(members).items()})
    return found


def files(rows: Sequence[Message]) -> dict[int, tuple[File, ...]]:
    """What is attached, by message id; () where the source names nothing."""
    found: dict[int, tuple[File, ...]] = {row.id: () for row in rows}
    for name, members in _by_source(rows).items():
        found.update({key: tuple(some) for key, some in registry.source(name).files(members).items()})
    return found


def base_words(shop: Shop, customer_name: str, unsubscribe_url: str) -> dict[str, Any]:
    """What every message may mention, whoever asked for it."""
    return {
        "shop": {"name": shop.name, "contact": shop.contact, "site_url": shop.site_url},
        "customer": {"name": customer_name},
        "links": {"unsubscribe": unsubscribe_url},
    }


def _unsubscribe_tokens(rows: Sequence[Message]) -> dict[int, str]:
    """Addresses that stop advertisements, by message id."""
    found: dict[int, str] = {}
    by_organization: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        by_organization[row.organization_id].append(row.id)
    until = clock.now() + timedelta(days=UNSUBSCRIBE_DAYS)
    for organization_id, message_ids in by_organization.items():
        for message_id, token in links.publish("unsubscribe", organization_id, message_ids, until).items():
            found[message_id] = f"{settings.KAERU_BASE_URL}/u/{token}"
    return found


def letter(
    row: Message, way: Way, values: Mapping[str, Any], pressed: tuple[Button, ...] = (), attached: tuple[File, ...] = ()
) -> Letter:
    """The message filled in with its words. Raises TemplateBroken."""
    wanted = row.customer.language if row.customer else row.shop.staff_language
    language = language_for(row.template.texts, wanted)
    text = row.template.texts[language]
    return Letter(
        key=row.key,
        shop=row.shop,
        language=language,
        is_advertisement=is_ad(row),
        address=way.address,
        subject=liquid.fill_in(liquid.compiled(text["subject"]), values),
        body=liquid.fill_in(liquid.compiled(text["body"]), values),
        at=clock.now(),
        unsubscribe_url=str(values.get("links", {}).get("unsubscribe", "")),
        buttons=pressed,
        files=attached,
    )


Step = Callable[[Sequence[Message]], dict[int, Any]]


def one_by_one(step: Step, rows: Sequence[Message]) -> tuple[dict[int, Any], dict[int, Exception]]:
    """`step` for all at once; when that fails, for each alone, so that one bad row stops nobody else."""
    try:
        return step(rows), {}
    except sql.LOST:
        raise
    except Exception as failure:
        if len(rows) == 1:
            return {}, {rows[0].id: failure}
    found: dict[int, Any] = {}
    failed: dict[int, Exception] = {}
    for row in rows:
        try:
            found.update(step([row]))
        except sql.LOST:
            raise
        except Exception as failure:
            failed[row.id] = failure
    return found, failed
