"""What must hold before messages can go out: found by `manage check` and every start."""

from typing import Any

from django.conf import settings
from django.core.checks import Error, register

from kaeru.channels.mail import address, provider


@register()
def mail_can_leave(app_configs: Any, **kwargs: Any) -> list[Error]:
    """KAERU_MAIL_URL names a server, or a provider that anymail knows, with the options it needs."""
    try:
        way = address.read(settings.KAERU_MAIL_URL)
        if isinstance(way, address.Provider):
            provider.backend_of(way)
    except ValueError as wrong:
        return [Error(str(wrong), hint="See docs/how-to/send-mail.md.", id="kaeru.E004")]
    return []
