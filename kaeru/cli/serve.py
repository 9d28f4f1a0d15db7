"""`kaeru serve`: the web pages and the API, and on SQLite the passes too, in one process."""

import os
import socket
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer
from django.conf import settings
from django.core.checks import ERROR, run_checks
from django.core.wsgi import get_wsgi_application
from django.db import connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.urls import get_resolver
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]

from kaeru.cli.output import fail, people
from kaeru.worker.embedded import Runner

THREADS = 16
GRACE_SECONDS = 25
Hook = Callable[[], Callable[[], None] | None]
"""Called once the web process is up; what it returns is called when the process ends."""


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn with our application, configured here and not by its own command line."""

    def __init__(self, options: dict[str, Any], hooks: Sequence[Hook]) -> None:
        self._options, self._hooks = options, hooks
        self._endings: list[Callable[[], None]] = []
        super().__init__()

    def load_config(self) -> None:
        """Set the options (called by gunicorn)."""
        for name, value in self._options.items():
            self.cfg.set(name, value)
        self.cfg.set("post_worker_init", self._begin)
        self.cfg.set("worker_exit", self._end)

    def load(self) -> Any:
        """The application (called by gunicorn in each web process)."""
        application = get_wsgi_application()
        get_resolver().url_patterns  # noqa: B018  (imports every page now, not while the first visitors wait)
        return application

    def _begin(self, worker: Any) -> None:
        self._endings = [ending for hook in self._hooks if (ending := hook())]

    def _end(self, server: Any, worker: Any) -> None:
        for ending in reversed(self._endings):
            ending()
        self._endings = []


def turn_passes() -> Callable[[], None]:
    """Start the passes beside the web server."""
    runner = Runner()
    runner.start()
    return runner.stop


def listen(host: str, port: int, hooks: Sequence[Hook] = (), *, processes: int = 1) -> None:
    """Serve until SIGTERM or SIGINT; open requests and the pass that runs are finished first."""
    connections.close_all()  # a database connection must not be carried into the web process
    options = {
        "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
        "worker_class": "gthread",
        "workers": processes,
        "threads": THREADS,
        "timeout": 60,
        "graceful_timeout": GRACE_SECONDS,
        "keepalive": 5,
        "loglevel": "warning",
        "accesslog": None,
        "control_socket_disable": True,
        "proc_name": "kaeru",
        "limit_request_line": 8190,
        "forwarded_allow_ips": "*" if settings.SECURE_PROXY_SSL_HEADER else "127.0.0.1",
    }
    Server(options, hooks).run()


def is_free(host: str, port: int) -> bool:
    """Whether nobody listens there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def waiting_migrations() -> int:
    """How many migrations the database still lacks. Raises OperationalError when it cannot be reached."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _look_over() -> None:
    serious = [problem for problem in run_checks(include_deployment_checks=False) if problem.level >= ERROR]
    if serious:
        fail("\n".join(str(problem) for problem in serious))
    try:
        missing = waiting_migrations()
    except Exception as failure:
        fail(f"The database cannot be reached ({type(failure).__name__}: {failure}). Nothing was changed.")
    if missing:
        fail(f"The database lacks {missing} migrations. Run `kaeru setup` once, then start again.")


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 for all.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8000,
) -> None:
    """Serve until stopped. On SQLite the passes run here too; on PostgreSQL start `kaeru worker` beside it."""
    _look_over()
    if not is_free(host, port):
        fail(f"Port {port} is taken. Try another: kaeru serve --port {port + 1}")
    people.print(
        f"Kaeru listens on http://{host}:{port}/ and is reached at {settings.KAERU_BASE_URL}/",
        markup=False,
        highlight=False,
    )
    if settings.IS_POSTGRES:
        people.print("Messages and scenarios move while `kaeru worker` runs.", markup=False)
        listen(host, port, processes=max(2, min(8, os.cpu_count() or 2)))
    else:
        listen(host, port, [turn_passes])
