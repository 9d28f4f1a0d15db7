"""What all doors for deliveries have in common: how long one may be, what is answered when it cannot be kept, and the count of each."""

from collections.abc import Callable, Mapping

from django.core.exceptions import RequestDataTooBig
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.http.request import UnreadablePostError

from kaeru.api import metrics
from kaeru.api.answers import error

Refusals = Mapping[type[Exception], tuple[int, str, str]]
"""Status, code and message of the answer."""


def taken_in(
    request: HttpRequest, source: str, most_bytes: int, keep: Callable[[], str], refusals: Refusals
) -> HttpResponse:
    """The answer to a delivery: 200 when `keep` did its work (it returns what is counted, and reads the body itself).

    `refusals`: what `keep` may raise because of the delivery. 405 no POST · 411 no length · 413 too large · 503 try again.
    """
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if "chunked" in request.headers.get("Transfer-Encoding", "").lower():
        return _refuse(source, 411, "length_required", "Please send the body with its Content-Length.")
    length = request.headers.get("Content-Length") or "0"
    too_large = (413, "too_large", f"A delivery may have at most {most_bytes} bytes.")
    if not length.isdecimal() or int(length) > most_bytes:
        return _refuse(source, *too_large)
    try:
        counted = keep()
    except tuple(refusals) as no:
        return _refuse(source, *next(told for kind, told in refusals.items() if isinstance(no, kind)))
    except RequestDataTooBig:
        return _refuse(source, *too_large)
    except UnreadablePostError:
        return _refuse(source, 400, "broken_off", "The body broke off.")
    except DatabaseError:
        return _refuse(source, 503, "unavailable", "Please send it again later.")
    metrics.hooks.labels(source, counted).inc()
    return JsonResponse({"ok": True})


def _refuse(source: str, status: int, code: str, message: str) -> JsonResponse:
    metrics.hooks.labels(source, code).inc()
    return error(status, code, message)
