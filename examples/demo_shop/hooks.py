"""What Kaeru tells and asks the shop: signed by Standard Webhooks, checked before anything is read."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from standardwebhooks import Webhook, WebhookVerificationError

from examples.demo_shop import changes, kaeru_client, orders, store


@csrf_exempt
@require_POST
def kaeru(request: HttpRequest) -> HttpResponse:
    """One address for all of Kaeru's calls. The same call again changes nothing."""
    try:
        Webhook(store.setting("kaeru_secret")).verify(request.body, dict(request.headers.items()))
    except (WebhookVerificationError, ValueError, RuntimeError):
        return JsonResponse({"error": "signature"}, status=401)
    call = json.loads(request.body)
    told = dict(call.get("data") or {})
    match call.get("type"):
        case "hello":
            return JsonResponse({"capabilities": changes.CAPABILITIES})
        case "order.look":
            return JsonResponse({"order": changes.look(str(told["order_id"]))})
        case "order.change":
            return JsonResponse(_change(request, told))
        case "cancellation.requested":
            return JsonResponse({"ok": True, "outcome": _cancel(told)})
    return JsonResponse({"ok": True, "ignored": True})


def _cancel(told: dict[str, Any]) -> str:
    """A buyer wants to cancel: cancel the order and tell Kaeru its new state."""
    outcome = orders.cancel(str(told["order_id"]), reason=str(told.get("reason", "")))
    kaeru_client.catch_up()
    return outcome


def _change(request: HttpRequest, told: dict[str, Any]) -> dict[str, Any]:
    """Carry one change out and tell Kaeru the order's new state."""

    def draft_address(key: str) -> str:
        return request.build_absolute_uri(reverse("demo_shop:draft", args=[key]))

    name = request.headers["webhook-id"]
    answer = changes.carry_out(name, str(told["order_id"]), dict(told["change"]), draft_address)
    kaeru_client.catch_up()
    return answer
