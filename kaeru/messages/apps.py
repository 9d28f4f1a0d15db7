"""Django's registration of the room."""

from django.apps import AppConfig


class MessagesConfig(AppConfig):
    """What is said to customers: templates, the outbox, consent at hand-over."""

    name = "kaeru.messages"
    label = "messages"
