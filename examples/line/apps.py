"""Django's registration of the example."""

from django.apps import AppConfig


class LineConfig(AppConfig):
    """The phones of the salon's clients."""

    name = "examples.line"
    label = "line_phone"
