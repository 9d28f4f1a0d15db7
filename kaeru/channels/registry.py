"""Which channels there are. A channel's module is loaded when its first letter goes out."""

from functools import cache
from typing import cast

from django.utils.module_loading import import_string

from kaeru.channels.base import Channel

_paths = {"mail": "kaeru.channels.mail.channel.Mail"}


def register(name: str, path: str) -> None:
    """Add a channel, or put another in its place: `path` names a class without arguments."""
    _paths[name] = path
    get.cache_clear()


@cache
def get(name: str) -> Channel:
    """The channel of this name. Raises KeyError for one that nobody registered."""
    return cast(Channel, import_string(_paths[name])())


def names() -> list[str]:
    """The names of all channels."""
    return list(_paths)
