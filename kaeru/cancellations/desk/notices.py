"""Notes to the staff: of a new case at once when it is urgent or costly, or one summary in the morning; never to a buyer."""

from collections.abc import Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings

from kaeru.cancellations.desk import rules
from kaeru.cancellations.desk.clocks import terms_of
from kaeru.cancellations.desk.rules import Clock, Why
from kaeru.cancellations.models import Case, CaseState
from kaeru.core import clock, money, wording
from kaeru.messages import actions as outbox
from kaeru.messages.models import Message
from kaeru.messages.registry import register_source
from kaeru.messages.staff import addresses, language_of, note, template_of
from kaeru.tenants.models import Shop

AT_ONCE = "desk"
"""Source of notes about one case; its id is the message's `source_id`."""
MORNING = "desk_morning"
"""Source of summaries; the shop's id."""
TEXTS: Final = {
    AT_ONCE: {
        "ja": {
            "subject": "【受付】{{ desk.what }} 注文{{ order.number }}（{{ desk.value }}）{{ desk.by }}",
            "body": "{{ shop.name }}の受付に、新しい案件があります。\n\n{{ desk.what }}\n注文: {{ order.number }}（{{ desk.value }}）\n"
            "理由: {{ reason.label }}\n期限: {{ desk.by }}\n\n{{ links.story }}\n",
        },
        "en": {
            "subject": "Desk: {{ desk.what }}, order {{ order.number }} ({{ desk.value }}), {{ desk.by }}",
            "body": "There is a new case on the desk of {{ shop.name }}.\n\n{{ desk.what }}\nOrder: {{ order.number }} ({{ desk.value }})\n"
            "Reason: {{ reason.label }}\nDue: {{ desk.by }}\n\n{{ links.story }}\n",
        },
    },
    MORNING: {
        "ja": {
            "subject": "【受付】{{ desk.count }}件あります（最初の期限: {{ desk.by }}）",
            "body": "おはようございます。\n{{ shop.name }}の受付に、{{ desk.count }}件の案件があります。\n"
            "最初の期限: {{ desk.by }}\n\n{{ links.story }}\n",
        },
        "en": {
            "subject": "Desk: {{ desk.count }} cases, the first is due {{ desk.by }}",
            "body": "Good morning.\nThere are {{ desk.count }} cases on the desk of {{ shop.name }}.\n"
            "The first is due: {{ desk.by }}\n\n{{ links.story }}\n",
        },
    },
}
WHAT: Final = {
    "decide": {"ja": "キャンセルのご希望に、お返事をお願いします", "en": "A buyer asks to cancel; please answer"},
    "cancel": {"ja": "店舗のシステムで、注文の取り消しをお願いします", "en": "Please cancel in your shop's system"},
    "refuse": {
        "ja": "キャンセルのお断りを、モールの画面でお願いします",
        "en": "Please refuse the cancellation on the mall's screen",
    },
    "inquiry": {"ja": "お客様からお問い合わせがあります", "en": "A buyer asks something"},
    "repair": {
        "ja": "店舗のシステムで、注文の変更をお願いします",
        "en": "Please change the order in your shop's system",
    },
    "change": {"ja": "注文の変更が止まっています", "en": "A change of an order has stopped"},
    "swap": {"ja": "入れ替え前の注文が残っています", "en": "The old order of a swap still stands"},
}


def tell_at_once(cases: Sequence[Case]) -> int:
    """Put the notes about new cases into the outbox that are to be told at once; returns how many."""
    if not cases:
        return 0
    now, terms = clock.now(), terms_of({case.shop_id for case in cases})
    urgent = [
        case
        for case in cases
        if rules.tells_now(terms[case.shop_id], Clock(case.due_at, Why(case.due_why)), case.value, now)
    ]
    shops = {shop.id: shop for shop in Shop.objects.filter(id__in={case.shop_id for case in urgent})}
    templates = {shop.id: template_of(shop, TEXTS[AT_ONCE]) for shop in shops.values()}
    outbox.enqueue([note(shops[case.shop_id], templates[case.shop_id], AT_ONCE, case.id) for case in urgent])
    Case.objects.filter(id__in=[case.id for case in urgent]).update(told_at=now)
    return len(urgent)


def tell_in_the_morning(shops: Sequence[Shop]) -> int:
    """One summary for each of these shops that has something on its desk; returns how many."""
    waiting = set(
        Case.objects.filter(shop_id__in=[shop.id for shop in shops], state=CaseState.OPEN).values_list(
            "shop_id", flat=True
        )
    )
    asked = [shop for shop in shops if shop.id in waiting]
    outbox.enqueue([note(shop, template_of(shop, TEXTS[MORNING]), MORNING, shop.id) for shop in asked])
    Case.objects.filter(shop_id__in=waiting, state=CaseState.OPEN, told_at=None).update(told_at=clock.now())
    return len(asked)


def words(rows: Sequence[Message]) -> dict[int, dict[str, Any]]:
    """What a note about one case may mention, by message id."""
    cases = {
        case.id: case
        for case in Case.objects.filter(id__in={row.source_id for row in rows}).select_related(
            "request__order", "request__reason", "shop"
        )
    }
    found: dict[int, dict[str, Any]] = {}
    for row in rows:
        case = cases.get(row.source_id)
        if case is None:
            continue
        language, request = language_of(row), case.request
        order = request.order if request else None
        found[row.id] = {
            "customer": {"name": ""},
            "desk": {
                "what": WHAT[case.kind][language],
                "value": money.show(case.value, case.currency, language),
                "by": _by(case, language),
            },
            "order": {"number": order.number if order else ""},
            "reason": {"label": wording.pick(request.reason.labels, language) if request and request.reason else ""},
            "links": {"story": f"{settings.KAERU_BASE_URL}/desk/{case.id}/"},
        }
    return found


def _by(case: Case, language: str) -> str:
    zone = ZoneInfo(case.shop.timezone)
    return wording.moment(case.due_at.astimezone(zone), language, clock.now().astimezone(zone).year)


def morning_words(rows: Sequence[Message]) -> dict[int, dict[str, Any]]:
    """What a summary may mention, as the desk is now."""
    first: dict[int, Case] = {}
    counts: dict[int, int] = {}
    shops = {row.source_id for row in rows}
    for case in Case.objects.filter(shop_id__in=shops, state=CaseState.OPEN).select_related("shop").order_by("due_at"):
        first.setdefault(case.shop_id, case)
        counts[case.shop_id] = counts.get(case.shop_id, 0) + 1
    return {
        row.id: {
            "customer": {"name": ""},
            "desk": {"count": str(counts[row.source_id]), "by": _by(first[row.source_id], language_of(row))},
            "links": {"story": f"{settings.KAERU_BASE_URL}/desk/"},
        }
        for row in rows
        if row.source_id in first
    }


def settled(rows: Sequence[Message]) -> dict[int, str]:
    """Notes about cases that are closed by now are not sent any more."""
    open_ones = set(
        Case.objects.filter(id__in={row.source_id for row in rows}, state=CaseState.OPEN).values_list("id", flat=True)
    )
    return {row.id: "settled" for row in rows if row.source_id not in open_ones}


register_source(AT_ONCE, words, settled, addresses=addresses, is_internal=True)
register_source(MORNING, morning_words, addresses=addresses, is_internal=True)
