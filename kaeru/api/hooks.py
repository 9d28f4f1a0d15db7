"""The door for webhooks: prove, keep, answer. Nothing is read here, and nothing that is not signed leaves a trace but a count."""

from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from kaeru.api import metrics
from kaeru.api.answers import error
from kaeru.connectors import intake, registry
from kaeru.connectors.errors import SignatureRefused

MOST_BYTES = 4_000_000
"""The largest orders that shops send are about a tenth of this."""


@csrf_exempt
def hook(request: HttpRequest, source: str, public_key: str) -> HttpResponse:
    """POST /hooks/<source>/<shop key>: 200 kept · 401 not signed by this shop · 413 too large · 503 try again."""
    if registry.find(source) is None:
        return error(404, "not_found", "There is no such kind of sender.")
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if "chunked" in request.headers.get("Transfer-Encoding", "").lower():
        return _refuse(source, 411, "length_required", "Please send the body with its Content-Length.")
    length = request.headers.get("Content-Length") or "0"
    if not length.isdecimal() or int(length) > MOST_BYTES:
        return _refuse(source, 413, "too_large", f"A delivery may have at most {MOST_BYTES} bytes.")
    try:
        if public_key:
            receipt = intake.receive(source, public_key, request.headers, request.body)
        else:
            receipt = intake.receive_for_app(source, request.headers, request.body)
    except SignatureRefused:  # also for a shop that does not exist: both look the same
        return _refuse(source, 401, "signature", "The signature does not fit this shop and these bytes.")
    except RequestDataTooBig:
        return _refuse(source, 413, "too_large", f"A delivery may have at most {MOST_BYTES} bytes.")
    except UnreadablePostError:
        return _refuse(source, 400, "broken_off", "The body broke off.")
    except DatabaseError:
        return _refuse(source, 503, "unavailable", "Please send it again later.")
    metrics.hooks.labels(source, "kept" if receipt.is_known_topic else "ignored").inc()
    return JsonResponse({"ok": True})


@csrf_exempt
def app_hook(request: HttpRequest, source: str) -> HttpResponse:
    """POST /hooks/<source>: what a sender tells one address for all its shops; answers as `hook`."""
    return hook(request, source, "")


def _refuse(source: str, status: int, code: str, message: str) -> JsonResponse:
    metrics.hooks.labels(source, code).inc()
    return error(status, code, message)
