"""Django's registration of the room."""

from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    """Signed-in pages for the shop."""

    name = "kaeru.console"
    label = "console"
