"""A small SMTP server that keeps what it accepts and misbehaves on demand, one behaviour for each mail."""

import re
import socket
import socketserver
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from django.db import connections

GOOD = "good"
"""Other behaviours: rcpt_421, rcpt_450, rcpt_550 (nobody there), data_451, data_554, drop_before_data, drop_in_text,
drop_after_dot (not kept), keep_and_drop (kept, no answer), hang (kept, answers after `hang_seconds`),
hang_before_data."""

_MESSAGE_ID = re.compile(rb"^Message-ID:\s*<([^@>]+)@", re.MULTILINE)


class Catcher(socketserver.ThreadingTCPServer):
    """Listens on a free port of this machine."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Talk)
        self.raw: list[bytes] = []
        self.at: dict[str, float] = {}
        """When each Message-ID (its part before @) was first accepted, in seconds since the epoch."""
        self.connections = 0
        self.behave: Callable[[str], str] = lambda recipient: GOOD
        self.hang_seconds = 1.0
        self.delay_seconds = 0.0

    @property
    def url(self) -> str:
        """What KAERU_MAIL_URL says."""
        return f"smtp://127.0.0.1:{self.server_address[1]}"

    @property
    def mails(self) -> list[EmailMessage]:
        """What was accepted, read."""
        return [message_from_bytes(raw, policy=policy.default) for raw in list(self.raw)]

    def copies(self) -> Counter[str]:
        """How often each Message-ID was accepted, by its part before @."""
        found = (_MESSAGE_ID.search(raw) for raw in list(self.raw))
        return Counter(match[1].decode() for match in found if match)

    def keep(self, raw: bytes) -> None:
        """Take a mail."""
        self.raw.append(raw)
        if match := _MESSAGE_ID.search(raw):
            self.at.setdefault(match[1].decode(), time.time())

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A worker that was killed hangs up; that is no news."""


class _Talk(socketserver.StreamRequestHandler):
    server: Catcher
    timeout = 30

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self) -> None:
        """One connection."""
        self.server.connections += 1
        self._say("220 catcher")
        recipient, way = "", GOOD
        while line := self.rfile.readline():
            verb = line.strip().decode().upper()
            if verb.startswith(("EHLO", "HELO", "RSET", "NOOP")):
                self._say("250 catcher")
            elif verb.startswith("MAIL"):
                recipient, way = "", GOOD
                self._say("250 ok")
            elif verb.startswith("RCPT"):
                recipient = line.decode().split("<")[1].split(">")[0]
                way = self.server.behave(recipient)
                if way == "rcpt_421":
                    self._say("421 closing")
                    return
                self._say(
                    {"rcpt_450": "450 4.2.1 come back later", "rcpt_550": "550 5.1.1 nobody lives here"}.get(
                        way, "250 ok"
                    )
                )
            elif verb == "DATA":
                if way == "drop_before_data":
                    return
                if way == "hang_before_data":
                    time.sleep(self.server.hang_seconds)
                    return
                self._say("354 go on")
                if not self._text(way):
                    return
            elif verb == "QUIT":
                self._say("221 bye")
                return

    def finish(self) -> None:
        """A behaviour that looked into the database leaves no connection of this thread behind."""
        connections.close_all()
        with suppress(OSError):
            super().finish()

    def _text(self, way: str) -> bool:
        """Take the text; False when the connection is to be dropped."""
        if way == "drop_in_text":
            self.rfile.readline()
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
            return False
        lines: list[bytes] = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                return False
            lines.append(line[1:] if line.startswith(b".") else line)
        if way == "drop_after_dot":
            return False
        if way in {"data_451", "data_554"}:
            self._say({"data_451": "451 4.3.0 try later", "data_554": "554 5.7.1 not wanted"}[way])
            return True
        time.sleep(self.server.delay_seconds)
        self.server.keep(b"".join(lines))
        if way == "keep_and_drop":
            return False
        if way == "hang":
            time.sleep(self.server.hang_seconds)
        self._say("250 2.0.0 kept")
        return True


@contextmanager
def catcher() -> Iterator[Catcher]:
    """A running server."""
    server = Catcher()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
