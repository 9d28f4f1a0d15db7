"""Forms about openings: the salon's terms, a time offered by hand, a segment's name."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kaeru.appointments.openings.models import RefillTerms
from kaeru.appointments.openings.terms import LONGEST_NAME
from kaeru.console.client_forms import staff
from kaeru.console.hours import Clock
from kaeru.tenants.models import Shop


class RefillForm(forms.Form):
    """How freed times are offered."""

    is_by_rule = forms.BooleanField(
        label=_("Offer freed times by itself"),
        required=False,
        help_text=_("As soon as a visit is cancelled or moved. Otherwise you look at each opening first."),
    )
    offer_from = forms.TimeField(label=pgettext_lazy("time of day", "From"), widget=Clock())
    offer_to = forms.TimeField(label=pgettext_lazy("time of day", "Until"), widget=Clock())
    pushes_per_opening = forms.IntegerField(
        label=_("LINE messages for one opening, at most"),
        min_value=0,
        max_value=5_000,
        help_text=_("A small salon gets along with 12 on LINE's free plan. Mail is not counted."),
    )
    yen_per_push = forms.IntegerField(
        label=_("What one LINE message costs (yen)"),
        min_value=0,
        max_value=100,
        help_text=_(
            "Of your plan with LINE, rounded up; 3 is the most that LINE takes. Costs are shown before anything is sent."
        ),
    )
    once_per_days = forms.IntegerField(
        label=_("Ask the same client once in so many days"),
        min_value=0,
        max_value=365,
        help_text=_("Clients on the waitlist are told each time."),
    )

    @classmethod
    def of(cls, terms: RefillTerms) -> "RefillForm":
        """The form as the terms are now."""
        return cls(initial={name: getattr(terms, name) for name in cls.base_fields})

    def clean(self) -> dict[str, Any]:
        """Hours that are the same would mean any hour, which nobody means."""
        told = super().clean() or self.cleaned_data
        if told.get("offer_from") is not None and told.get("offer_from") == told.get("offer_to"):
            self.add_error("offer_to", _("From and until are the same time, so nothing would ever be sent."))
        return told


class HandForm(forms.Form):
    """A free time that the salon wants to offer."""

    staff = forms.TypedChoiceField(label=_("Staff member"), coerce=int)
    day = forms.DateField(label=_("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    at = forms.TimeField(label=_("Time"), widget=Clock())

    def __init__(self, shop: Shop, data: Any = None, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        self.fields["staff"].choices = staff(shop)  # type: ignore[attr-defined]


class SegmentForm(forms.Form):
    """What a segment is called and whether it is asked."""

    name = forms.CharField(label=_("Name"), max_length=LONGEST_NAME)
    is_asked = forms.BooleanField(
        label=_("Ask these clients about freed times"),
        required=False,
        help_text=_("Otherwise the segment is there to choose by hand, and for broadcasts."),
    )
