"""Django's registration of the room."""

from importlib import import_module

from django.apps import AppConfig


class CancellationsConfig(AppConfig):
    """Reasons, and each wish to cancel with its story."""

    name = "kaeru.cancellations"
    label = "cancellations"

    def ready(self) -> None:
        """Offer what conditions can ask about cancellations, and listen for what ends repairs and swaps."""
        import_module("kaeru.cancellations.audience")
        import_module("kaeru.cancellations.repairs.hearing")
