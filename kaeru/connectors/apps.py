"""Django's registration of the room."""

from django.apps import AppConfig


class ConnectorsConfig(AppConfig):
    """Shops in: how orders and cancellations reach Kaeru, and how Kaeru's wishes reach the shop."""

    name = "kaeru.connectors"
    label = "connectors"
