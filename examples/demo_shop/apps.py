"""Django's registration of the example."""

from django.apps import AppConfig


class DemoShopConfig(AppConfig):
    """A general store with 24 products."""

    name = "examples.demo_shop"
    label = "demo_shop"
