"""Django's registration of the room."""

from importlib import import_module

from django.apps import AppConfig


class MarketplacesConfig(AppConfig):
    """モール: penalty lines, forecasts, late parcels, findings."""

    name = "kaeru.marketplaces"
    label = "marketplaces"

    def ready(self) -> None:
        """Let the malls' clocks count on the desk; listen for parcels, prices and stock; offer the staff's mails their words."""
        for module in (
            "desk.clocks",
            "dispatch.receivers",
            "dispatch.mornings",
            "checks.receivers",
            "forecast.alarms",
            "keys",
        ):
            import_module(f"kaeru.marketplaces.{module}")
