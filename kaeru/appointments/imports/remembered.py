"""Maps that an operator brought once: the next list of the same columns is read without being told how."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kaeru.appointments.imports.columns import build
from kaeru.appointments.imports.reading import open_list
from kaeru.connectors.files.errors import FileRefused
from kaeru.connectors.files.remembered import MOST_TRIED, remember
from kaeru.connectors.models import FileMap
from kaeru.core import clock
from kaeru.tenants.models import Shop

__all__ = ["recall", "remember"]


def recall(shop: Shop, kind: str, path: Path) -> Mapping[str, Any]:
    """What the remembered map says of whose own columns the file has each; the one used last goes first. Empty: none fits."""
    for row in FileMap.objects.filter(shop=shop, kind=kind).order_by("-used_at", "-id")[:MOST_TRIED]:
        own = {f"{table}.{name}" for table in ("customer", "appointment") for name in row.document.get(table, {})}
        try:
            listed = open_list(path, build(kind, row.document, shop.timezone))
        except FileRefused:
            continue
        if own <= listed.has:
            FileMap.objects.filter(id=row.id).update(used_at=clock.now())
            return dict(row.document)
    return {}
