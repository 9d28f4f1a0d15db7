"""LINE's door: prove the bytes, keep the events, answer within milliseconds. LINE takes anything but 200 for a failure."""

from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from kaeru.api import metrics
from kaeru.api.answers import error
from kaeru.channels.line import webhook

SOURCE = "line"
MOST_BYTES = 1_000_000


@csrf_exempt
def line_hook(request: HttpRequest, public_key: str) -> HttpResponse:
    """POST /hooks/line/<shop key>: 200 kept · 401 not signed by this account · 413 too large · 503 try again."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if "chunked" in request.headers.get("Transfer-Encoding", "").lower():
        return _refuse(411, "length_required", "Please send the body with its Content-Length.")
    length = request.headers.get("Content-Length") or "0"
    if not length.isdecimal() or int(length) > MOST_BYTES:
        return _refuse(413, "too_large", f"A delivery may have at most {MOST_BYTES} bytes.")
    try:
        webhook.receive(public_key, request.body, request.headers.get("X-Line-Signature", ""))
    except webhook.NotSigned:
        return _refuse(401, "signature", "The signature does not fit this account and these bytes.")
    except webhook.Unreadable:
        return _refuse(400, "unreadable", "This is no webhook of LINE.")
    except RequestDataTooBig:
        return _refuse(413, "too_large", f"A delivery may have at most {MOST_BYTES} bytes.")
    except UnreadablePostError:
        return _refuse(400, "broken_off", "The body broke off.")
    except DatabaseError:
        return _refuse(503, "unavailable", "Please send it again later.")
    metrics.hooks.labels(SOURCE, "kept").inc()
    return JsonResponse({"ok": True})


def _refuse(status: int, code: str, message: str) -> JsonResponse:
    metrics.hooks.labels(SOURCE, code).inc()
    return error(status, code, message)
