"""What happened to a case so far, on one line of time: who decided what, notes, calls, letters."""

from django.urls import reverse
from django.utils.translation import gettext as _

from kaeru.cancellations import letters
from kaeru.cancellations.desk.queries import Whole
from kaeru.console import desk_words, phrases
from kaeru.console.doors import Visit
from kaeru.console.entries import Entry
from kaeru.messages import queries as messages

LEFT_OUT = ("case.noted", "case.decided", "case.closed")
"""Said better by the note, the decision, the end."""


def tell(visit: Visit, whole: Whole) -> list[Entry]:
    """The oldest first."""
    case, found = whole.case, []
    for entry in whole.entries:
        if entry.verb not in LEFT_OUT:
            found.append(Entry(entry.at, "note", phrases.said(desk_words.VERB, entry.verb), [by(whole, entry.actor)]))
    for decision in whole.decisions:
        why = [by(whole, decision.by)]
        ground = phrases.said(desk_words.GROUND, decision.ground) if decision.ground in desk_words.GROUND else ""
        if decision.ground == "taken_back":
            continue
        tone = {"approve": "", "decline": "clock", "keep": "good"}.get(decision.verdict, "")
        mark = "done" if decision.verdict == "approve" else "reason"
        what = phrases.said(desk_words.VERDICT, decision.verdict)
        found.append(Entry(decision.decided_at, mark, what, [*([ground] if ground else []), *why], tone))
    for note in whole.notes:
        text = note.text if visit.may("see_people") else _("A note that your role does not show.")
        found.append(Entry(note.at, "note", text, [by(whole, note.by)]))
    for task in whole.calls:
        what = _("A call was put on the list.") if task.state == "waiting" else _("The call is over.")
        href, action = reverse("console:call", args=[task.id]), _("Open the call")
        found.append(Entry(task.created_at, "call", what, href=href, action=action))
    if case.request_id is not None:
        for source in (letters.DECISION, letters.OFFER):
            for message in messages.of_sources(source, [case.request_id]):
                state = phrases.said(phrases.MESSAGE, message.state)
                what = _("Letter to the buyer: %(subject)s") % {"subject": _subject(message.template.texts)}
                found.append(
                    Entry(
                        message.created_at, "mail", what, badge=state, tone=phrases.MESSAGE_TONE.get(message.state, ""),
                        href=reverse("console:message", args=[message.id]), action=_("Look at the mail"),
                    )
                )  # fmt: skip
    if case.closed_at is not None:
        what = _("Closed: %(outcome)s") % {"outcome": phrases.said(desk_words.OUTCOME, case.outcome)}
        found.append(Entry(case.closed_at, "done", what, [by(whole, case.closed_by)], "good"))
    return sorted(found, key=lambda one: one.at)


def by(whole: Whole, actor: str) -> str:
    """Who it was, in words."""
    if actor.startswith("api:"):
        return _("over the API")
    return whole.names.get(actor) or phrases.said(desk_words.BY, actor)


def _subject(texts: dict[str, dict[str, str]]) -> str:
    """The subject before it is filled in, without its variables."""
    subject = next((text.get("subject", "") for text in texts.values()), "")
    return subject.replace("{{ order.number }}", "").strip()
