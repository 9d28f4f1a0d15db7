"""Django's registration of the room."""

from django.apps import AppConfig


class StorefrontConfig(AppConfig):
    """Public pages behind signed links."""

    name = "kaeru.storefront"
    label = "storefront"
