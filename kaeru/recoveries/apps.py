"""Django's registration of the room."""

from django.apps import AppConfig


class RecoveriesConfig(AppConfig):
    """What came back."""

    name = "kaeru.recoveries"
    label = "recoveries"
