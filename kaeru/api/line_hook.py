"""LINE's door: prove the bytes, keep the events, answer within milliseconds. LINE takes anything but 200 for a failure."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from kaeru.api.deliveries import Refusals, taken_in
from kaeru.channels.line import webhook

SOURCE = "line"
MOST_BYTES = 1_000_000
_REFUSALS: Refusals = {
    webhook.NotSigned: (401, "signature", "The signature does not fit this account and these bytes."),
    webhook.Unreadable: (400, "unreadable", "This is no webhook of LINE."),
}


@csrf_exempt
def line_hook(request: HttpRequest, public_key: str) -> HttpResponse:
    """POST /hooks/line/<shop key>: 200 kept · 401 not signed by this account · 413 too large · 503 try again."""

    def keep() -> str:
        webhook.receive(public_key, request.body, request.headers.get("X-Line-Signature", ""))
        return "kept"

    return taken_in(request, SOURCE, MOST_BYTES, keep, _REFUSALS)
