"""What Kaeru tells the shop: signed by Standard Webhooks, checked before anything is read."""

import json

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from standardwebhooks import Webhook, WebhookVerificationError

from examples.demo_shop import kaeru_client, orders, store


@csrf_exempt
@require_POST
def kaeru(request: HttpRequest) -> HttpResponse:
    """A buyer wants to cancel: cancel the order and tell Kaeru its new state. The same call again changes nothing."""
    try:
        Webhook(store.setting("kaeru_secret")).verify(request.body, dict(request.headers.items()))
    except (WebhookVerificationError, ValueError, RuntimeError):
        return JsonResponse({"error": "signature"}, status=401)
    call = json.loads(request.body)
    if call.get("type") != "cancellation.requested":
        return JsonResponse({"ok": True, "ignored": True})
    told = call["data"]
    outcome = orders.cancel(str(told["order_id"]), reason=str(told.get("reason", "")))
    kaeru_client.catch_up()
    return JsonResponse({"ok": True, "outcome": outcome})
