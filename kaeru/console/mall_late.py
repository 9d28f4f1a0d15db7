"""発送: parcels that will be late or are, and telling their buyers of a new day with one tap."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kaeru.console import late_words as words
from kaeru.console import phrases
from kaeru.console.doors import Visit, page, show
from kaeru.console.mall_standing import HERE, tabs
from kaeru.core import wording
from kaeru.marketplaces.checks import queries as checks
from kaeru.marketplaces.desk import book as screens
from kaeru.marketplaces.dispatch import actions, notice_texts, queries, rules
from kaeru.marketplaces.dispatch.actions import Answer, Delay, DelayRefused
from kaeru.marketplaces.dispatch.ground import programmes
from kaeru.marketplaces.dispatch.models import BuyerNotice
from kaeru.marketplaces.dispatch.queries import LateRow
from kaeru.marketplaces.dispatch.rules import Level
from kaeru.messages.errors import TemplateBroken, TextsRefused

MOST_SHOWN = 60
TICKED = (Level.LATE, Level.MISSES)
"""Whose buyers are chosen beforehand: for the others there is still time to send."""


@page("see")
def listing(request: HttpRequest, visit: Visit) -> HttpResponse:
    """All shops of the organization, the most pressing first."""
    return _drawn(request, visit, {}, [])


@page("decide", "POST")
def tell(request: HttpRequest, visit: Visit) -> HttpResponse:
    """`do`: preview (see the letter), tell (of the new day), ready (the parcel is packed)."""
    form, chosen = request.POST, [int(one) for one in request.POST.getlist("order") if _is_number(one)]
    if not chosen:
        return _drawn(request, visit, form, [phrases.said(words.REFUSED, "nobody")])
    if form.get("do") == "ready":
        return _done(request, actions.tell_ready(chosen, actor=visit.actor))
    delay, problem = _delay(form)
    if delay is None:
        return _drawn(request, visit, form, [problem])
    if form.get("do") != "tell":
        return _drawn(request, visit, form, _problems(visit, chosen, delay), delay)
    try:
        return _done(request, actions.tell_delay(chosen, delay, actor=visit.actor))
    except DelayRefused as refused:
        return _drawn(request, visit, form, [phrases.said(words.REFUSED, refused.code)], delay)
    except TextsRefused as refused:
        return _drawn(request, visit, form, [one.message for one in refused.problems], delay)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19


def _delay(form: Mapping[str, Any]) -> tuple[Delay | None, str]:
    try:
        on = date.fromisoformat(str(form.get("new_on", "")))
    except ValueError:
        return None, phrases.said(words.REFUSED, "no_day")
    own = {language: str(form.get(f"words_{language}", "")).strip()[:1000] for language in ("ja", "en")}
    kept = {language: text for language, text in own.items() if text}
    return Delay(on, str(form.get("cause", "")), kept, form.get("sets_date") == "1"), ""


def _problems(visit: Visit, chosen: Sequence[int], delay: Delay) -> list[str]:
    """What would keep the letter from going, before it is sent."""
    here = {row.order.shop_id: row for row in queries.late_orders(visit.shop_ids) if row.order.id in set(chosen)}
    for row in here.values():
        try:
            actions.check(row.order.shop, delay, row.ground.today)
        except DelayRefused as refused:
            return [phrases.said(words.REFUSED, refused.code)]
        except TextsRefused as refused:
            return [one.message for one in refused.problems]
    return []


def _done(request: HttpRequest, told: Answer) -> HttpResponse:
    said = []
    if told.mailed:
        said.append(
            ngettext("%(n)d buyer is being told.", "%(n)d buyers are being told.", told.mailed) % {"n": told.mailed}
        )
    if told.to_paste:
        said.append(
            ngettext(
                "%(n)d text is ready to be pasted on the mall's screen.",
                "%(n)d texts are ready to be pasted on the mall's screen.",
                told.to_paste,
            )
            % {"n": told.to_paste}
        )
    if told.dates:
        said.append(
            ngettext(
                "%(n)d new dispatch date goes to the mall.", "%(n)d new dispatch dates go to the mall.", told.dates
            )
            % {"n": told.dates}
        )
    if told.noted:
        said.append(
            ngettext(
                "%(n)d new dispatch date is only noted down, as changes are in a dry run: please set it on the mall's screen.",
                "%(n)d new dispatch dates are only noted down, as changes are in a dry run: please set them on the mall's screen.",
                told.noted,
            )
            % {"n": told.noted}
        )
    if said:
        messages.success(request, " ".join(said))
    rest = []
    if told.known:
        rest.append(
            ngettext("%(n)d buyer knew it already.", "%(n)d buyers knew it already.", told.known) % {"n": told.known}
        )
    if told.silent:
        rest.append(
            ngettext("%(n)d buyer cannot be written to.", "%(n)d buyers cannot be written to.", told.silent)
            % {"n": told.silent}
        )
    if told.gone:
        rest.append(
            ngettext(
                "%(n)d order has left or was cancelled meanwhile.",
                "%(n)d orders have left or were cancelled meanwhile.",
                told.gone,
            )
            % {"n": told.gone}
        )
    if rest:
        messages.warning(request, " ".join(rest))
    return redirect("console:late")


@page("decide", "POST")
def pasted(request: HttpRequest, visit: Visit, notice_id: int) -> HttpResponse:
    """The text stands on the mall's screen now."""
    if not BuyerNotice.objects.filter(id=notice_id).exists():
        return HttpResponse(status=404)
    if actions.paste(notice_id, actor=visit.actor):
        messages.success(request, _("Noted: the buyer was told on the mall's screen."))
    return redirect("console:late")


def _drawn(
    request: HttpRequest, visit: Visit, form: Mapping[str, Any], problems: list[str], delay: Delay | None = None
) -> HttpResponse:
    rows = queries.late_orders(visit.shop_ids)
    shown = rows[:MOST_SHOWN]
    chosen = set(request.POST.getlist("order")) if request.method == "POST" else None
    may = visit.may("decide")
    proposed = max((rules.first_new_date(row.ground.today, row.ground.days) for row in rows), default=None)
    groups = _groups(visit, shown, chosen, may)
    context: dict[str, Any] = {
        "tabs": tabs(visit, "late"),
        "groups": groups,
        "ticked": sum(row["is_ticked"] for group in groups for row in group["rows"]),
        "more": len(rows) - len(shown),
        "lead": lead(rows),
        "problems": problems,
        "typed": form,
        "new_on": (delay.new_on if delay else proposed),
        "cause": delay.cause if delay else "preparing",
        "causes": [(name, phrases.said(words.CAUSE, name)) for name in notice_texts.CAUSES],
        "can_set_date": any(row.ground.can_set_date for row in rows),
        "sets_date": delay.sets_date if delay else True,
        "can_decide": may,
        "sample": _sample(visit, rows, chosen, delay),
        "paste": _to_paste(visit) if may else [],
        "sources": _sources(rows),
        "wrong": checks.how_many(visit.shop_ids),
        "unknown": sorted({row.ground.programme for row in rows if row.ground.is_mall and not (row.ground.mall and row.ground.mall.rules)}),
    }  # fmt: skip
    is_refused = bool(problems) and request.method == "POST"
    return show(request, visit, "console/mall_late.html", HERE, context, status=422 if is_refused else 200)


def lead(rows: Sequence[LateRow]) -> str:
    """Where it stands, in one sentence."""
    late = sum(row.watch.level is Level.LATE for row in rows)
    today = sum(row.watch.level is Level.TODAY for row in rows)
    misses = sum(row.watch.level is Level.MISSES for row in rows)
    if not (late or today or misses):
        return _("No parcel is late, and none must leave today.")
    return _("%(late)d late, %(misses)d will be late as it stands, %(today)d must leave today.") % {
        "late": late, "misses": misses, "today": today,
    }  # fmt: skip


def _groups(visit: Visit, rows: Sequence[LateRow], chosen: set[str] | None, may: bool) -> list[dict[str, Any]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row.watch.level.value, []).append(_row(visit, row, chosen, may))
    return [
        {"title": phrases.said(words.LEVEL, level), "tone": words.TONE[level], "rows": part, "count": len(part)}
        for level, part in found.items()
    ]


def _row(visit: Visit, row: LateRow, chosen: set[str] | None, may: bool) -> dict[str, Any]:
    order, language = row.order, visit.language
    first = row.lines[0] if row.lines else None
    is_ticked = row.watch.level in TICKED and not row.is_told and not row.is_busy and row.way != "nobody"
    told_on = row.told.new_on if row.told else None
    shop = order.shop.name if len(visit.shops) > 1 else ""
    slug = {"shop": order.shop.slug} if len(visit.shops) > 1 else {}
    return {
        "id": order.id,
        "number": order.number,
        "name": visit.person(order.customer.name if order.customer else ""),
        "items": _items(row),
        "shop": shop,
        "value": order.total,
        "currency": order.currency,
        "due": words.due(row, language),
        "tone": words.TONE[row.watch.level.value],
        "costs": words.costs(row),
        "rate": words.rate(row),
        "wish": words.wish(row, language),
        "conflict": phrases.said(words.CONFLICT, row.watch.conflict) if row.watch.conflict else "",
        "told": wording.day(told_on, language, row.ground.today.year) if told_on and row.is_told else "",
        "waits_paste": row.told is not None and row.told.message_id is None and row.told.pasted_at is None,
        "is_busy": row.is_busy,
        "way": row.way,
        "is_ticked": str(order.id) in chosen if chosen is not None else is_ticked,
        "substitute": f"{reverse('console:new_shortage')}?{urlencode({'sku': first.sku, **slug})}" if may and first and first.sku else "",
        "screen": screen_of(row.ground.programme),
    }  # fmt: skip


def _items(row: LateRow) -> str:
    if not row.lines:
        return ""
    first = f"{row.lines[0].title} {row.lines[0].variant}".strip()
    more = len(row.lines) - 1
    return first + (_(" and %(n)d more") % {"n": more} if more else "")


def screen_of(programme: str) -> dict[str, str] | None:
    """The mall's screen on which buyers are written to."""
    mall = screens.find(programme) if programme else None
    screen = mall.screens.get("inquiries") if mall else None
    return {"url": screen.url, "name": mall.name.get("ja", "")} if mall and screen else None


def _sample(
    visit: Visit, rows: Sequence[LateRow], chosen: set[str] | None, delay: Delay | None
) -> dict[str, str] | None:
    """The letter as the first of the chosen buyers will read it."""
    first = next((row for row in rows if chosen and str(row.order.id) in chosen), None)
    if first is None or delay is None or delay.cause not in notice_texts.CAUSES or not visit.may("see_people"):
        return None
    try:
        worded = actions.sample(first.order.shop, delay, first.order, is_pasted=first.way == "paste")
    except TemplateBroken:
        return None
    language = wording.language_of(first.order.customer.language if first.order.customer else "ja")
    return {"subject": worded.subject, "body": worded.text, "language": language}


def _to_paste(visit: Visit) -> list[dict[str, Any]]:
    waiting = list(queries.to_paste(visit.shop_ids)[:20])
    texts, known = actions.texts_to_paste(waiting), programmes({row.shop_id for row in waiting})
    return [
        {
            "id": row.id,
            "number": row.order.number,
            "name": visit.person(row.order.customer.name if row.order.customer else ""),
            "text": texts[row.id],
            "shop": row.shop.name,
            "screen": screen_of(known.get(row.shop_id, "")),
        }
        for row in waiting
    ]


def _sources(rows: Sequence[LateRow]) -> list[dict[str, Any]]:
    """The malls' rules that were applied, each with where it is from."""
    malls = {row.ground.programme: row.ground.mall for row in rows if row.ground.mall is not None}
    return [words.source(rule, mall.name) for mall in malls.values() for rule in mall.rules]
