"""Who did what: one entry for each action, written in the action's transaction."""

from collections.abc import Iterable, Mapping
from typing import Any

from kaeru.core import clock, ids
from kaeru.core.models import AuditEntry


def record(organization_id: int, actor: str, verb: str, subject: str, subject_id: int, **detail: Any) -> None:
    """Note that `actor` (`member:12`, `customer`, `api:kaeru_ab12`, `scenario`, `shop`) did `verb` to the subject.

    `detail` holds ids and words of the change, never personal data.
    """
    AuditEntry.objects.bulk_create(
        [
            AuditEntry(
                id=ids.new_id(),
                organization_id=organization_id,
                at=clock.now(),
                actor=actor,
                verb=verb,
                subject=subject,
                subject_id=subject_id,
                detail=detail,
            )
        ]
    )


def record_many(entries: Iterable[tuple[int, str, str, str, int, Mapping[str, Any]]]) -> None:
    """Many at once, in one statement: (organization id, actor, verb, subject, subject id, detail) as in `record`."""
    moment, told = clock.now(), list(entries)
    AuditEntry.objects.bulk_create(
        AuditEntry(
            id=key,
            organization_id=owner,
            at=moment,
            actor=actor,
            verb=verb,
            subject=subject,
            subject_id=subject_id,
            detail=dict(detail),
        )
        for key, (owner, actor, verb, subject, subject_id, detail) in zip(ids.new_ids(len(told)), told, strict=True)
    )
