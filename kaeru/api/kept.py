"""Idempotency-Key: the first answer is kept and given again, so that a shop may repeat a call whose answer got lost.

The answer is written in the same transaction as what it tells, so that neither exists without the other: a crash in between
leaves nothing, and the repeat is worked on as the first. Answers that changed nothing (4xx other than 409 and 410) are not kept;
the same key then may be used for the corrected call.
"""

import hashlib
import threading
from collections.abc import Callable
from datetime import timedelta

from django.db import transaction
from django.http import HttpRequest, HttpResponse

from kaeru.api.answers import error
from kaeru.api.models import KeptAnswer
from kaeru.core import clock, ids, scope
from kaeru.tenants.models import ApiKey

HEADER = "Idempotency-Key"
REPEATED = "Idempotent-Replayed"
LONGEST = 255
KEPT = timedelta(days=90)
"""Longer than any scenario runs."""
_running: set[tuple[int, str]] = set()
_lock = threading.Lock()


def _fingerprint(request: HttpRequest) -> bytes:
    said = f"{request.method} {request.get_full_path()}\n".encode() + request.body
    return hashlib.sha256(said).digest()


def answer_once(request: HttpRequest, key: ApiKey, work: Callable[[], HttpResponse]) -> HttpResponse:
    """Work and keep the answer, or give the kept one. Without the header: just work."""
    name = request.headers.get(HEADER)
    if name is None or request.method not in {"POST", "PUT"}:
        return work()
    if not 0 < len(name) <= LONGEST or not name.isascii() or not name.isprintable():
        return error(400, "idempotency_key", f"The {HEADER} must have 1 to {LONGEST} printable ASCII characters.")
    place = (key.id, name)
    with _lock:
        if place in _running:
            return error(409, "in_progress", "The first call with this Idempotency-Key is still being worked on.")
        _running.add(place)
    try:
        return _first_or_again(request, key, name, work)
    finally:
        with _lock:
            _running.discard(place)


def _first_or_again(request: HttpRequest, key: ApiKey, name: str, work: Callable[[], HttpResponse]) -> HttpResponse:
    said = _fingerprint(request)
    with transaction.atomic():
        row = KeptAnswer(
            id=ids.new_id(),
            organization_id=key.organization_id,
            api_key=key,
            key=name,
            request_hash=said,
            created_at=clock.now(),
        )
        # PostgreSQL waits here for another process that holds the same key, and then finds its answer below.
        KeptAnswer.objects.bulk_create([row], ignore_conflicts=True)
        kept = KeptAnswer.objects.get(api_key=key, key=name)
        if kept.id != row.id:
            return _again(kept, said)
        answer = work()
        if 200 <= answer.status_code < 300 or answer.status_code in {409, 410}:
            KeptAnswer.objects.filter(id=row.id).update(status=answer.status_code, body=answer.content)
        else:
            transaction.set_rollback(True)
        return answer


def _again(kept: KeptAnswer, said: bytes) -> HttpResponse:
    if bytes(kept.request_hash) != said:
        return error(
            422, "idempotency_key_reused", "This Idempotency-Key was used for another request; please use a new one."
        )
    if kept.status is None:
        return error(409, "in_progress", "The first call with this Idempotency-Key is still being worked on.")
    answer = HttpResponse(bytes(kept.body), status=kept.status, content_type="application/json; charset=utf-8")
    answer.headers[REPEATED] = "true"
    return answer


def forget(limit: int) -> int:
    """Delete up to `limit` kept answers that are older than they need to be; returns how many."""
    with scope.everyone():
        old = KeptAnswer.objects.filter(created_at__lt=clock.now() - KEPT).order_by("created_at")
        found = list(old.values_list("id", flat=True)[:limit])
        KeptAnswer.objects.filter(id__in=found).delete()
    return len(found)
