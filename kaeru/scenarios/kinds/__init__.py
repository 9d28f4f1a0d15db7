"""The step kinds: what a scenario can be made of. Each is a file here with a `KIND`; the folder is the register."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from kaeru.scenarios.kinds.base import Kind

ORDER = ("message", "coupon", "call", "wait", "await", "branch", "split", "notify", "tag", "webhook", "exit")
"""How the editor lists them; kinds it does not name come after."""


@cache
def kinds() -> dict[str, Kind]:
    """All kinds by name, in the editor's order."""
    found: dict[str, Kind] = {}
    for module in iter_modules(__path__):
        one = getattr(import_module(f"{__name__}.{module.name}"), "KIND", None)
        if isinstance(one, Kind):
            found[one.name] = one
    place = {name: index for index, name in enumerate(ORDER)}
    return dict(sorted(found.items(), key=lambda item: (place.get(item[0], len(ORDER)), item[0])))


def kind(name: str) -> Kind:
    """The kind of this name. Raises KeyError."""
    return kinds()[name]
