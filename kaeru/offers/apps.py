"""Django's registration of the room."""

from django.apps import AppConfig


class OffersConfig(AppConfig):
    """What is given to customers: coupons and their redemption."""

    name = "kaeru.offers"
    label = "offers"
