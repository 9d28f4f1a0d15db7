"""Forms of the standing: which mall, how its rule is read, what the mall's own screens show."""

from typing import Any

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from kaeru.core import wording
from kaeru.marketplaces import programme as programmes
from kaeru.marketplaces.programme import Programme
from kaeru.marketplaces.reading import MOST_DAYS, MOST_GRACE_HOURS, Reading

OWN = "own"


class MallForm(forms.Form):
    """Which mall the shop is on."""

    programme = forms.ChoiceField(label=lazy("Mall"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        language = wording.language_of(get_language())
        known = [programmes.load(name) for name in programmes.names()]
        choice = self.fields["programme"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = sorted(
            ((one.name, wording.pick(one.title, language)) for one in known), key=lambda one: one[0] != "qoo10"
        )


class SeenForm(forms.Form):
    """What the seller reads on the mall's own screens."""

    points = forms.IntegerField(label=lazy("Credit points"), required=False, min_value=-1000, max_value=100_000)
    payout_days = forms.IntegerField(label=lazy("Payout cycle, days"), required=False, min_value=0, max_value=365)
    next_sale_on = forms.DateField(
        label=lazy("The next large sale begins on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class ReadingForm(forms.Form):
    """One of the programme's readings, or one of the seller's own."""

    named = forms.ChoiceField(label=lazy("How it is counted"), widget=forms.RadioSelect)
    cancels = forms.ChoiceField(
        label=lazy("What counts"), required=False,
        choices=(
            ("orders", lazy("orders cancelled whole")), ("slips", lazy("every credit slip")),
            ("product_slips", lazy("credit slips with goods on them")),
        ),
    )  # fmt: skip
    month_of = forms.ChoiceField(
        label=lazy("Of which month it is"), required=False,
        choices=(("order", lazy("in the month of the order")), ("cancel", lazy("in the month of the cancellation"))),
    )  # fmt: skip
    grace_hours = forms.IntegerField(
        label=lazy("Left out within so many hours of the order"),
        required=False,
        min_value=0,
        max_value=MOST_GRACE_HOURS,
    )
    within_days = forms.IntegerField(
        label=lazy("Only within so many days of the order (may be empty)"),
        required=False,
        min_value=0,
        max_value=MOST_DAYS,
    )
    sides = forms.MultipleChoiceField(
        label=lazy("Whose cancellations count"), required=False, widget=forms.CheckboxSelectMultiple,
        choices=(("shop", lazy("the shop's")), ("customer", lazy("the buyer's")), ("unknown", lazy("not known whose"))),
    )  # fmt: skip
    only_paid = forms.BooleanField(label=lazy("Only paid orders"), required=False)
    grace_leaves_orders = forms.BooleanField(label=lazy("What is left out is not divided by either"), required=False)

    def __init__(self, rules: Programme, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rules = rules
        language = wording.language_of(get_language())
        choice = self.fields["named"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [(one.name, wording.pick(one.title, language)) for one in rules.readings] + [
            (OWN, _("A way of your own"))
        ]

    @classmethod
    def of(cls, rules: Programme, reading: Reading, name: str) -> "ReadingForm":
        """The form as the shop reads the rules now."""
        told = reading.as_json()
        told.pop("services")
        return cls(rules, initial={**told, "named": name or OWN})

    def clean(self) -> dict[str, Any]:
        """A way of one's own counts somebody's cancellations."""
        told = super().clean() or self.cleaned_data
        if told.get("named") == OWN and not told.get("sides"):
            self.add_error("sides", _("Please choose at least one."))
        return told

    def reading(self) -> dict[str, Any]:
        """The reading as the action takes it."""
        told = self.cleaned_data
        for one in self.rules.readings:
            if one.name == told["named"]:
                return one.reading.as_json()
        return {
            "cancels": told["cancels"] or "orders", "month_of": told["month_of"] or "order", "grace_hours": told["grace_hours"] or 0,
            "within_days": told["within_days"], "sides": told["sides"], "only_paid": told["only_paid"],
            "grace_leaves_orders": told["grace_leaves_orders"],
        }  # fmt: skip
