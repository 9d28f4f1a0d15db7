"""What conditions can ask about a customer."""

from collections import defaultdict
from collections.abc import Sequence

from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _

from kaeru.audiences import compiling
from kaeru.audiences.counting import counted
from kaeru.audiences.registry import Field
from kaeru.audiences.rules import Subject
from kaeru.channels import registry as channels
from kaeru.core import sql
from kaeru.customers.models import Customer, CustomerTag
from kaeru.customers.queries import may_advertise, tags_of_shop
from kaeru.orders.models import Order

MOST_OFFERED = 200


def _ids(subjects: Sequence[Subject]) -> set[int]:
    return {subject.customer_id for subject in subjects if subject.customer_id is not None}


def _tags(subjects: Sequence[Subject], days: int | None) -> dict[Subject, frozenset[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    for customer_id, tag in CustomerTag.objects.filter(customer_id__in=sql.keys(_ids(subjects))).values_list(
        "customer_id", "tag"
    ):
        found[customer_id].add(tag)
    return {s: frozenset(found.get(s.customer_id, ())) for s in subjects if s.customer_id is not None}


def _tags_of_shop(shop_id: int) -> list[tuple[str, str]]:
    return [(tag, tag) for tag in tags_of_shop(shop_id, MOST_OFFERED)]


def _orders(subjects: Sequence[Subject], days: int | None) -> dict[Subject, int]:
    return counted(Order.objects.all(), "placed_at", subjects, days)


def _consent(subjects: Sequence[Subject], days: int | None) -> dict[Subject, bool]:
    willing = may_advertise(_ids(subjects), "mail", channels.writes_to("mail"))
    return {s: s.customer_id in willing for s in subjects if s.customer_id is not None}


def _language(subjects: Sequence[Subject], days: int | None) -> dict[Subject, str]:
    found = dict(Customer.objects.filter(id__in=sql.keys(_ids(subjects))).values_list("id", "language"))
    return {s: found[s.customer_id] for s in subjects if s.customer_id is not None and found.get(s.customer_id)}


def _languages(shop_id: int) -> list[tuple[str, str]]:
    return [("ja", now("Japanese")), ("en", now("English"))]


FIELDS = (
    Field(
        "customer.tag", _("customer tag"), "tags", _tags,
        _("Tags that the shop or a scenario put on the customer."), _tags_of_shop, is_open=True,
        sql=compiling.listed("customers_customertag", "tag"),
    ),
    Field(
        "customer.orders", _("number of orders"), "count", _orders,
        _("Orders that the customer placed in this shop, cancelled ones and the present one included."),
        has_days=True,
        sql=compiling.count("orders_order", "placed_at"),
    ),
    Field(
        "customer.consent.mail", _("consent to advertisements by mail"), "yes", _consent,
        _("The customer agreed to advertisements by mail, has not taken it back, and the address is not closed to them."),
        denied=_("no consent to advertisements by mail"),
    ),
    Field(
        "customer.language", _("language of the customer"), "choice", _language,
        _("The language in which the customer is written to."), _languages,
        sql=compiling.column("NULLIF(c.language, '')"),
    ),
)  # fmt: skip
