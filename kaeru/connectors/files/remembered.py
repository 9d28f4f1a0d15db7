"""Maps that an operator brought once: the next list of the same columns is read without being told how."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kaeru.connectors.files.columns import Header
from kaeru.connectors.files.errors import FileRefused
from kaeru.connectors.files.layout import Layout, build
from kaeru.connectors.files.opening import open_text
from kaeru.connectors.files.survey import look_over
from kaeru.connectors.files.table import Table
from kaeru.connectors.models import FileMap
from kaeru.core import audit, clock, ids
from kaeru.tenants.models import Shop

MOST_TRIED = 20


def remember(shop: Shop, kind: str, name: str, document: Mapping[str, Any], *, actor: str) -> None:
    """Keep the map under its name, over an older one of that name. Called after a list was read by it."""
    FileMap.objects.bulk_create(
        [
            FileMap(
                id=ids.new_id(), organization_id=shop.organization_id, shop=shop, kind=kind, name=name[:60], document=dict(document),
                used_at=clock.now(),
            )
        ],
        update_conflicts=True, unique_fields=["shop_id", "kind", "name"], update_fields=["document", "used_at"],
    )  # fmt: skip
    audit.record(shop.organization_id, actor, "file_map.remembered", "shop", shop.id, kind=kind, name=name[:60])


def recall(shop: Shop, kind: str, path: Path) -> Layout | None:
    """The remembered map that fits the file: it finds each of its columns there. The one used last goes first."""
    for row in FileMap.objects.filter(shop=shop, kind=kind).order_by("-used_at", "-id")[:MOST_TRIED]:
        layout = build(row.name, row.document)
        try:
            survey = look_over(path, layout)
            with open_text(path, survey.encoding) as stream:
                header = Header(Table(stream, survey.delimiter).header)
            fits = all(header.find(column) is not None for column in (*layout.order.values(), *layout.line.values()))
        except FileRefused:
            continue
        if fits:
            FileMap.objects.filter(id=row.id).update(used_at=clock.now())
            return layout
    return None
