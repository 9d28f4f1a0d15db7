"""One mail: how it was worded, what became of it."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from kaeru.console import phrases, waits, ways
from kaeru.console.doors import Visit, page, show
from kaeru.core import wording
from kaeru.messages import actions, queries
from kaeru.messages.models import Delivery, Message
from kaeru.scenarios.models import Enrollment


def _one(message_id: int) -> Message:
    found = queries.one(message_id)
    if found is None:
        raise Http404
    return found


def _worded(message: Message) -> Delivery | None:
    return next((item for item in reversed(message.deliveries.all()) if item.body), None)


@page("see_people")
def message(request: HttpRequest, visit: Visit, message_id: int) -> HttpResponse:
    """The mail and each attempt to hand it over."""
    found = _one(message_id)
    worded = _worded(found)
    language = wording.language_of(translation.get_language())
    texts = {code: text.get("subject", "") for code, text in found.template.texts.items()}
    asked = Enrollment.objects.select_related("revision").filter(id=found.source_id)
    way = asked.first() if found.source == "enrollment" else None
    context = {
        "up": ways.href(way) if way else reverse("console:today"),
        "up_label": (_("The story") if way.cancellation_id else _("Scenarios")) if way else _("Today"),
        "subject": worded.subject if worded and worded.subject else wording.pick(texts, language),
        "to": next(
            (item.address for item in found.deliveries.all() if item.address and found.channel != "line"),
            visit.person(found.customer.name if found.customer else ""),
        ),
        "kind": _("Mail with an offer (advertisement)") if found.purpose == "advertisement" else _("Notice"),
        "state_code": found.state,
        "state": phrases.said(phrases.MESSAGE, found.state),
        "tone": phrases.MESSAGE_TONE.get(found.state, ""),
        "at": found.ended_at or found.due_at,
        "why": waits.said(found, waits.bounds_of([found])),
        "message_id": found.id,
        "findings": _findings(visit, found),
        "text": worded.body if worded else "",
        "tries": [
            {"said": phrases.said(_outcomes(found), item.outcome), "detail": item.detail, "at": item.at}
            for item in found.deliveries.all()
        ],
    }
    return show(request, visit, "console/message.html", "cancellations", context)


def _outcomes(message: Message) -> phrases.Words:
    return phrases.LINE_OUTCOME if message.channel == "line" else phrases.OUTCOME


def _findings(visit: Visit, message: Message) -> list[tuple[str, str]]:
    """What this member may say about the message: (finding, words)."""
    words = {
        "arrived": _("It arrived"),
        "lost": _("It did not arrive"),
        "seen": _("I have seen this"),
        "again": _("Send it again"),
    }
    return [(finding, words[finding]) for finding in actions.findings(message)] if visit.may("decide") else []


@page("decide", "POST")
def settle(request: HttpRequest, visit: Visit, message_id: int) -> HttpResponse:
    """A person says what became of a message without proof, or that they have seen a refusal."""
    found = _one(message_id)
    finding = request.POST.get("finding", "")
    if actions.settle(found.id, finding, actor=visit.actor):
        messages.success(
            request, _("It goes out again now.") if finding == "again" else _("Noted. It is not sent again.")
        )
    return redirect("console:message", message_id=found.id)
