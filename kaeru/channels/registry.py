"""Which channels there are. A channel's module is loaded when its first letter goes out."""

from functools import cache
from typing import cast

from django.utils.module_loading import import_string

from kaeru.channels.base import Channel

_paths = {"mail": "kaeru.channels.mail.channel.Mail", "line": "kaeru.channels.line.channel.LineChannel"}
_writes_to: dict[str, str] = {}
_repeatable = {"line"}


def register(name: str, path: str, *, writes_to: str = "") -> None:
    """Add a channel, or put another in its place: `path` names a class without arguments.

    `writes_to` is the kind of identity that it needs (mail | phone | line), where that is not called as the channel is.
    """
    _paths[name] = path
    _writes_to[name] = writes_to or name
    get.cache_clear()


@cache
def get(name: str) -> Channel:
    """The channel of this name. Raises KeyError for one that nobody registered."""
    return cast(Channel, import_string(_paths[name])())


def writes_to(name: str) -> str:
    """The kind of identity by which the channel reaches a customer."""
    return _writes_to.get(name, name)


def repeatable() -> list[str]:
    """Channels that know a repeat by the message's key: an answer that never came may be asked for again."""
    return sorted(_repeatable)


def names() -> list[str]:
    """The names of all channels."""
    return list(_paths)
