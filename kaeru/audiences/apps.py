"""Django's registration of the room."""

from django.apps import AppConfig


class AudiencesConfig(AppConfig):
    """Conditions: whom something is for."""

    name = "kaeru.audiences"
    label = "audiences"
