"""Django's registration of the room."""

from django.apps import AppConfig


class MarketplacesConfig(AppConfig):
    """モール: penalty lines, forecasts, late parcels, findings."""

    name = "kaeru.marketplaces"
    label = "marketplaces"
