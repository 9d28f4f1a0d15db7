"""/u/TOKEN: no more advertisements. A button for people, one POST for mail programs (RFC 8058)."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from kaeru.core import audit, secrets
from kaeru.customers import actions as customers
from kaeru.customers.models import Suppression
from kaeru.messages.models import Delivery, Message
from kaeru.storefront import queries, rules
from kaeru.storefront.pages import behind, show


def _address(message: Message) -> str:
    """The address the message went to, else the one it would go to."""
    sent_to = (
        Delivery.objects.filter(message=message)
        .exclude(address="")
        .order_by("-id")
        .values_list("address", flat=True)
        .first()
    )
    return sent_to or queries.mail_of(message.customer)


@csrf_exempt  # the mail program has no cookie of ours; the token in the address is the permission, and all it can do is stop mail
@require_http_methods(["GET", "HEAD", "POST"])
@behind("unsubscribe")
def unsubscribe(request: HttpRequest, token: str, message_id: int) -> HttpResponse:
    """GET shows the button, POST stops the advertisements; again changes nothing more."""
    message = Message.objects.select_related("shop", "customer").get(id=message_id)
    address = _address(message)
    is_stopped = (
        bool(address)
        and Suppression.objects.filter(
            shop=message.shop, channel=message.channel, address_hash=secrets.fingerprint(address)
        ).exists()
    )
    if request.method == "POST" and address and not is_stopped:
        customers.opt_out(message.shop_id, message.channel, address)
        audit.record(message.organization_id, "customer", "customer.opted_out", "message", message.id)
        is_stopped = True
    return show(
        request,
        "unsubscribe",
        message.shop,
        message.customer,
        _("Stop offers by mail"),
        mail=rules.mask_mail(address),
        is_stopped=is_stopped,
    )
