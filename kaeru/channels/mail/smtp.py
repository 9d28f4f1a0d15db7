"""SMTP, said line by line, so that after any break we know whether the server can have the mail.

A server takes responsibility with its answer to the final dot (RFC 5321, 4.2.5 and 6.1). Before the dot has been sent it
cannot have the mail: try again. Between the dot and the answer nobody can know: `unknown`, never resent blindly.
"""

import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache

from kaeru.channels.base import Letter, Outcome, Result, Worded
from kaeru.channels.mail import envelope
from kaeru.channels.mail.address import Smtp

CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 20.0
"""For each answer. Short of RFC 5321's minutes: a mail that waits too long is tried again or shown, not held."""
_DEAD_ADDRESS = ("5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1")
"""Enhanced status codes (RFC 3463) that say nobody lives there."""


class _ServerDown(Exception):
    """The server cannot be used now: for this letter and for all others."""


def _said(code: int, text: bytes) -> str:
    return f"{code} {text.decode('utf-8', 'replace')}"[:300]


class SmtpLine:
    """One connection for a batch, opened with its first letter and again when the server closed it in between."""

    def __init__(self, server: Smtp) -> None:
        self._server = server
        self._smtp: smtplib.SMTP | None = None

    def send(self, letter: Letter, worded: Worded) -> Result:
        """Hand one letter over."""
        try:
            sender, recipient = envelope.sender_of(letter).address, envelope.address(letter.address)
            data = envelope.as_bytes(letter, worded)
        except envelope.BadAddress as bad:
            return Result(Outcome.REFUSED, str(bad))
        try:
            refused = self._begin(sender, recipient)
            return refused or self._hand_over(data)
        except _ServerDown as down:
            self.close()
            return Result(Outcome.TRANSIENT, str(down)[:300], is_server_down=True)

    def close(self) -> None:
        """Say good-bye if anybody listens."""
        if self._smtp is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._smtp.quit()
            with suppress(OSError):
                self._smtp.close()
            self._smtp = None

    def _begin(self, sender: str, recipient: str) -> Result | None:
        """Up to the server's readiness for the text; None when it is ready. A closed connection is opened again once."""
        was_open = self._smtp is not None
        try:
            return self._envelope(self._connected(), sender, recipient)
        except (smtplib.SMTPServerDisconnected, OSError) as broken:
            self._drop()
            if not was_open:
                raise _ServerDown(_name(broken)) from broken
        try:
            return self._envelope(self._connected(), sender, recipient)
        except (smtplib.SMTPServerDisconnected, OSError) as broken:
            raise _ServerDown(_name(broken)) from broken

    def _envelope(self, smtp: smtplib.SMTP, sender: str, recipient: str) -> Result | None:
        for command, argument in (("MAIL", f"FROM:<{sender}>"), ("RCPT", f"TO:<{recipient}>"), ("DATA", "")):
            code, text = smtp.docmd(command, argument)
            if code == 421:
                raise _ServerDown(_said(code, text))
            if code // 100 == (3 if command == "DATA" else 2):
                continue
            smtp.docmd("RSET")
            detail = _said(code, text)
            if code // 100 == 5:
                is_dead = command == "RCPT" and text.decode("ascii", "replace").startswith(_DEAD_ADDRESS)
                return Result(Outcome.REFUSED, detail, is_address_dead=is_dead)
            return Result(Outcome.TRANSIENT, detail)
        return None

    def _hand_over(self, data: bytes) -> Result:
        """The text, the dot, and what came back."""
        smtp = self._smtp
        assert smtp is not None and smtp.sock is not None
        stuffed = data.replace(b"\r\n.", b"\r\n..")
        if stuffed.startswith(b"."):
            stuffed = b"." + stuffed
        if not stuffed.endswith(b"\r\n"):
            stuffed += b"\r\n"
        try:
            smtp.send(stuffed)
        except (smtplib.SMTPServerDisconnected, OSError) as broken:
            raise _ServerDown(f"{_name(broken)} in the middle of the text") from broken
        try:
            smtp.send(b".\r\n")
            code, text = smtp.getreply()
        except (smtplib.SMTPException, OSError) as broken:
            self._drop()
            return Result(Outcome.UNKNOWN, f"{_name(broken)} after the text was sent")
        if code == 250:
            return Result(Outcome.ACCEPTED, _said(code, text))
        if code == 421:
            self._drop()
        if code // 100 == 5:
            return Result(Outcome.REFUSED, _said(code, text))
        return Result(Outcome.TRANSIENT, _said(code, text), is_server_down=code == 421)

    def _connected(self) -> smtplib.SMTP:
        if self._smtp is None:
            try:
                self._smtp = _connect(self._server)
            except smtplib.SMTPAuthenticationError as refused:
                raise _ServerDown(f"the mail server refused our name or password ({refused.smtp_code})") from refused
            except (smtplib.SMTPException, OSError) as broken:
                raise _ServerDown(_name(broken)) from broken
        return self._smtp

    def _drop(self) -> None:
        if self._smtp is not None:
            with suppress(OSError):
                self._smtp.close()
            self._smtp = None


def _name(failure: Exception) -> str:
    code = getattr(failure, "smtp_code", "")
    return f"{type(failure).__name__} {code}".strip()


@cache
def _trust() -> ssl.SSLContext:
    """Whom we trust; reading the machine's certificates takes 50 ms, so it is done once and only for encrypted lines."""
    return ssl.create_default_context()


def _connect(server: Smtp) -> smtplib.SMTP:
    """A greeted connection, encrypted where it must be. Raises OSError, SMTPException."""
    smtp = (
        smtplib.SMTP_SSL(server.host, server.port, timeout=CONNECT_SECONDS, context=_trust())
        if server.is_tls
        else smtplib.SMTP(server.host, server.port, timeout=CONNECT_SECONDS)
    )
    try:
        assert smtp.sock is not None
        smtp.sock.settimeout(ANSWER_SECONDS)
        # Without it the dot waits for the delayed ACK of the text: 40 ms for each mail.
        smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        smtp.ehlo_or_helo_if_needed()
        if not server.is_tls and smtp.has_extn("starttls") and not server.is_here:
            smtp.starttls(context=_trust())
            smtp.ehlo()
        elif server.user and not server.is_tls and not server.is_here:
            raise smtplib.SMTPNotSupportedError("the mail server offers no encryption, so the password was not sent")
        if server.user:
            smtp.login(server.user, server.password)
    except BaseException:
        smtp.close()
        raise
    return smtp


@contextmanager
def open_line(server: Smtp) -> Iterator[SmtpLine]:
    """A line to the server for one batch."""
    line = SmtpLine(server)
    try:
        yield line
    finally:
        line.close()
