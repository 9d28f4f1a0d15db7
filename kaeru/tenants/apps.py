"""Django's registration of the room."""

from django.apps import AppConfig


class TenantsConfig(AppConfig):
    """Organizations, their shops, people and keys."""

    name = "kaeru.tenants"
    label = "tenants"
