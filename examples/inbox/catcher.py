"""A real mail server on this machine that delivers to a folder instead of to the world.

Tests let it misbehave: refuse an address, answer with a temporary error, or hang up before or after it took the mail.
"""

import asyncio
import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

HANG_UP_BEFORE = "hang up before"
"""Answer of `on_mail`: close the connection without having taken the mail."""
HANG_UP_AFTER = "hang up after"
"""Answer of `on_mail`: take the mail, then close the connection without saying so."""


@dataclass(frozen=True, slots=True)
class Caught:
    """One mail as it was handed over."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes = field(repr=False)

    @property
    def message(self) -> EmailMessage:
        """The mail, parsed: `message["Subject"]` is decoded."""
        parsed = message_from_bytes(self.content, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        return parsed


OnMail = Callable[[Caught], str | None]
OnAddress = Callable[[str], str | None]


class Catcher:
    """The server, in a thread of its own. `on_mail` and `on_address` may return another SMTP answer ("451 4.3.0 later")."""

    def __init__(
        self,
        folder: Path | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        on_mail: OnMail | None = None,
        on_address: OnAddress | None = None,
    ) -> None:
        self.folder, self.host, self.port = folder, host, port
        self.on_mail, self.on_address = on_mail, on_address
        self.mails: list[Caught] = []
        self._arrived = threading.Condition()
        self._counter = itertools.count()
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.Server | None = None
        self._thread = threading.Thread(target=self._run, name="mail-catcher", daemon=True)

    def start(self) -> "Catcher":
        """Listen; with port 0 any free port is taken and `port` says which. Raises OSError when the port is taken."""
        if self.folder is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
        self._server = self._loop.run_until_complete(self._loop.create_server(self._session, self.host, self.port))
        self.port = self._server.sockets[0].getsockname()[1]
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop listening; what was caught stays."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(5)

    def __enter__(self) -> "Catcher":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def wait_for(self, count: int, seconds: float = 10.0) -> list[Caught]:
        """The mails, once there are at least `count`. Raises TimeoutError after `seconds`."""
        with self._arrived:
            if not self._arrived.wait_for(lambda: len(self.mails) >= count, seconds):
                raise TimeoutError(f"{len(self.mails)} of {count} mails came within {seconds} s")
            return list(self.mails)

    def _session(self) -> SMTP:
        return SMTP(self, hostname="inbox.localhost", loop=self._loop, enable_SMTPUTF8=True, data_size_limit=20_000_000)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        if self._server is not None:
            self._server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """One recipient (called by aiosmtpd)."""
        refusal = self.on_address(address) if self.on_address else None
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """One mail (called by aiosmtpd)."""
        content = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        caught = Caught(envelope.mail_from or "", tuple(envelope.rcpt_tos), content)
        answer = self.on_mail(caught) if self.on_mail else None
        if answer and answer not in {HANG_UP_BEFORE, HANG_UP_AFTER}:
            return answer
        if answer != HANG_UP_BEFORE:
            self._keep(caught)
        if answer and isinstance(server.transport, asyncio.WriteTransport):
            server.transport.abort()
        return "250 2.0.0 OK"

    def _keep(self, caught: Caught) -> None:
        if self.folder is not None:
            name = f"{time.time_ns():020d}-{next(self._counter):06d}"
            head = f"X-Inbox-To: {', '.join(caught.recipients)}\r\n".encode()
            part = self.folder / f"{name}.part"
            part.write_bytes(head + caught.content)
            part.rename(self.folder / f"{name}.eml")  # a reader never meets half a mail
        with self._arrived:
            self.mails.append(caught)
            self._arrived.notify_all()
