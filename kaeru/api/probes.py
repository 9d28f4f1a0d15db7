"""For whoever watches the installation: is the process up, can it work, what does it count."""

import hmac
import ipaddress

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from kaeru.api import metrics
from kaeru.api.answers import error
from kaeru.worker import heartbeat


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"ok": True})


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when the database can be reached, its schema is current and passes turn; else 503. Says which, and nothing more."""
    checks = {"database": False, "migrations": False, "passes": False}
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        checks["database"] = True
        checks["migrations"] = _is_migrated()
        checks["passes"] = heartbeat.is_turning()
    except DatabaseError:
        pass
    is_ready = all(checks.values())
    return JsonResponse({"ok": is_ready, "checks": checks}, status=200 if is_ready else 503)


_known: set[str] = set()
"""Databases whose schema was found current; it does not go back under a running process."""


def _is_migrated() -> bool:
    name = str(connection.settings_dict["NAME"])
    if name not in _known:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return False
        _known.add(name)
    return True


@require_safe
def metrics_page(request: HttpRequest) -> HttpResponse:
    """Prometheus text, for the holder of KAERU_METRICS_TOKEN, or for this machine when no token is set."""
    if not _may_read(request):
        return error(401, "unauthorized", "Please send the token of KAERU_METRICS_TOKEN.")
    return HttpResponse(generate_latest(metrics.registry), content_type=CONTENT_TYPE_LATEST)


def _may_read(request: HttpRequest) -> bool:
    token = settings.KAERU_METRICS_TOKEN
    if token:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode("utf-8", "replace"), token.encode())
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False  # came through a proxy on this machine: from anywhere
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
