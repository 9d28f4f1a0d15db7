"""Django's registration of the room; it also puts the connectors on the shelf."""

from django.apps import AppConfig


class ConnectorsConfig(AppConfig):
    """Shops in: how orders and cancellations reach Kaeru, and how Kaeru's wishes reach the shop."""

    name = "kaeru.connectors"
    label = "connectors"

    def ready(self) -> None:
        """Register the connectors that come with Kaeru."""
        from kaeru.connectors import registry
        from kaeru.connectors.qoo10.poller import Qoo10Poller
        from kaeru.connectors.qoo10.writer import Qoo10Writer
        from kaeru.connectors.rakuten.poller import RakutenPoller
        from kaeru.connectors.rakuten.writer import RakutenWriter
        from kaeru.connectors.shopify.connector import Shopify
        from kaeru.connectors.shopify.writer import ShopifyWriter
        from kaeru.connectors.webhook.connector import Webhook
        from kaeru.connectors.webhook.writer import WebhookWriter
        from kaeru.connectors.yahoo.poller import YahooPoller
        from kaeru.connectors.yahoo.writer import YahooWriter

        registry.register(Shopify())
        registry.register(Webhook())
        registry.register_writer("shopify", ShopifyWriter())
        registry.register_writer("webhook", WebhookWriter())
        registry.register_writer("qoo10", Qoo10Writer())
        registry.register_poller("qoo10", Qoo10Poller())
        registry.register_writer("rakuten", RakutenWriter())
        registry.register_writer("yahoo", YahooWriter())
        registry.register_poller("rakuten", RakutenPoller())
        registry.register_poller("yahoo", YahooPoller())
