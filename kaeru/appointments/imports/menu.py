"""The salon's services and staff by the words of a list. Of the past, who is not known becomes somebody who does not work here any more."""

from kaeru.appointments.imports.columns import Map, same
from kaeru.appointments.salons.models import Resource, ResourceKind, Service
from kaeru.connectors.files.cells import plain
from kaeru.core import ids
from kaeru.tenants.models import Shop

UNNAMED = "–"


class Menu:
    """What the salon offers and who works there, while one list is read."""

    def __init__(self, shop: Shop, chosen: Map) -> None:
        self._shop, self._words = shop, chosen
        self._services: dict[str, Service] = {}
        self._people: dict[str, Resource] = {}
        for service in Service.objects.filter(shop=shop).order_by("is_active", "-position"):
            self._services |= {same(name): service for name in (service.name_en, service.name) if name}
        staff = Resource.objects.filter(shop=shop, kind=ResourceKind.STAFF)
        for person in staff.order_by("is_active", "-position"):
            self._people |= {same(name): person for name in (person.name_en, person.name) if name}

    def offered(self, word: str) -> Service | None:
        """The service that is offered today under this word."""
        found = self._services.get(same(self._words.services.get(same(word), word)))
        return found if found and found.is_active else None

    def works(self, word: str) -> Resource | None:
        """Who works here today under this name."""
        found = self._people.get(same(self._words.staff.get(same(word), word)))
        return found if found and found.is_active else None

    def service(self, word: str, minutes: int | None) -> Service:
        """The service of a visit of the past, written down as one that is no longer offered where it is not known."""
        name = self._words.services.get(same(word), word)
        found = self._services.get(same(name))
        if found is None:
            shown = plain(name)[:80] or UNNAMED
            found = self._services[same(name)] = Service.objects.create(
                id=ids.new_id(), organization_id=self._shop.organization_id, shop=self._shop, name=shown, is_online=False, is_active=False,
                stages=[{"minutes": minutes or 60, "busy": True, "name": shown}], position=999,
            )  # fmt: skip
        return found

    def person(self, word: str) -> Resource:
        """Who did a visit of the past, written down as somebody who left where they are not known."""
        name = self._words.staff.get(same(word), word)
        found = self._people.get(same(name))
        if found is None:
            found = self._people[same(name)] = Resource.objects.create(
                id=ids.new_id(), organization_id=self._shop.organization_id, shop=self._shop, kind=ResourceKind.STAFF,
                name=plain(name)[:80] or UNNAMED, is_active=False, position=999,
            )  # fmt: skip
        return found
