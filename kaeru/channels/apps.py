"""Django's registration of the room."""

from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    """Messages out: mail, LINE."""

    name = "kaeru.channels"
    label = "channels"
