"""What a shop says about its desk."""

from django.db import transaction

from kaeru.cancellations.desk.rules import TELLS, Terms
from kaeru.cancellations.models import DeskTerms
from kaeru.core import audit
from kaeru.tenants.models import Shop


@transaction.atomic
def set_terms(shop: Shop, terms: Terms, *, actor: str) -> None:
    """How the desk works from here on. Cases that are open keep their clock. Raises ValueError for what cannot be."""
    if terms.tells not in TELLS or terms.reply_hours < 1 or terms.soon_minutes < 0 or terms.value_from < 0:
        raise ValueError("not how a desk can work")
    told = {
        "reply_hours": terms.reply_hours,
        "tells": terms.tells,
        "soon_minutes": terms.soon_minutes,
        "value_from": terms.value_from,
        "approves_free": terms.approves_free,
    }
    DeskTerms.objects.update_or_create(shop=shop, defaults={"organization_id": shop.organization_id, **told})
    audit.record(shop.organization_id, actor, "desk.terms_set", "shop", shop.id, **told)
