"""Settings of repairs: what is offered, what delivery costs, how long a swap stays open."""

from kaeru.cancellations.repairs.terms import Terms, terms_of
from kaeru.core import scope
from kaeru.offers import queries as offers
from kaeru.offers.shipping import Terms as Shipping
from tests.cast import Cast

PATH = "/settings/repairs/"
TOLD = {
    "kinds": ["address", "lines", "coupon", "free_shipping", "sooner"], "fee": "550", "free_from": "8000", "handling_days": "1",
    "delivery_days": "2", "express_days": "1", "payment_url": "", "swap_minutes": "60", "undo_minutes": "15",
}  # fmt: skip


def test_it_shows_what_a_shop_that_said_nothing_has(cast: Cast) -> None:
    text = cast.aoi.browser().get(PATH).content.decode()
    assert text.count("checked") == 6
    assert 'name="fee"' in text


def test_it_keeps_what_was_typed(cast: Cast) -> None:
    assert cast.aoi.browser().post(PATH, TOLD).status_code == 302
    with scope.organization(cast.organization.id):
        assert terms_of(cast.kotori.id) == Terms(frozenset({"payment"}), 1, 2, 1, 60, 15, "")
        assert offers.shipping_terms(cast.kotori.id) == Shipping(550, 8000)
    cast.aoi.browser().post(PATH, {**TOLD, "fee": "", "free_from": ""})
    with scope.organization(cast.organization.id):
        assert offers.shipping_terms(cast.kotori.id) is None


def test_it_refuses_what_cannot_be_and_keeps_nothing(cast: Cast) -> None:
    for wrong in (
        {"fee": ""},
        {"payment_url": "javascript:x"},
        {"express_days": "2"},
        {"swap_minutes": "0"},
        {"fee": "-1"},
    ):
        assert cast.aoi.browser().post(PATH, {**TOLD, **wrong}).status_code == 422
    with scope.organization(cast.organization.id):
        assert terms_of(cast.kotori.id) == Terms()


def test_it_is_for_those_who_may_edit_the_shop(cast: Cast) -> None:
    assert cast.bunta.browser().get(PATH).status_code == 403
    assert cast.mei.browser().post(PATH, TOLD).status_code == 403
