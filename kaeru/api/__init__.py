"""REST, inbound webhooks, health and metrics."""
