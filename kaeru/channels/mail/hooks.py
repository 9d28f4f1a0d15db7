"""Where the provider tells of deliveries, bounces and complaints: only for the provider in use, only with a secret.

The address to give to the provider is https://SECRET@host/hooks/mail/NAME/tracking/ with KAERU_MAIL_HOOK_SECRET
(`name:password`) in it; without that secret there is no such address.
"""

from anymail.urls import urlpatterns as anymail_patterns
from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from kaeru.channels.mail.address import Provider, read


def patterns() -> list[URLPattern]:
    """The tracking address of the provider in use; none for SMTP."""
    try:
        way = read(settings.KAERU_MAIL_URL)
    except ValueError:
        return []
    if not isinstance(way, Provider) or not settings.KAERU_MAIL_HOOK_SECRET:
        return []
    wanted = {f"{way.name}_tracking_webhook", f"{way.name}_webhook"}
    return [pattern for pattern in anymail_patterns if pattern.name in wanted]


mail_hook_patterns: list[URLPattern | URLResolver] = [path("mail/", include((patterns(), "anymail")))]
