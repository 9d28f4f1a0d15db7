"""A mail provider's API, through django-anymail: its refusals and silences in our words."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from anymail.exceptions import AnymailAPIError, AnymailError, AnymailRecipientsRefused
from anymail.message import AnymailMessage
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import get_connection
from urllib3.exceptions import NewConnectionError

from kaeru.channels.base import Letter, Outcome, Result, Worded
from kaeru.channels.mail import envelope
from kaeru.channels.mail.address import Provider

_NOT_YET = {408, 425, 429, 503}
"""The provider says that it did not take the call (RFC 9110, RFC 6585)."""
_NOT_US = {401, 402, 403}
"""Our key or account: no letter would be taken."""
_NOBODY_KNOWS = {500, 502, 504}
"""It failed on the way; it may have been taken."""


class ProviderLine:
    """A provider's connection for one batch."""

    def __init__(self, backend: Any) -> None:
        self._backend = backend

    def send(self, letter: Letter, worded: Worded) -> Result:
        """Hand one letter over."""
        try:
            mail = _mail(letter, worded)
        except envelope.BadAddress as bad:
            return Result(Outcome.REFUSED, str(bad))
        try:
            self._backend.send_messages([mail])
        except AnymailRecipientsRefused:
            return Result(Outcome.REFUSED, "the provider refused the address", is_address_dead=_is_invalid(mail))
        except AnymailAPIError as failure:
            return _answered(failure)
        except requests.RequestException as failure:
            return _unanswered(failure)
        except AnymailError as failure:
            return Result(Outcome.REFUSED, type(failure).__name__)
        return Result(
            Outcome.ACCEPTED, ",".join(sorted(mail.anymail_status.status or ())), provider_id=_provider_id(mail)
        )


def _mail(letter: Letter, worded: Worded) -> AnymailMessage:
    sender = envelope.sender_of(letter)
    mail = AnymailMessage(
        subject=envelope.one_line(worded.subject),
        body=worded.text,
        from_email=f'"{sender.name.replace(chr(92), "").replace(chr(34), "")}" <{sender.address}>'
        if sender.name
        else sender.address,
        to=[envelope.address(letter.address)],
        headers=envelope.extra_headers(letter),
        metadata={"kaeru_key": str(letter.key)},
    )
    mail.attach_alternative(worded.html, "text/html")
    for one in letter.files:
        mail.attach(one.name, one.content, one.media)
    return mail


def _provider_id(mail: AnymailMessage) -> str:
    found = mail.anymail_status.message_id
    return "" if found is None or isinstance(found, set) else str(found)[:200]


def _is_invalid(mail: AnymailMessage) -> bool:
    return "invalid" in (mail.anymail_status.status or ())


def _answered(failure: AnymailAPIError) -> Result:
    """The provider's status code decides; without one the call may or may not have arrived."""
    code = failure.status_code
    if code is None:
        return _unanswered(failure.__cause__ or failure)
    detail = f"the provider answered {code}"
    if code in _NOT_YET:
        return Result(Outcome.TRANSIENT, detail, is_server_down=code != 408)
    if code in _NOT_US:
        return Result(Outcome.TRANSIENT, detail, is_server_down=True)
    if code in _NOBODY_KNOWS:
        return Result(Outcome.UNKNOWN, detail)
    return Result(Outcome.REFUSED if 400 <= code < 500 else Outcome.UNKNOWN, detail)


def _unanswered(failure: BaseException) -> Result:
    """No connection at all is proof that nothing was sent; anything later is not."""
    name = type(failure).__name__
    if isinstance(failure, requests.ConnectTimeout | requests.exceptions.SSLError) or _never_connected(failure):
        return Result(Outcome.TRANSIENT, name, is_server_down=True)
    return Result(Outcome.UNKNOWN, name)


def _never_connected(failure: BaseException) -> bool:
    reason = failure.args[0] if isinstance(failure, requests.ConnectionError) and failure.args else None
    return isinstance(getattr(reason, "reason", reason), NewConnectionError)


def backend_of(provider: Provider) -> Any:
    """Anymail's backend, not yet open. Raises ValueError with what is wrong with KAERU_MAIL_URL."""
    options: dict[str, Any] = {"ignore_unsupported_features": True, **provider.options}
    try:
        return get_connection(f"anymail.backends.{provider.name}.EmailBackend", **options)
    except ImportError as failure:
        raise ValueError(f"KAERU_MAIL_URL: anymail cannot load the provider {provider.name!r}: {failure}") from failure
    except ImproperlyConfigured as failure:
        raise ValueError(f"KAERU_MAIL_URL: {failure}") from failure


@contextmanager
def open_line(provider: Provider) -> Iterator[ProviderLine]:
    """A connection to the provider for one batch. Raises ValueError when there is no such provider or an option is missing."""
    backend = backend_of(provider)
    backend.open()
    try:
        yield ProviderLine(backend)
    finally:
        backend.close()
