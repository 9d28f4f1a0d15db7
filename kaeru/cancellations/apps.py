"""Django's registration of the room."""

from django.apps import AppConfig


class CancellationsConfig(AppConfig):
    """Reasons, and each wish to cancel with its story."""

    name = "kaeru.cancellations"
    label = "cancellations"
