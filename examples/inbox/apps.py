"""Django's registration of the example."""

from django.apps import AppConfig


class InboxConfig(AppConfig):
    """The inbox of everybody whom the demo writes to."""

    name = "examples.inbox"
    label = "inbox"
