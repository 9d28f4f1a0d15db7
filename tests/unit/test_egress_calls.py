"""Real calls over loopback: what comes back, what is not followed, what does not hold us."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from kaeru.core import http


class _Shop(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((self.path, dict(self.headers), sent))  # type: ignore[attr-defined]
        if self.path == "/moved":
            self.send_response(307)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif self.path == "/flood":
            self.send_response(200)
            self.send_header("Content-Length", str(50_000_000))
            self.end_headers()
            try:
                for _ in range(50):
                    self.wfile.write(b"x" * 1_000_000)
            except OSError:
                pass
            self.close_connection = True
        elif self.path == "/drip":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            try:
                for _ in range(1000):
                    self.wfile.write(b".")
                    time.sleep(0.05)
            except OSError:
                pass
        elif self.path == "/broken":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"only this")
            self.close_connection = True
        else:
            self.send_response(201)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

    def log_message(self, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def shop() -> Iterator[tuple[str, list[tuple[str, dict[str, str], bytes]]]]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Shop)
    server.daemon_threads = True
    server.seen = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", server.seen  # type: ignore[attr-defined]
    server.shutdown()
    server.server_close()


Shop = tuple[str, list[tuple[str, dict[str, str], bytes]]]


def test_it_posts_bytes_and_reads_the_answer(shop: Shop) -> None:
    url, seen = shop
    assert http.post(f"{url}/hook", "日本".encode(), {"X-Kaeru": "1"}) == http.Answer(201, b"ok")
    path, headers, body = seen[0]
    assert (path, body.decode(), headers["X-Kaeru"]) == ("/hook", "日本", "1")
    assert headers["Host"] == url.removeprefix("http://")


def test_it_follows_no_redirect(shop: Shop) -> None:
    url, seen = shop
    assert http.post(f"{url}/moved", b"{}", {}).status == 307
    assert [path for path, _, _ in seen] == ["/moved"]


def test_it_reads_no_more_than_it_needs(shop: Shop) -> None:
    answer = http.post(f"{shop[0]}/flood", b"{}", {})
    assert len(answer.body) == http.MOST_BYTES


def test_it_is_not_held_by_a_drip(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "TIMEOUT_SECONDS", 0.3)
    with pytest.raises(http.Unanswered):
        http.post(f"{shop[0]}/drip", b"{}", {})


def test_it_says_when_the_answer_breaks_off(shop: Shop) -> None:
    with pytest.raises(http.Unanswered):
        http.post(f"{shop[0]}/broken", b"{}", {})


def test_it_says_when_nobody_answers() -> None:
    with pytest.raises(http.Unanswered):
        http.post("http://127.0.0.1:9/", b"{}", {})
