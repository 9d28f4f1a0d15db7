"""一斉配信: messages to the salon's segments — who gets one and what it costs is shown before it goes."""

from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kaeru.appointments.openings import broadcasts, terms
from kaeru.appointments.openings.broadcasts import Refused
from kaeru.appointments.openings.models import Broadcast
from kaeru.console import opening_words as words
from kaeru.console import phrases
from kaeru.console.client_parts import address, of_salon
from kaeru.console.doors import Visit, page, show
from kaeru.console.sheets import sheet
from kaeru.core import clock
from kaeru.messages.errors import TextsRefused
from kaeru.messages.models import Message
from kaeru.messages.texts import LANGUAGES, PARTS, check_texts
from kaeru.tenants.models import Shop

HERE = "openings"
LONGEST = {"subject": 200, "body": 4_000}


@page("see")
@of_salon
def listing(request: HttpRequest, visit: Visit, shop: Shop) -> HttpResponse:
    """All broadcasts, the newest first."""
    part = sheet(Broadcast.objects.filter(shop=shop).order_by("-created_at", "-id"), request.GET.get("page"))
    context = {
        "shop": shop,
        "tab": "broadcasts",
        "may_edit": visit.may("edit_scenarios"),
        "sheet": part,
        "rows": [
            {
                "href": address("broadcast", shop, visit, one.id),
                "title": _title(one.texts, visit.language),
                "at": one.sent_at or one.created_at,
                "people": words.people(one.people) if one.sent_at else "",
                "cost": words.cost(one.pushes, one.yen, shop.currency, visit.language) if one.pushes else "",
                "state": words.said(words.BROADCAST, one.state),
                "tone": {"sent": "good", "draft": "clock"}.get(one.state, ""),
            }
            for one in part.rows
        ],
    }
    return show(request, visit, "console/broadcasts.html", HERE, context)


def _title(texts: Any, language: str) -> str:
    order = (language, *LANGUAGES)
    return next(
        (told for one in order if (told := str(texts.get(one, {}).get("subject", "")).strip())), _("Without a title")
    )


@page("edit_scenarios", "GET", "POST")
@of_salon
def new(request: HttpRequest, visit: Visit, shop: Shop) -> HttpResponse:
    """A draft from nothing."""
    terms.begin_with(shop)
    if request.method == "POST":
        return _save(request, visit, shop, None)
    return _page(request, visit, shop, None, {}, [])


@page("see", "GET", "POST")
def detail(request: HttpRequest, visit: Visit, broadcast_id: int) -> HttpResponse:
    """One broadcast: written and previewed while it is a draft, what became of it afterwards."""
    row = Broadcast.objects.select_related("shop").filter(id=broadcast_id).first()
    if row is None:
        raise Http404
    if request.method == "POST":
        if not visit.may("edit_scenarios"):
            return HttpResponse(status=403)
        return _save(request, visit, row.shop, row)
    return _page(request, visit, row.shop, row, row.texts, row.segment_ids)


def _read(request: HttpRequest) -> tuple[dict[str, dict[str, str]], list[int]]:
    texts = {
        language: {
            part: request.POST.get(f"{language}:{part}", "").replace("\r\n", "\n")[: LONGEST[part]] for part in PARTS
        }
        for language in LANGUAGES
    }
    chosen = [
        int(told) for told in request.POST.getlist("segment") if told.isascii() and told.isdigit() and len(told) < 20
    ]
    return texts, chosen


def _save(request: HttpRequest, visit: Visit, shop: Shop, row: Broadcast | None) -> HttpResponse:
    do = request.POST.get("do", "save")
    if row is not None and do == "stop":
        gone = broadcasts.stop(row.id, actor=visit.actor)
        messages.success(
            request,
            ngettext("Stopped: %(n)s message did not go.", "Stopped: %(n)s messages did not go.", gone) % {"n": gone},
        )
        return redirect(address("broadcast", shop, visit, row.id))
    if row is not None and do == "delete":
        broadcasts.remove(row.id)
        return redirect(address("broadcasts", shop, visit))
    texts, chosen = _read(request)
    problems = check_texts(texts, "advertisement", broadcasts.ALLOWED)
    if problems:
        return _page(request, visit, shop, row, texts, chosen, problems, status=422)
    try:
        kept = broadcasts.save(shop, row.id if row else None, chosen, texts, actor=visit.actor)
        if do == "send":
            kept = broadcasts.send(kept.id, actor=visit.actor)
            told = _("It goes out now to %(people)s. Outside of the hours of your sending rules it waits.")
            messages.success(request, told % {"people": words.people(kept.people)})
    except TextsRefused as no:
        return _page(request, visit, shop, kept, texts, chosen, no.problems, status=422)
    except Refused as no:
        messages.warning(request, _refused(no.code))
        return redirect(address("broadcast", shop, visit, row.id if no.code == "sent" and row else kept.id))
    return redirect(address("broadcast", shop, visit, kept.id))


def _refused(code: str) -> str:
    return {
        "nobody": _("Nobody would get it: choose other segments."),
        "quota": _("This month has not so many LINE messages left. Choose fewer people, or change your plan at LINE."),
        "sent": _("It has been sent already."),
    }[code]


def _page(
    request: HttpRequest, visit: Visit, shop: Shop, row: Broadcast | None, texts: Any, chosen: list[int],
    problems: Any = (), status: int = 200,
) -> HttpResponse:  # fmt: skip
    every = terms.segments_of(shop.id)
    is_draft = row is None or row.state == "draft"
    context: dict[str, Any] = {
        "shop": shop, "row": row, "is_draft": is_draft, "up": address("broadcasts", shop, visit),
        "title": _title(texts, visit.language) if row else _("New broadcast"),
        "segments": [{"id": one.id, "name": one.name, "is_chosen": one.id in chosen} for one in every],
        "texts": [_text(language, texts.get(language, {}), problems) for language in _order(visit.language)],
        "problems": [one.message for one in problems if "." not in one.path],
        "form": {"errors": bool(problems)}, "may_edit": visit.may("edit_scenarios"),
    }  # fmt: skip
    if is_draft and chosen:
        context |= _preview(visit, shop, [one for one in every if one.id in chosen])
    if row is not None and not is_draft:
        context |= _became(visit, row)
    return show(request, visit, "console/broadcast.html", HERE, context, status=status)


def _order(language: str) -> list[str]:
    return sorted(LANGUAGES, key=lambda one: one != language)


def _text(language: str, text: Any, problems: Any) -> dict[str, Any]:
    return {
        "language": language,
        "label": _("Japanese") if language == "ja" else _("English"),
        "subject": text.get("subject", ""),
        "body": text.get("body", ""),
        "wrong": {part: [one.message for one in problems if one.path == f"{language}.{part}"] for part in PARTS},
    }


def _preview(visit: Visit, shop: Shop, chosen: list[Any]) -> dict[str, Any]:
    seen = broadcasts.reached(shop, chosen, clock.now())
    return {
        "seen": seen,
        "summary": _("Goes to %(people)s, %(cost)s.")
        % {"people": words.people(len(seen.ways)), "cost": words.cost(seen.pushes, seen.yen, shop.currency, visit.language)},
        "left_out": [(words.people(count), words.said(words.LEFT_OUT, why)) for why, count in seen.left_out.items()],
    }  # fmt: skip


def _became(visit: Visit, row: Broadcast) -> dict[str, Any]:
    """What became of its messages, by state."""
    told = Message.objects.filter(source=broadcasts.SOURCE, source_id=row.id).order_by()
    counts = dict(told.values_list("state").annotate(Count("id")))
    waiting = sum(counts.get(state, 0) for state in ("waiting", "claimed", "held"))
    reasons = told.exclude(reason="").values_list("reason").annotate(Count("id"))
    return {
        "sent": words.people(counts.get("sent", 0) + counts.get("unknown", 0) + counts.get("sending", 0)),
        "waiting": words.people(waiting) if waiting else "",
        "reasons": [(words.people(count), phrases.said(phrases.WHY, reason)) for reason, count in reasons],
        "cost": words.cost(row.pushes, row.yen, row.shop.currency, visit.language),
        "by_state": words.said(words.BROADCAST, row.state),
    }
