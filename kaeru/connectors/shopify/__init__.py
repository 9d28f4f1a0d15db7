"""Shopify: its webhooks, read."""
