"""Why a message waits, and until when, in one sentence: 21:00–8:00は送らないため、11月24日(火) 8:00に送ります."""

from collections.abc import Iterable

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kaeru.console import phrases
from kaeru.console.sending import clock_words
from kaeru.core import clock, wording
from kaeru.messages.limits import Limits, limits_of
from kaeru.messages.models import Message, MessageState
from kaeru.messages.timing import Wait


def said(message: Message, bounds: Limits) -> str:
    """The sentence for this message; the plain words of its reason where there is no more to say, "" without a reason."""
    plain = phrases.said(phrases.WHY, message.reason) if message.reason else ""
    if message.state != MessageState.WAITING or message.due_at <= clock.now():
        return plain
    at = wording.moment(timezone.localtime(message.due_at), wording.language_of(get_language()), clock.now().year)
    rule, cap = bounds.rule(message.shop_id, message.channel), bounds.cap(message.shop_id)
    match message.reason:
        case Wait.QUIET_HOURS if rule.quiet_from and rule.quiet_to:
            hours = {"from": clock_words(rule.quiet_from), "to": clock_words(rule.quiet_to), "when": at}
            return _("Nothing is sent from %(from)s to %(to)s, so it goes on %(when)s.") % hours
        case Wait.WEEKDAY:
            return _("Nothing is sent on this day of the week, so it goes on %(when)s.") % {"when": at}
        case Wait.HOLIDAY:
            return _("Nothing is sent on public holidays, so it goes on %(when)s.") % {"when": at}
        case Wait.CAP if cap:
            told = {"most": cap.most, "days": cap.days, "when": at}
            return _("The customer had %(most)d offers within %(days)d days, so it goes on %(when)s.") % told
    return plain


def bounds_of(messages: Iterable[Message]) -> Limits:
    """The rules of the shops of these messages; two queries."""
    return limits_of({message.shop_id for message in messages})
