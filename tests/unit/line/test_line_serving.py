"""The demo's platform on its port: what clients do to the line does not fill the screen."""

import socket
import struct
import threading
import time
import urllib.error
import urllib.request
from contextlib import suppress
from urllib.parse import urlsplit

import pytest

from examples.line import serving
from examples.line.platform import Platform

HANGS_UP = struct.pack("ii", 1, 0)
"""SO_LINGER: the line is cut, not closed."""


def test_it_says_nothing_of_who_hangs_up(capsys: pytest.CaptureFixture[str]) -> None:
    before = threading.active_count()
    with serving.listening(Platform()) as url:
        with socket.create_connection(("127.0.0.1", urlsplit(url).port or 0)) as line:
            line.sendall(b"GET /v2/bot/info HTTP/1.1\r\n")
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, HANGS_UP)
        with suppress(urllib.error.HTTPError):  # whoever came before is heard by then
            urllib.request.urlopen(url + "/v2/bot/info", timeout=5).close()
        until = time.monotonic() + 5
        while threading.active_count() > before + 1 and time.monotonic() < until:
            time.sleep(0.01)
    assert capsys.readouterr().err == ""
