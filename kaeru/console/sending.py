"""Sending rules: when a channel is silent, how many offers one customer gets; and what happens to what may not go."""

from datetime import time
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import pgettext_lazy

from kaeru.channels import registry as channels
from kaeru.console import phrases
from kaeru.console.doors import Visit, page, show
from kaeru.console.hours import WEEKDAYS, Clock
from kaeru.console.settings import back_to, shop_of
from kaeru.messages import actions
from kaeru.messages import queries as waiting
from kaeru.messages.limits import limits_of
from kaeru.messages.timing import (
    ADVERTISEMENT,
    EVERYTHING,
    LONGEST_WINDOW_DAYS,
    USUAL_CAP,
    Cap,
    Rule,
    check_rule,
)
from kaeru.offers import actions as offers
from kaeru.offers import queries as offer_limits
from kaeru.tenants.models import Shop

CHANNELS = {"mail": lazy("Mail"), "line": lazy("LINE"), "sms": lazy("SMS")}
NEVER = {
    "quiet_incomplete": lazy("Please enter both times, or leave both empty."),
    "never_quiet_hours": lazy("From and until are the same time, so nothing would ever be sent."),
    "never_weekday": lazy("Please choose at least one day, or nothing would ever be sent."),
}


class RuleForm(forms.Form):
    """When one channel is silent."""

    quiet_from = forms.TimeField(label=pgettext_lazy("time of day", "From"), required=False, widget=Clock())
    quiet_to = forms.TimeField(label=pgettext_lazy("time of day", "Until"), required=False, widget=Clock())
    weekdays = forms.TypedMultipleChoiceField(
        label=lazy("Days on which it is sent"),
        required=False,
        coerce=int,
        choices=tuple((str(number), name) for number, name in enumerate(WEEKDAYS)),
        widget=forms.CheckboxSelectMultiple,
    )
    on_holidays = forms.BooleanField(label=lazy("Also on public holidays"), required=False)
    covers = forms.ChoiceField(
        label=lazy("What the rule is for"),
        choices=(
            (ADVERTISEMENT, lazy("Offers (advertisements) only")),
            (EVERYTHING, lazy("All messages, also the notice of a cancellation")),
        ),
        widget=forms.RadioSelect,
    )

    def __init__(self, channel: str, data: QueryDict | None = None, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial, prefix=channel)
        self.channel = channel

    @property
    def title(self) -> str:
        """The channel as people say it."""
        return str(CHANNELS.get(self.channel, self.channel))

    @classmethod
    def of(cls, rule: Rule) -> "RuleForm":
        """The form as the rule is now."""
        initial = {
            "quiet_from": rule.quiet_from,
            "quiet_to": rule.quiet_to,
            "weekdays": [str(number) for number in sorted(rule.weekdays)],
            "on_holidays": rule.on_holidays,
            "covers": rule.covers,
        }
        return cls(rule.channel, initial=initial)

    def rule(self) -> Rule:
        """The rule as it was typed."""
        told = self.cleaned_data
        return Rule(
            self.channel,
            told.get("quiet_from"),
            told.get("quiet_to"),
            frozenset(told.get("weekdays") or ()),
            bool(told.get("on_holidays")),
            told.get("covers") or ADVERTISEMENT,
        )

    def clean(self) -> dict[str, Any]:
        """A rule that allows nothing is no rule."""
        told = super().clean() or self.cleaned_data
        code = check_rule(self.rule()) if not self.errors else ""
        if code:
            self.add_error("weekdays" if code == "never_weekday" else "quiet_to", str(NEVER.get(code, code)))
        return told


class LimitForm(forms.Form):
    """How often one customer hears of offers and gets incentives, over all scenarios."""

    has_cap = forms.BooleanField(label=lazy("Limit the offers to one customer"), required=False)
    most = forms.IntegerField(label=lazy("At most (messages)"), min_value=1, max_value=100, required=False)
    days = forms.IntegerField(label=lazy("In so many days"), min_value=1, max_value=LONGEST_WINDOW_DAYS, required=False)
    weeks = forms.IntegerField(
        label=lazy("One coupon per customer in so many weeks"),
        min_value=0,
        max_value=offers.LONGEST_WEEKS,
        help_text=lazy("0: as many as the scenarios give."),
    )

    @classmethod
    def of(cls, shop: Shop, cap: Cap | None) -> "LimitForm":
        """The form as the shop is now."""
        shown = cap or USUAL_CAP
        weeks = offer_limits.incentive_weeks(shop.id)
        return cls(initial={"has_cap": cap is not None, "most": shown.most, "days": shown.days, "weeks": weeks})

    def clean(self) -> dict[str, Any]:
        """A cap has both numbers."""
        told = super().clean() or self.cleaned_data
        if told.get("has_cap") and not self.errors and not (told.get("most") and told.get("days")):
            self.add_error("most", _("Please enter how many messages in how many days."))
        return told

    def cap(self) -> Cap | None:
        """The cap as it was typed; None for no cap."""
        told = self.cleaned_data
        return Cap(told["most"], told["days"]) if told["has_cap"] else None


@page("edit_shop", "GET", "POST")
def rules(request: HttpRequest, visit: Visit) -> HttpResponse:
    """One card for each channel, one for the caps; below each what happens to a message that may not go."""
    mine = shop_of(visit)
    bounds = limits_of([mine.id])
    names = [name for name in channels.names() if name in CHANNELS]
    if request.method == "POST":
        forms_told = [RuleForm(name, request.POST) for name in names]
        limits = LimitForm(request.POST)
        if (
            sum(not form.is_valid() for form in [*forms_told, limits]) == 0
        ):  # each is asked, so that each says what is wrong
            _save(mine, forms_told, limits, visit.actor)
            messages.success(request, _("Saved. What waits is looked at again now."))
            return back_to("sending", visit)
    else:
        forms_told = [RuleForm.of(bounds.rule(mine.id, name)) for name in names]
        limits = LimitForm.of(mine, bounds.cap(mine.id))
    is_wrong = any(form.errors for form in [*forms_told, limits])
    context = {
        "rules": forms_told,
        "limits": limits,
        "form": {"errors": is_wrong, "non_field_errors": []},
        "waiting": [(phrases.said(phrases.WHY, why), count) for why, count in waiting.put_off(mine.id).items()],
    }
    return show(request, visit, "console/sending_rules.html", "settings", context, status=422 if is_wrong else 200)


@transaction.atomic
def _save(shop: Shop, rules: list[RuleForm], limits: LimitForm, actor: str) -> None:
    for form in rules:
        actions.set_rule(shop, form.rule(), actor=actor)
    actions.set_cap(shop, limits.cap(), actor=actor)
    offers.set_incentive_limit(shop, limits.cleaned_data["weeks"], actor=actor)


def clock_words(at: time | None) -> str:
    """8:00, as the other pages write times."""
    return f"{at.hour}:{at.minute:02d}" if at else "–"
