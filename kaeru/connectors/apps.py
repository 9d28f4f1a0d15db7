"""Django's registration of the room; it also puts the connectors on the shelf."""

from django.apps import AppConfig


class ConnectorsConfig(AppConfig):
    """Shops in: how orders and cancellations reach Kaeru, and how Kaeru's wishes reach the shop."""

    name = "kaeru.connectors"
    label = "connectors"

    def ready(self) -> None:
        """Register the connectors that come with Kaeru."""
        from kaeru.connectors import registry
        from kaeru.connectors.shopify.connector import Shopify
        from kaeru.connectors.shopify.writer import ShopifyWriter
        from kaeru.connectors.webhook.connector import Webhook
        from kaeru.connectors.webhook.writer import WebhookWriter

        registry.register(Shopify())
        registry.register(Webhook())
        registry.register_writer("shopify", ShopifyWriter())
        registry.register_writer("webhook", WebhookWriter())
