"""Pages of the inbox. A mail is a stranger's document: it is shown in a sandbox and may load nothing."""

from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from examples.inbox import mailbox

MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation"
)


def _folder() -> Path:
    return Path(settings.KAERU_HOME) / "inbox"


def _mail(key: str) -> mailbox.Mail:
    mail = mailbox.mail(_folder(), key)
    if mail is None:
        raise Http404
    return mail


@require_safe
def mails(request: HttpRequest) -> HttpResponse:
    """The newest mails; `?to=` shows one person's."""
    to = request.GET.get("to", "").strip()
    found = mailbox.mails(_folder(), to)
    return render(request, "inbox/mails.html", {"mails": found, "to": to})


@require_safe
def mail(request: HttpRequest, key: str) -> HttpResponse:
    """One mail with its two parts and its headers."""
    return render(request, "inbox/mail.html", {"mail": _mail(key)})


@require_safe
@xframe_options_sameorigin
def body(request: HttpRequest, key: str) -> HttpResponse:
    """The HTML part, for the frame; links open in the whole window."""
    html = (
        _mail(key).html.replace("<head>", '<head><base target="_top">', 1).replace('target="_blank"', 'target="_top"')
    )
    return HttpResponse(html, headers={"Content-Security-Policy": MAIL_POLICY})


@require_safe
def source(request: HttpRequest, key: str) -> HttpResponse:
    """The mail as it came over the wire."""
    _mail(key)
    content = (_folder() / f"{key}.eml").read_bytes()
    return HttpResponse(
        content, content_type="text/plain; charset=utf-8", headers={"X-Content-Type-Options": "nosniff"}
    )
