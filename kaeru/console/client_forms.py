"""Forms about a salon's clients. They check what was typed; the room's verbs decide and write."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kaeru.appointments.clients.actions import MOST_NOTE
from kaeru.appointments.clients.models import ClientCard
from kaeru.appointments.clients.tickets import MOST_TICKETS
from kaeru.appointments.salons.models import Resource, ResourceKind, Service
from kaeru.console import client_words
from kaeru.tenants.models import Shop

Choices = list[tuple[str, Any]]


def services(shop: Shop) -> Choices:
    """What the salon offers, for a choice."""
    rows = Service.objects.filter(shop=shop, is_active=True).order_by("position", "id")
    named = client_words.names_of(rows.values_list("id", "name", "name_en"))
    return [(str(key), name) for key, name in named.items()]


def staff(shop: Shop) -> Choices:
    """Who works there, for a choice."""
    rows = Resource.objects.filter(shop=shop, kind=ResourceKind.STAFF, is_active=True).order_by("position", "id")
    named = client_words.names_of(rows.values_list("id", "name", "name_en"))
    return [(str(key), name) for key, name in named.items()]


class _Day(forms.DateInput):
    """A day as every browser asks for it."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class _Clock(forms.TimeInput):
    """A time of day as every browser asks for it."""

    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


class NewClientForm(forms.Form):
    """Somebody new."""

    name = forms.CharField(label=_("Name"), max_length=200)
    phone = forms.CharField(label=_("Phone number"), max_length=40, required=False)
    email = forms.EmailField(label=_("Mail address"), required=False)
    note = forms.CharField(
        label=_("Note"), max_length=MOST_NOTE, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


class NoteForm(forms.Form):
    """What the salon wants to remember, and whom the client asks for."""

    note = forms.CharField(
        label=_("Note"), max_length=MOST_NOTE, required=False, widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("Only your team sees it."),
    )  # fmt: skip
    nominee = forms.ChoiceField(label=_("Asks for"), required=False)

    def __init__(self, card: ClientCard, data: Any = None) -> None:
        chosen = str(card.nominated_staff_id or "none") if card.is_nominee_set else ""
        super().__init__(data, initial={"note": card.note, "nominee": chosen})
        people: Choices = [("", _("as the visits say")), ("none", _("nobody")), *staff(card.shop)]
        if card.is_nominee_set and card.nominated_staff and chosen not in dict(people):
            people.append((chosen, card.nominated_staff.name))
        self.fields["nominee"] = forms.ChoiceField(label=_("Asks for"), choices=people, required=False)


class SellForm(forms.Form):
    """A ticket pack that the client has paid for."""

    name = forms.CharField(label=_("Name of the pack"), max_length=80)
    total = forms.IntegerField(label=_("Tickets"), min_value=1, max_value=MOST_TICKETS, initial=10)
    used = forms.IntegerField(label=_("Used already"), min_value=0, max_value=MOST_TICKETS, initial=0)
    price = forms.IntegerField(label=_("Paid for it, in yen"), min_value=0, max_value=99_999_999, initial=0)
    bought_on = forms.DateField(label=_("Bought on"), widget=_Day())
    expires_on = forms.DateField(
        label=_("Good until"), widget=_Day(), required=False, help_text=_("Empty: it does not expire.")
    )
    services = forms.MultipleChoiceField(
        label=_("Good for"), required=False, widget=forms.CheckboxSelectMultiple, help_text=_("None chosen: for everything.")
    )  # fmt: skip

    def __init__(self, shop: Shop, today: date, data: Any = None) -> None:
        super().__init__(data, initial={"bought_on": today})
        self.fields["services"].choices = services(shop)  # type: ignore[attr-defined]


class ExtendForm(forms.Form):
    """Until when a pack is good."""

    expires_on = forms.DateField(widget=_Day(), required=False)


class WaitForm(forms.Form):
    """When somebody wants to come, if only something were free."""

    service = forms.ChoiceField(label=_("What for"))
    staff = forms.ChoiceField(label=_("With"), required=False)
    first_day = forms.DateField(label=_("First day"), widget=_Day())
    until = forms.DateField(label=_("Last day"), widget=_Day())
    weekdays = forms.MultipleChoiceField(
        label=_("Days of the week"), required=False, widget=forms.CheckboxSelectMultiple, help_text=_("None chosen: any day.")
    )  # fmt: skip
    not_before = forms.TimeField(label=_("Not before"), widget=_Clock(), required=False)
    not_after = forms.TimeField(label=_("Not after"), widget=_Clock(), required=False)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def __init__(self, shop: Shop, today: date, last: date, data: Any = None) -> None:
        super().__init__(data, initial={"first_day": today, "until": last})
        self.fields["service"].choices = services(shop)  # type: ignore[attr-defined]
        self.fields["staff"].choices = [("", _("any of the staff")), *staff(shop)]  # type: ignore[attr-defined]
        self.fields["weekdays"].choices = client_words.days()  # type: ignore[attr-defined]
