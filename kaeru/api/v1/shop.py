"""The shop behind the key, and its reasons."""

from django.http import HttpRequest
from ninja import Router

from kaeru.api.guard import caller_of
from kaeru.api.v1.schemas import ReasonOut, ReasonsOut, ShopOut
from kaeru.cancellations import queries

router = Router(tags=["shop"])


@router.get("/shop", response=ShopOut, operation_id="get_shop", summary="The shop that your key opens")
def get_shop(request: HttpRequest) -> ShopOut:
    """Useful as a first call: it shows that the key works."""
    caller = caller_of(request)
    shop = caller.shop
    return ShopOut(
        id=str(shop.id),
        slug=shop.slug,
        name=shop.name,
        currency=shop.currency,
        timezone=shop.timezone,
        verbs=list(caller.key.verbs),
    )


@router.get("/reasons", response=ReasonsOut, operation_id="list_reasons", summary="The reasons a buyer may give")
def list_reasons(request: HttpRequest) -> ReasonsOut:
    """In the shop's own order, the retired ones last."""
    rows = queries.reasons(caller_of(request).shop.id)
    return ReasonsOut(
        reasons=[ReasonOut(code=r.code, labels=r.labels, side=r.side, is_active=r.is_active) for r in rows]
    )
