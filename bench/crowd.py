"""Crowds for bench/fairness and bench/lateness: shops with customers, messages in their outbox, enrolments that rest; and the
processes that turn the passes.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from bench.stage import ROOT

BATCH = 20_000
TEXTS = {"ja": {"subject": "件名", "body": "{{ customer.name }} 様"}}


def _insert(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    from django.db import transaction

    from kaeru.core import sql

    left = iter(rows)
    while part := list(islice(left, BATCH)):
        with transaction.atomic():
            sql.insert_many(table, columns, part)


def analyze() -> None:
    """Fresh statistics, as a database that runs for a while has them."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def shop(slug: str, customers: range) -> Any:
    """A shop of an organization of its own, with customers of these numbers."""
    from kaeru.core import scope, sql
    from kaeru.tenants import actions

    owner = actions.create_organization(slug, slug)
    with scope.organization(owner.id):
        made = actions.add_shop(
            owner, slug, slug, sender_name="B", sender_mail="b@example.com", contact="b@example.com"
        )
    at = sql.moment(datetime.now(UTC))
    _insert(
        "customers_customer", ("id", "organization_id", "shop_id", "source_id", "name", "language", "created_at"),
        ((key, owner.id, made.id, f"c{key}", "山田 花子", "ja", at) for key in customers),
    )  # fmt: skip
    _insert(
        "customers_identity", ("id", "organization_id", "shop_id", "customer_id", "kind", "value"),
        ((key, owner.id, made.id, key, "mail", f"c{key}@example.com") for key in customers),
    )  # fmt: skip
    return made


def template(of: Any) -> int:
    """A notice of the shop."""
    from kaeru.core import scope
    from kaeru.messages import actions

    with scope.organization(of.organization_id):
        return actions.publish_template(of.id, "notice", TEXTS).id


def messages(of: Any, says: int, customers: Iterable[int], due: datetime) -> list[uuid.UUID]:
    """A message in the outbox for each of the customers; returns their keys."""
    from kaeru.core import ids, sql

    columns = (
        "id", "organization_id", "shop_id", "customer_id", "template_id", "purpose", "channel", "source", "source_id", "key", "state",
        "reason", "attempts", "due_at", "created_at",
    )  # fmt: skip
    at, keys = sql.moment(due), list[uuid.UUID]()

    def rows() -> Iterator[Sequence[Any]]:
        for customer in customers:
            keys.append(uuid.uuid4())
            yield (
                ids.new_id(), of.organization_id, of.id, customer, says, "notice", "mail", "bench", 1, sql.uuid_value(keys[-1]),
                "waiting", "", 0, at, at,
            )  # fmt: skip

    _insert("messages_message", columns, rows())
    return keys


def enrol(of: Any, steps: list[dict[str, Any]], due: Iterable[tuple[int, datetime]]) -> None:
    """Put customers at the beginning of a scenario with these steps, each due at the moment beside it."""
    from kaeru.core import ids, scope, sql
    from kaeru.scenarios import actions

    with scope.organization(of.organization_id):
        scenario = actions.begin(of, actor="bench", name="bench", flow={"steps": steps})
        revision = actions.publish(scenario.id, actor="bench").id
        actions.switch(scenario.id, is_on=True, actor="bench")
    entered = sql.moment(datetime.now(UTC))
    _insert(
        "scenarios_enrollment",
        ("id", "organization_id", "shop_id", "revision_id", "trigger", "subject_id", "about", "customer_id", "arm", "step", "state",
         "awaiting", "heard", "due_at", "entered_at", "end_reason", "attempts"),
        ((ids.new_id(), of.organization_id, of.id, revision, "custom:bench", ids.new_id(), "customer", customer, "treated", 0, "waiting",
          "", "", sql.moment(at), entered, "", 0) for customer, at in due),
    )  # fmt: skip


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def passes(kind: str, workers: int, log: Path) -> Iterator[None]:
    """The processes that turn the passes: `kaeru serve` on SQLite, `kaeru worker` on PostgreSQL."""
    if kind == "sqlite":
        commands = [[sys.executable, "-m", "kaeru", "serve", "--port", str(_free_port())]]
    else:
        commands = [[sys.executable, "-m", "kaeru", "worker"] for _ in range(workers)]
    with log.open("ab") as sink:
        running = [
            subprocess.Popen(command, cwd=ROOT, stdout=sink, stderr=sink, start_new_session=True)
            for command in commands
        ]
    try:
        time.sleep(6)
        assert all(one.poll() is None for one in running), log.read_text()[-2000:]
        yield
    finally:
        for one in running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(one.pid, signal.SIGKILL)
            one.wait(30)
        if "Traceback" in log.read_text():
            print(log.read_text()[-3000:], file=sys.stderr)


def on_each(module: str, only: str | None) -> None:
    """Run `python -m module … --play --only KIND` on a fresh database of each kind (or the one asked for)."""
    for kind in [only] if only else ["sqlite", "postgres"]:
        with tempfile.TemporaryDirectory(prefix="kaeru-bench-") as home, contextlib.ExitStack() as stack:
            url = ""
            if kind == "postgres":
                from scripts.postgres import server

                url = stack.enter_context(server())
            env = {
                **os.environ, "DJANGO_SETTINGS_MODULE": "kaeru.conf.settings", "KAERU_HOME": home, "KAERU_DATABASE_URL": url,
                "KAERU_DEMO": "0", "KAERU_SECRET_KEY": "bench-only-" + "k" * 40,
            }  # fmt: skip
            command = [sys.executable, "-m", module, *sys.argv[1:], "--play", "--only", kind]
            subprocess.run(command, cwd=ROOT, env=env, check=True)
