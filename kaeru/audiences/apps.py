"""Django's registration of the room."""

from importlib import import_module

from django.apps import AppConfig


class AudiencesConfig(AppConfig):
    """Conditions: whom something is for."""

    name = "kaeru.audiences"
    label = "audiences"

    def ready(self) -> None:
        """Offer the fields of the rooms below."""
        import_module("kaeru.audiences.fields")
