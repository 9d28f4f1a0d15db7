"""Which kinds of shop systems can be connected."""

from kaeru.connectors.base import Connector

_connectors: dict[str, Connector] = {}


def register(connector: Connector) -> None:
    """Offer this kind; the last one of a name wins."""
    _connectors[connector.name] = connector


def find(name: str) -> Connector | None:
    """The connector of this name, or None."""
    return _connectors.get(name)


def names() -> list[str]:
    """All kinds, in alphabetical order."""
    return sorted(_connectors)
