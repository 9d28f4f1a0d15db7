"""A condition in one readable sentence, in the reader's language: for screens, for the review of files, for the map of a scenario.

"order value is at least ¥10,000 and first order" / 「ご注文金額が10,000円以上、かつ初めてのご注文」
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any as Value

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext, pgettext_lazy

from kaeru.audiences import registry
from kaeru.audiences.operators import LISTS
from kaeru.audiences.rules import All, Any, Condition, Not, Test
from kaeru.core import money
from kaeru.tenants.models import Shop

OPERATORS: Mapping[str, object] = {
    "is": pgettext_lazy("operator", "is exactly"),
    "is_not": pgettext_lazy("operator", "is not"),
    "at_least": pgettext_lazy("operator", "at least"),
    "at_most": pgettext_lazy("operator", "at most"),
    "more_than": pgettext_lazy("operator", "more than"),
    "less_than": pgettext_lazy("operator", "less than"),
    "between": pgettext_lazy("operator", "between"),
    "from": pgettext_lazy("operator", "from this time on"),
    "before": pgettext_lazy("operator", "before"),
    "one_of": pgettext_lazy("operator", "is one of"),
    "none_of": pgettext_lazy("operator", "is none of"),
    "has_any": pgettext_lazy("operator", "has one of"),
    "has_all": pgettext_lazy("operator", "has all of"),
    "has_none": pgettext_lazy("operator", "has none of"),
}
"""What each operator is called where it is chosen."""


def _sentence(op: str, kind: str) -> str:
    """The sentence of an operator, with its gaps."""
    if op == "between" and kind == "time":
        return _("%(label)s is between %(value)s and %(to)s")
    sentences = {
        "is": _("%(label)s is %(value)s"),
        "is_not": _("%(label)s is not %(value)s"),
        "at_least": _("%(label)s is at least %(value)s"),
        "at_most": _("%(label)s is at most %(value)s"),
        "more_than": _("%(label)s is more than %(value)s"),
        "less_than": _("%(label)s is less than %(value)s"),
        "between": _("%(label)s is from %(value)s to %(to)s"),
        "from": _("%(label)s is %(value)s or later"),
        "before": _("%(label)s is before %(value)s"),
        "one_of": _("%(label)s is %(or)s"),
        "none_of": _("%(label)s is not %(or)s"),
        "has_any": _("%(label)s has %(or)s"),
        "has_all": _("%(label)s has %(and)s"),
        "has_none": _("%(label)s has not %(or)s"),
    }
    return sentences.get(op, "%(label)s %(value)s")


class _Speaker:
    """Says conditions of one shop; what fields can be is read at most once for each field."""

    def __init__(self, shop: Shop) -> None:
        self._currency = shop.currency
        self._language = translation.get_language()
        self._labels: Callable[[str], dict[str, str]] = cache(lambda name: _choices(name, shop.id))

    def say(self, condition: Condition, *, inside: bool = False) -> str:
        """The condition's words; groups inside of others stand in brackets."""
        match condition:
            case Test():
                return self._test(condition)
            case Not(part):
                return _("not (%s)") % self.say(part)
            case All(parts):
                return self._group(parts, pgettext("between conditions", " and "), inside=inside)
            case Any(parts):
                return self._group(parts, pgettext("between conditions", " or "), inside=inside)

    def _group(self, parts: Sequence[Condition], joint: str, *, inside: bool) -> str:
        said = joint.join(self.say(part, inside=len(parts) > 1) for part in parts)
        return _("(%s)") % said if inside and len(parts) > 1 else said

    def _test(self, test: Test) -> str:
        field = registry.field(test.field)
        if field is None:
            return f"{test.field} {test.op} {test.value}"
        label = str(field.label)
        if field.type == "yes":
            return label if test.value is True else str(field.denied) or _("not %s") % label
        if field.has_days:
            label = (
                _("%(label)s ever") % {"label": label}
                if test.days is None
                else _("%(label)s within %(days)d days") % {"label": label, "days": test.days}
            )
        values = (list(test.value) or ["…"]) if isinstance(test.value, tuple) else [test.value]
        said = [self._value(field, value, quoted=test.op in LISTS or field.type == "choice") for value in values]
        gaps = {
            "label": label,
            "value": said[0],
            "to": said[-1],
            "or": pgettext("between choices", " or ").join(said),
            "and": pgettext("between choices", " and ").join(said),
        }
        return _sentence(test.op, field.type) % gaps

    def _value(self, field: registry.Field, value: Value, *, quoted: bool) -> str:
        if field.type == "money" and isinstance(value, int):
            return money.show(value, self._currency, "ja" if self._language == "ja" else "en")
        if field.type == "count" and isinstance(value, int):
            return pgettext("so many times", "%s") % f"{value:,}"
        if field.type == "number" and isinstance(value, int):
            return (
                _("%(number)s %(unit)s") % {"number": f"{value:,}", "unit": field.unit} if field.unit else f"{value:,}"
            )
        text = self._labels(field.name).get(str(value), str(value)) if field.choices else str(value)
        return _("“%s”") % text if quoted and field.type != "weekday" else text


def _choices(name: str, shop_id: int) -> dict[str, str]:
    field = registry.field(name)
    return dict(field.choices(shop_id)) if field and field.choices else {}


def describe(condition: Condition, shop: Shop, language: str | None = None) -> str:
    """The condition in one sentence, in `language` (ja | en; the reader's own when left out).

    Reads at most one query for each field that offers choices.
    """
    with translation.override(language or translation.get_language()):
        return _Speaker(shop).say(condition)
