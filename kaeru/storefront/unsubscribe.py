"""/u/TOKEN: no more advertisements. A button for people, one POST for mail programs (RFC 8058)."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from kaeru.messages import actions, queries
from kaeru.messages.models import Message
from kaeru.storefront import rules
from kaeru.storefront.pages import behind, show


@csrf_exempt  # the mail program has no cookie of ours; the token in the address is the permission, and all it can do is stop mail
@require_http_methods(["GET", "HEAD", "POST"])
@behind("unsubscribe")
def unsubscribe(request: HttpRequest, token: str, message_id: int) -> HttpResponse:
    """GET shows the button, POST stops the advertisements; again changes nothing more."""
    message = Message.objects.select_related("shop", "customer").get(id=message_id)
    if request.method == "POST":
        actions.opt_out_by_message(message_id)
    address = queries.address_of(message)
    is_line = message.channel == "line"
    return show(
        request,
        "unsubscribe",
        message.shop,
        message.customer,
        _("Stop offers in LINE") if is_line else _("Stop offers by mail"),
        is_line=is_line and bool(address),
        mail=rules.mask_mail(address),
        is_stopped=queries.has_stopped(message, address),
    )
