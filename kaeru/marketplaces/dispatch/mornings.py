"""The staff's mail in the morning: how many parcels will be late, which first, what they cost; and texts that wait to be pasted."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from kaeru.core import clock, ids, scope, wording
from kaeru.core.calendar import Calendar
from kaeru.core.passes import Pass
from kaeru.marketplaces.dispatch.models import PreventionTerms
from kaeru.marketplaces.dispatch.queries import LateRow, late_orders, to_paste
from kaeru.marketplaces.dispatch.rules import Level
from kaeru.messages.actions import enqueue
from kaeru.messages.models import Message
from kaeru.messages.registry import register_source
from kaeru.messages.staff import addresses, language_of, note, template_of
from kaeru.tenants import queries as tenants
from kaeru.tenants.models import Shop

SOURCE = "late_morning"
"""The shop's id is the `source_id`."""
PRESSING = (Level.LATE, Level.MISSES, Level.TODAY, Level.SOON)
MOST_NAMED = 10
TOKYO = ZoneInfo("Asia/Tokyo")
"""Most shops are there: those that were told today are not even loaded."""
TEXTS: Final = {
    "ja": {
        "subject": "【発送】今日発送が必要な注文 {{ desk.today }}件、遅れている注文 {{ desk.late }}件",
        "body": "おはようございます。\n{{ shop.name }}の発送の状況です。\n\n遅れている注文: {{ desk.late }}件\n"
        "このままでは遅れる注文: {{ desk.misses }}件\n今日発送が必要な注文: {{ desk.today }}件\n次の営業日までの注文: {{ desk.soon }}件\n"
        "モールの画面に貼り付ける文面: {{ desk.paste }}件\n\n{{ desk.lines }}\n\n{{ links.story }}\n",
    },
    "en": {
        "subject": "Parcels: {{ desk.today }} must leave today, {{ desk.late }} are late",
        "body": "Good morning.\nThe parcels of {{ shop.name }}:\n\nLate: {{ desk.late }}\nWill be late as it stands: {{ desk.misses }}\n"
        "Must leave today: {{ desk.today }}\nUntil the next working day: {{ desk.soon }}\nTexts to paste on the mall's screen: {{ desk.paste }}\n\n"
        "{{ desk.lines }}\n\n{{ links.story }}\n",
    },
}


def is_due(calendar: Calendar, told_on: date | None) -> bool:
    """The shop is open, and nobody was told today; a shop that is closed is told when it opens."""
    now = clock.now()
    return told_on != now.astimezone(ZoneInfo(calendar.zone)).date() and calendar.is_open(now)


def tell(limit: int) -> int:
    """One mail for each shop with parcels at risk, when it opens; returns how many shops had their morning.

    Shops that never said anything are told, too; a row is made for them, so that they are told once.
    """
    with scope.everyone(), transaction.atomic():
        _make_rows(limit)
        rows = PreventionTerms.objects.filter(tells=True).exclude(told_on=clock.now().astimezone(TOKYO).date())
        asked = list(rows.select_related("shop").select_for_update(of=("self",)).order_by("id"))
        calendars = tenants.calendars({row.shop_id for row in asked})
        due = [row for row in asked if is_due(calendars[row.shop_id], row.told_on)][:limit]
        now = clock.now()
        for row in due:
            row.told_on = now.astimezone(ZoneInfo(calendars[row.shop_id].zone)).date()
        PreventionTerms.objects.bulk_update(due, ["told_on"])
        _write([row.shop for row in due])
        return len(due)


def _make_rows(limit: int) -> None:
    without = Shop.objects.exclude(id__in=PreventionTerms.objects.values("shop_id")).filter(kind="ec")
    PreventionTerms.objects.bulk_create(
        [
            PreventionTerms(id=ids.new_id(), organization_id=organization_id, shop_id=shop_id)
            for shop_id, organization_id in without.order_by("id").values_list("id", "organization_id")[:limit]
        ],
        ignore_conflicts=True,
    )


def _write(shops: Sequence[Shop]) -> None:
    if not shops:
        return
    pressing = {row.order.shop_id for row in late_orders([shop.id for shop in shops]) if _counts(row)}
    pressing |= set(to_paste([shop.id for shop in shops]).values_list("shop_id", flat=True))
    asked = [shop for shop in shops if shop.id in pressing]
    enqueue([note(shop, template_of(shop, TEXTS), SOURCE, shop.id) for shop in asked])


def _counts(row: LateRow) -> bool:
    """Whether the staff must hear of it: pressing, and the buyer knows no new day."""
    return row.watch.level in PRESSING and not row.is_told and not row.is_busy


def words(rows: Sequence[Message]) -> dict[int, dict[str, Any]]:
    """What the mail may mention, as the parcels stand at the hand-over. Names no buyer."""
    shops = {row.source_id for row in rows}
    found: dict[int, list[LateRow]] = {}
    for one in late_orders(shops):
        if _counts(one):
            found.setdefault(one.order.shop_id, []).append(one)
    waiting: dict[int, int] = {}
    for shop_id in to_paste(shops).values_list("shop_id", flat=True):
        waiting[shop_id] = waiting.get(shop_id, 0) + 1
    return {row.id: _words(row, found.get(row.source_id, []), waiting.get(row.source_id, 0)) for row in rows}


def _words(row: Message, late: Sequence[LateRow], paste: int) -> dict[str, Any]:
    language = language_of(row)
    counts = {level.value: sum(one.watch.level is level for one in late) for level in PRESSING}
    listed = [f"{one.order.number}  {_due(one, language)}" for one in late[:MOST_NAMED]]
    return {
        "customer": {"name": ""},
        "desk": {**{name: str(count) for name, count in counts.items()}, "paste": str(paste), "lines": " / ".join(listed)},
        "links": {"story": f"{settings.KAERU_BASE_URL}/late/"},
    }  # fmt: skip


def _due(row: LateRow, language: str) -> str:
    if row.watch.level is Level.LATE:
        return f"{row.watch.days_late}日遅れ" if language == "ja" else f"{row.watch.days_late} d late"
    on = row.watch.due_on
    return wording.day(on, language, row.ground.today.year) if on else ""


def settled(rows: Sequence[Message]) -> dict[int, str]:
    """A mail of a day that is over is not sent any more."""
    found = {}
    for row in rows:
        zone = ZoneInfo(row.shop.timezone)
        if row.created_at.astimezone(zone).date() != clock.now().astimezone(zone).date():
            found[row.id] = "settled"
    return found


register_source(SOURCE, words, settled, addresses=addresses, is_internal=True)
PASSES = [Pass("late parcels", tell, limit=200, every_seconds=60.0)]
