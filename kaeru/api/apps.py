"""Django's registration of the room."""

from django.apps import AppConfig


class ApiConfig(AppConfig):
    """REST, inbound webhooks, health and metrics."""

    name = "kaeru.api"
    label = "api"
