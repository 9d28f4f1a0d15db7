"""Forms of the settings. They check what was typed; the rooms' actions decide and write."""

import re
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kaeru.tenants.models import Role, Shop

_CART_PARTS = re.compile(r"\{([^{}]*)\}")
CART_WORDS = {"items", "coupon", "ref"}
LANGUAGES = (("ja", "日本語"), ("en", "English"))


class WebAddress(forms.URLField):
    """An address on the web: http or https, nothing else."""

    default_validators = [URLValidator(schemes=["http", "https"])]


class ShopForm(forms.Form):
    """What the shop says about itself."""

    name = forms.CharField(label=_("Name of the shop"), max_length=120)
    sender_name = forms.CharField(
        label=_("Sender's name"),
        max_length=120,
        required=False,
        help_text=_("Shown as the sender of every mail to your customers."),
    )
    sender_mail = forms.EmailField(label=_("Sender's mail address"), required=False)
    postal_address = forms.CharField(
        label=_("Postal address"),
        max_length=200,
        required=False,
        help_text=_(
            "The law asks for name, address and contact in each advertisement. Without them no coupon mail is sent."
        ),
    )
    contact = forms.CharField(
        label=_("Contact for questions (mail address, phone number or page)"), max_length=200, required=False
    )
    staff_mail = forms.EmailField(
        label=_("Contact of the staff"),
        required=False,
        help_text=_("Notes of the desk, of scenarios and of malls go here. Left empty, they go to the owner."),
    )
    staff_language = forms.ChoiceField(label=_("Language of these notes"), choices=LANGUAGES)
    site_url = WebAddress(label=_("Address of the shop's site"), required=False, assume_scheme="https")
    account_url = WebAddress(
        label=_("Page where buyers keep addresses and payment methods"), required=False, assume_scheme="https"
    )
    cart_url = forms.CharField(
        label=_("Address that fills the cart again"),
        max_length=300,
        required=False,
        help_text=_(
            "With {items}, {coupon} and {ref} where your shop expects them: https://shop.example/cart?items={items}&coupon={coupon}&ref={ref}"
        ),
    )
    notify_url = WebAddress(
        label=_("Address of your shop's system that takes cancellations"),
        required=False,
        assume_scheme="https",
        help_text=_("Kaeru tells it of each cancellation, signed. Leave it empty and your staff cancel by hand."),
    )

    GROUPS: ClassVar[tuple[tuple[Any, tuple[str, ...]], ...]] = (
        (_("The shop"), ("name",)),
        (_("Who writes to the customers"), ("sender_name", "sender_mail", "postal_address", "contact")),
        (_("Who hears of news"), ("staff_mail", "staff_language")),
        (_("Ordering again"), ("site_url", "cart_url", "account_url")),
        (_("The shop's system"), ("notify_url",)),
    )

    @classmethod
    def of(cls, shop: Shop) -> "ShopForm":
        """The form as the shop is now."""
        return cls(initial={name: getattr(shop, name) for name in cls.base_fields})

    def groups(self) -> list[tuple[str | Promise, list[forms.BoundField]]]:
        """The fields under their headings."""
        return [(title, [self[name] for name in names]) for title, names in self.GROUPS]

    def clean_cart_url(self) -> str:
        """A web address whose words in braces are known."""
        address = str(self.cleaned_data["cart_url"])
        if address and not re.match(r"https?://[^\s/{}]+", address):
            raise ValidationError(_("Please begin with https:// and the name of your shop's site."))
        unknown = [word for word in _CART_PARTS.findall(address) if word not in CART_WORDS]
        if unknown:
            raise ValidationError(
                _("Kaeru does not know {%(word)s}. Use {items}, {coupon} and {ref}."), params={"word": unknown[0]}
            )
        return address


class SalonForm(ShopForm):
    """What a salon says about itself: it has no cart, no buyers' page, and its visits are not cancelled elsewhere."""

    cart_url = None  # type: ignore[assignment]
    account_url = None  # type: ignore[assignment]
    notify_url = None  # type: ignore[assignment]
    GROUPS = (
        (_("The salon"), ("name", "site_url")),
        (_("Who writes to the customers"), ("sender_name", "sender_mail", "postal_address", "contact")),
        (_("Who hears of news"), ("staff_mail", "staff_language")),
    )


class ReasonForm(forms.Form):
    """A reason in both languages: its label, the answer on the page, and what to mind when ordering again."""

    label_ja = forms.CharField(label=_("The reason, in Japanese"), max_length=60)
    label_en = forms.CharField(label=_("The reason, in English"), max_length=60, required=False)
    answer_ja = forms.CharField(
        label=_("The answer, in Japanese"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Shown at once after the choice. Say the helpful thing once; the cancel button stays in sight."),
    )
    answer_en = forms.CharField(
        label=_("The answer, in English"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 4})
    )
    guidance_ja = forms.CharField(
        label=_("When ordering again, in Japanese"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_(
            "For example: where to enter the right address. Shown on the re-order page and in mails as {{ reason.guidance }}."
        ),
    )
    guidance_en = forms.CharField(
        label=_("When ordering again, in English"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def texts(self, part: str) -> dict[str, str]:
        """{"ja": …, "en": …} of `label`, `answer` or `guidance`; empty languages are left out."""
        found: dict[str, Any] = {code: self.cleaned_data[f"{part}_{code}"] for code, _name in LANGUAGES}
        return {code: text for code, text in found.items() if text}


class ApiKeyForm(forms.Form):
    """A new key for a shop's system."""

    name = forms.CharField(label=_("What is the key for?"), max_length=80)
    may_write = forms.BooleanField(
        label=_("It may also write (send orders and cancellations)"), required=False, initial=True
    )


class SecretForm(forms.Form):
    """A secret that another system made, to be kept here; it is never shown again."""

    secret = forms.CharField(
        label=_("Secret"),
        min_length=16,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        strip=True,
    )


class MemberForm(forms.Form):
    """A person who is to work here."""

    name = forms.CharField(label=_("Name"), max_length=120)
    email = forms.EmailField(label=_("Mail address"))
    role = forms.ChoiceField(
        label=_("What they may do"),
        choices=(
            (Role.VIEWER, _("Viewer: sees figures, no names")),
            (Role.OPERATOR, _("Operator: settles what needs a person")),
            (Role.EDITOR, _("Editor: also writes scenarios")),
            (Role.ADMIN, _("Administrator: also the shop, its reasons and connections")),
            (Role.OWNER, _("Owner: also the members")),
        ),
        initial=Role.OPERATOR,
    )
