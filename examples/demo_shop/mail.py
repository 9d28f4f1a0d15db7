"""The shop's own order mail. It is the shop's, not Kaeru's; all it takes from Kaeru is the address for cancelling."""

import logging
import smtplib
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import urlsplit

from django.template.loader import render_to_string
from django.utils import timezone, translation

from examples.demo_shop import store
from examples.demo_shop.store import Buyer, Purchase

log = logging.getLogger(__name__)


def send_confirmation(purchase: Purchase, buyer: Buyer, cancel_address: str) -> None:
    """「ご注文ありがとうございます」. A mail server that is away does not stop the order."""
    server = urlsplit(store.setting("mail_url"))
    if not server.hostname:
        return
    with translation.override(buyer.language):
        context = {"order": purchase, "buyer": buyer, "cancel_address": cancel_address}
        subject, _, body = render_to_string("demo_shop/order_mail.txt", context).strip().partition("\n")
    message = EmailMessage()
    message["Subject"] = subject.strip()
    message["From"] = "小鳥雑貨店 <shop@kotori.example>"
    message["To"] = buyer.email
    message["Date"] = format_datetime(timezone.localtime(purchase.placed_at))
    message["Message-ID"] = f"<order-{purchase.id}@kotori.example>"
    message.set_content(body.strip() + "\n")
    try:
        with smtplib.SMTP(server.hostname, server.port or 25, timeout=10) as connection:
            connection.send_message(message)
    except (OSError, smtplib.SMTPException) as failure:
        log.warning("The mail for order %s was not sent: %s", purchase.id, type(failure).__name__)
