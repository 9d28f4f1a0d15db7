"""Django's registration of the room."""

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    """Orders as the shop's own system tells them, mirrored."""

    name = "kaeru.orders"
    label = "orders"
