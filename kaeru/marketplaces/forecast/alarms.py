"""Mails to the staff before a line is crossed: once for each line, period and level, and one mail for all that one morning brings.

    watch: one chance in five to end beyond the line. likely: more likely than not.

Early in a period the chance says more about other shops than about this one: then nobody is alarmed.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from django.conf import settings

from kaeru.core import audit, clock, ids, sql, wording
from kaeru.marketplaces.forecast.ahead import LEAST_COUNTED, LEAST_ORDERS
from kaeru.marketplaces.forecast.models import Forecast, ForecastAlarm
from kaeru.marketplaces.programme import Programme, load
from kaeru.messages import actions as outbox
from kaeru.messages.models import Message
from kaeru.messages.registry import register_source
from kaeru.messages.staff import addresses, language_of, note, template_of
from kaeru.tenants.models import Shop

SOURCE = "forecast"
"""Of alarms; the id of the forecast that weighs most is the message's `source_id`."""
LEVELS: Final = (("watch", 0.2), ("likely", 0.5))
TEXTS: Final = {
    "ja": {
        "subject": "【モール】{{ desk.rule }}：「{{ desk.stage }}」になる確率 {{ desk.chance }}",
        "body": "{{ shop.name }}の見込みです。\n\n{{ desk.rule }}（{{ desk.period }}）\n"
        "{{ desk.judged }}の判定で「{{ desk.stage }}」になる確率: {{ desk.chance }}\n"
        "現在: 注文{{ desk.orders }}件のうちキャンセル{{ desk.counted }}件\n"
        "あと{{ desk.left }}件まで（これから入る注文も少なめに見込んだ数）\n返事を待っている申請: {{ desk.pending }}件\n\n"
        "{{ desk.others }}\n\n未対応の申請: {{ links.desk }}\n判定の基準と内訳: {{ links.story }}\n",
    },
    "en": {
        "subject": "Mall: {{ desk.chance }} chance of {{ desk.stage }}, {{ desk.rule }}",
        "body": "The outlook of {{ shop.name }}.\n\n{{ desk.rule }} ({{ desk.period }})\n"
        'Chance to be judged "{{ desk.stage }}" on {{ desk.judged }}: {{ desk.chance }}\n'
        "Now: {{ desk.counted }} cancellations of {{ desk.orders }} orders\n"
        "May still be lost: {{ desk.left }} (with few orders to come)\nRequests that wait: {{ desk.pending }}\n\n"
        "{{ desk.others }}\n\nRequests to settle: {{ links.desk }}\nThe rule and the counts: {{ links.story }}\n",
    },
}


def level_of(row: Forecast) -> str | None:
    """The highest level that this forecast reaches; None below all, or when too little has happened to say."""
    if row.orders < LEAST_ORDERS or row.counted < LEAST_COUNTED:
        return None
    reached = [name for name, least in LEVELS if row.probability >= least]
    return reached[-1] if reached else None


def raise_for(rows: Sequence[Forecast]) -> int:
    """Put the mails into the outbox for what these forecasts reach for the first time; returns how many. In the caller's transaction."""
    reached = [(row, level) for row in rows if (level := level_of(row)) is not None]
    if not reached:
        return 0
    known = _known(reached)
    told: dict[int, list[tuple[Forecast, str]]] = defaultdict(list)
    for row, level in reached:
        if not _is_known(row, level, known):
            told[row.shop_id].append((row, level))
    ForecastAlarm.objects.bulk_create(
        [_alarm(row, name) for found in told.values() for row, level in found for name in _upto(level)],
        batch_size=1000, ignore_conflicts=True,
    )  # fmt: skip
    shops = {shop.id: shop for shop in Shop.objects.filter(id__in=sql.keys(told))}
    outbox.enqueue(
        [note(shops[key], template_of(shops[key], TEXTS), SOURCE, _heaviest(found).id) for key, found in told.items()]
    )
    audit.record_many(
        (row.organization_id, "system", "mall.alarmed", "shop", row.shop_id, _detail(row, level))
        for found in told.values()
        for row, level in found
    )
    return len(told)


def _detail(row: Forecast, level: str) -> Mapping[str, Any]:
    return {"rule": row.rule, "stage": row.stage, "level": level, "chance": round(row.probability, 3)}


def _upto(level: str) -> list[str]:
    """With a level, the lower ones are over, too: nobody is told of less afterwards."""
    names = [name for name, _ in LEVELS]
    return names[: names.index(level) + 1]


Place = tuple[int, str, str, str, date]


def _place(row: Forecast | ForecastAlarm) -> Place:
    return row.shop_id, row.programme, row.rule, row.stage, row.judged_on


def _known(reached: Sequence[tuple[Forecast, str]]) -> dict[Place, set[str]]:
    shops, first = {row.shop_id for row, _ in reached}, min(row.judged_on for row, _ in reached)
    found: dict[Place, set[str]] = defaultdict(set)
    for one in ForecastAlarm.objects.filter(shop_id__in=sql.keys(shops), judged_on__gte=first):
        found[_place(one)].add(one.level)
    return found


def _is_known(row: Forecast, level: str, known: Mapping[Place, set[str]]) -> bool:
    return level in known.get(_place(row), ())


def _heaviest(found: Sequence[tuple[Forecast, str]]) -> Forecast:
    """Of several alarms of one morning: the likeliest, and of equals the first line."""
    return max((row for row, _ in found), key=lambda row: row.probability)


def _alarm(row: Forecast, level: str) -> ForecastAlarm:
    return ForecastAlarm(
        id=ids.new_id(), organization_id=row.organization_id, shop_id=row.shop_id, programme=row.programme, rule=row.rule,
        stage=row.stage, judged_on=row.judged_on, level=level, forecast=row, told_at=clock.now(),
    )  # fmt: skip


def words(rows: Sequence[Message]) -> dict[int, dict[str, Any]]:
    """What an alarm says: what was forecast that morning. Two queries."""
    said = {one.id: one for one in Forecast.objects.filter(id__in={row.source_id for row in rows})}
    beside: dict[tuple[int, date], list[Forecast]] = defaultdict(list)
    mornings = {one.made_on for one in said.values()}
    shops = {one.shop_id for one in said.values()}
    for one in Forecast.objects.filter(shop_id__in=shops, made_on__in=mornings).order_by("id"):
        beside[one.shop_id, one.made_on].append(one)
    found = {}
    for row in rows:
        one_said = said.get(row.source_id)
        if one_said is not None:
            language = language_of(row)
            found[row.id] = _words(one_said, beside[one_said.shop_id, one_said.made_on], language)
    return found


def _words(row: Forecast, beside: Sequence[Forecast], language: str) -> dict[str, Any]:
    programme = load(row.programme)
    year = row.made_on.year
    others = [
        f"{_title(programme, one, language)} {_stage(programme, one, language)}: {percent(one.probability)}"
        for one in beside
        if one.id != row.id
    ]
    desk = {
        "rule": _title(programme, row, language),
        "stage": _stage(programme, row, language),
        "chance": percent(row.probability),
        "period": f"{wording.day(row.period_from, language, year)}–{wording.day(row.period_to, language, year)}",
        "judged": wording.day(row.judged_on, language, year),
        "orders": str(row.orders),
        "counted": str(row.counted),
        "left": str(row.basis.get("may_lose", 0)),
        "pending": str(row.basis.get("pending", 0)),
        "others": " / ".join(others),
    }
    links = {"story": f"{settings.KAERU_BASE_URL}/standing/", "desk": f"{settings.KAERU_BASE_URL}/desk/"}
    return {"customer": {"name": ""}, "desk": desk, "links": links}


def percent(chance: float) -> str:
    """As people read it: whole percent, and never sure of what is not.

    >>> percent(0.004), percent(0.347), percent(0.9999), percent(1.0)
    ('<1%', '35%', '>99%', '100%')
    """
    if 0 < chance < 0.01:
        return "<1%"
    if 0.99 < chance < 1:
        return ">99%"
    return f"{round(chance * 100)}%"


def _title(programme: Programme, row: Forecast, language: str) -> str:
    rule = programme.rule(row.rule, row.judged_on)
    return wording.pick(rule.title, language) if rule else row.rule


def _stage(programme: Programme, row: Forecast, language: str) -> str:
    stage = programme.stages.get(row.stage)
    return wording.pick(stage.title, language) if stage else row.stage


def settled(rows: Sequence[Message]) -> dict[int, str]:
    """An alarm about a period that was judged meanwhile is not sent any more."""
    said = dict(Forecast.objects.filter(id__in={row.source_id for row in rows}).values_list("id", "judged_on"))
    today = clock.now().date()
    return {row.id: "settled" for row in rows if row.source_id not in said or said[row.source_id] < today}


register_source(SOURCE, words, settled, addresses=addresses, is_internal=True)
