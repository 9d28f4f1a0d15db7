"""Django's registration of the room."""

from django.apps import AppConfig


class CustomersConfig(AppConfig):
    """The people who buy: who they are, how to reach them, what they agreed to."""

    name = "kaeru.customers"
    label = "customers"
