"""Django's registration of the room."""

from django.apps import AppConfig


class CallsConfig(AppConfig):
    """Calls that staff make, each with a script and a deadline."""

    name = "kaeru.calls"
    label = "calls"
