"""Django's registration of the room."""

from django.apps import AppConfig


class ScenariosConfig(AppConfig):
    """What happens after each reason, by itself."""

    name = "kaeru.scenarios"
    label = "scenarios"
