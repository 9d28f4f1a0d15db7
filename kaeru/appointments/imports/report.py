"""What an import of a salon's list did, in the shape in which imports of orders tell it."""

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import transaction

from kaeru.connectors.files.errors import Rejection
from kaeru.connectors.models import ImportRun
from kaeru.core import audit, clock, ids
from kaeru.tenants.models import Shop

MOST_REJECTIONS = 10_000


@dataclass(slots=True)
class Report:
    """What an import did, or would do (`is_dry_run`)."""

    kind: str
    """customers | appointments"""
    is_dry_run: bool = False
    encoding: str = ""
    rows: int = 0
    rejected: int = 0
    customers: Counter[str] = field(default_factory=Counter)
    """created, updated, unchanged"""
    appointments: Counter[str] = field(default_factory=Counter)
    """created, updated, unchanged; and of the created ones history, live"""
    warnings: Counter[str] = field(default_factory=Counter)
    rejections: list[Rejection] = field(default_factory=list)

    @property
    def accepted(self) -> int:
        """Rows that were taken."""
        return self.rows - self.rejected

    def reject(self, bad: Rejection) -> None:
        """One row is not taken."""
        self.rejected += 1
        if len(self.rejections) < MOST_REJECTIONS:
            self.rejections.append(bad)

    def as_json(self) -> dict[str, Any]:
        """The answer of `kaeru import customers|appointments --json`."""
        told: dict[str, Any] = {"rows": self.rows, "accepted": self.accepted, "rejected": self.rejected}
        changes = ("created", "updated", "unchanged")
        if self.kind == "appointments":
            told["appointments"] = {name: self.appointments[name] for name in (*changes, "history", "live")}
            told["cancellations"] = self.appointments["cancelled"]
        told["customers"] = {name: self.customers[name] for name in changes}
        return told | {
            "left_out": [],
            "warnings": [{"message": message, "times": times} for message, times in self.warnings.most_common(100)],
            "encoding": self.encoding,
            "dry_run": self.is_dry_run,
            "rejections": [
                {"line": bad.line, "code": bad.code, "message": bad.message}
                for bad in sorted(self.rejections, key=lambda bad: bad.line)
            ],
            "rejections_not_listed": max(0, self.rejected - len(self.rejections)),
        }


def begin(shop: Shop, kind: str, path: Path) -> ImportRun:
    """Note that the file is being imported."""
    digest = hashlib.sha256()
    with path.open("rb") as raw:
        while chunk := raw.read(1 << 20):
            digest.update(chunk)
    return ImportRun.objects.create(
        id=ids.new_id(), organization_id=shop.organization_id, shop=shop, kind=kind, layout="", file_name=path.name[:200],
        file_digest=digest.digest(), started_at=clock.now(),
    )  # fmt: skip


@transaction.atomic
def finish(run: ImportRun, report: Report, actor: str) -> None:
    """Note what came of it."""
    told = report.as_json()
    ImportRun.objects.filter(id=run.id).update(
        finished_at=clock.now(), report=told | {"rejections": told["rejections"][:100]}
    )
    audit.record(
        run.organization_id, actor, f"{report.kind}.imported", "import_run", run.id, rows=report.rows, rejected=report.rejected
    )  # fmt: skip
