"""The door for webhooks: prove, keep, answer. Nothing is read here, and nothing that is not signed leaves a trace but a count."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from kaeru.api.answers import error
from kaeru.api.deliveries import Refusals, taken_in
from kaeru.connectors import intake, registry
from kaeru.connectors.errors import SignatureRefused

MOST_BYTES = 4_000_000
"""The largest orders that shops send are about a tenth of this."""
_REFUSALS: Refusals = {  # also for a shop that does not exist: both look the same
    SignatureRefused: (401, "signature", "The signature does not fit this shop and these bytes.")
}


@csrf_exempt
def hook(request: HttpRequest, source: str, public_key: str) -> HttpResponse:
    """POST /hooks/<source>/<shop key>: 200 kept · 401 not signed by this shop · 413 too large · 503 try again."""
    if registry.find(source) is None:
        return error(404, "not_found", "There is no such kind of sender.")

    def keep() -> str:
        if public_key:
            receipt = intake.receive(source, public_key, request.headers, request.body)
        else:
            receipt = intake.receive_for_app(source, request.headers, request.body)
        return "kept" if receipt.is_known_topic else "ignored"

    return taken_in(request, source, MOST_BYTES, keep, _REFUSALS)


@csrf_exempt
def app_hook(request: HttpRequest, source: str) -> HttpResponse:
    """POST /hooks/<source>: what a sender tells one address for all its shops; answers as `hook`."""
    return hook(request, source, "")
