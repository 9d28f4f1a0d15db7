"""Which kinds of shop systems can be connected."""

from kaeru.connectors.base import Connector, Writer
from kaeru.connectors.polling import Poller

_connectors: dict[str, Connector] = {}
_writers: dict[str, Writer] = {}
_pollers: dict[str, Poller] = {}


def register(connector: Connector) -> None:
    """Offer this kind; the last one of a name wins."""
    _connectors[connector.name] = connector


def find(name: str) -> Connector | None:
    """The connector of this name, or None."""
    return _connectors.get(name)


def names() -> list[str]:
    """All kinds, in alphabetical order."""
    return sorted(_connectors)


def register_writer(name: str, writer: Writer) -> None:
    """Kaeru can act in systems of this kind; the last one of a name wins."""
    _writers[name] = writer


def find_writer(name: str) -> Writer | None:
    """Who acts in systems of this kind, or None."""
    return _writers.get(name)


def register_poller(name: str, poller: Poller) -> None:
    """Systems of this kind are asked in turn; the last one of a name wins."""
    _pollers[name] = poller


def find_poller(name: str) -> Poller | None:
    """Who asks systems of this kind, or None: they tell by themselves."""
    return _pollers.get(name)


def polled() -> list[str]:
    """All kinds that are asked, in alphabetical order."""
    return sorted(_pollers)
