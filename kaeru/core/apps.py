"""Django's registration of the room; it also wakes every room's receivers."""

from importlib import import_module
from importlib.util import find_spec

from django.apps import AppConfig, apps


class CoreConfig(AppConfig):
    """Tools without business words."""

    name = "kaeru.core"
    label = "core"

    def ready(self) -> None:
        """Register the system checks, then each room's `receivers.py`, so that news finds its readers."""
        import_module("kaeru.core.checks")
        for room in apps.get_app_configs():
            if room.name.startswith("kaeru.") and find_spec(f"{room.name}.receivers"):
                import_module(f"{room.name}.receivers")
