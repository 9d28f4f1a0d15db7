"""The platform's API on a port of its own: for tests, and for the demo while its weeks are lived through before the site stands."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from examples.line import gate
from examples.line.platform import Platform


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who hangs up is no news: the demo's screen stays readable."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def listening(platform: Platform, *, port: int = 0, prefix: str = "") -> Iterator[str]:
    """Answers on 127.0.0.1; gives the address before the paths. Raises OSError when the port is taken."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            told = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            path, _, query = self.path.removeprefix(prefix).partition("?")
            headers = {name.lower(): value for name, value in self.headers.items()}
            said = gate.answer(platform, self.command, path, query, headers, told)
            if said is None:
                self.close_connection = True
                return
            self.send_response(said.status)
            for name, value in {
                **said.headers,
                "Content-Type": "application/json",
                "Content-Length": str(len(said.raw)),
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(said.raw)

        def do_GET(self) -> None:
            self.do_POST()

        def do_PUT(self) -> None:
            self.do_POST()

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    server = _Server(("127.0.0.1", port), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}{prefix}"
    finally:
        server.shutdown()
        server.server_close()
