"""What is left when everything is killed all the time: nothing lost, nothing doubled, nothing stuck.

    make chaos                                     SQLite; PostgreSQL with 1 and with 4 workers; ten minutes each
    python -m scripts.chaos --seconds 60 --enrolments 500 --database postgres --workers 4 --seed 7

Orders and their cancellations arrive as signed webhooks, again and again until they are answered with 200. Meanwhile web and
workers die by kill -9 at random moments and the database is restarted every 5 to 40 seconds, every second time by a crash.
Mails go over real SMTP to a catcher that counts Message-IDs. At the end each enrolment has finished, and each of its mails has
arrived once, or is shown as `unknown` because the mail server's answer died with its worker. Exit code 1 otherwise.
"""

import argparse
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SECRET = "shpss_chaos"
LONGEST_STUCK_SECONDS = 60.0
GRACE_SECONDS = 200.0
"""After the last kill: time for the leases of those who died in a hand-over, and for what they left."""


@contextmanager
def _database(kind: str, home: Path) -> Iterator[Any]:
    """Its address in the environment; yields the server when it is one that can be restarted."""
    if kind == "sqlite":
        os.environ["KAERU_DATABASE_URL"] = f"sqlite://{home}/kaeru.sqlite3"
        yield None
        return
    from scripts.postgres import controlled

    with controlled() as server:
        os.environ["KAERU_DATABASE_URL"] = f"{server.url}/kaeru"
        yield server


def _furnish(pause_minutes: int) -> Any:
    """A shop whose scenario says something at once and again after a while; returns its key for webhooks."""
    from django.core.management import call_command
    from django.db import connection

    from kaeru.cancellations.seeds import seed_reasons
    from kaeru.core import scope
    from kaeru.scenarios import actions as scenarios
    from kaeru.tenants import actions as tenants

    texts = {"ja": {"subject": "ご注文{{ order.number }}", "body": "{{ customer.name }} 様\n\n{{ links.reorder }}"}}
    say = {"kind": "message", "purpose": "notice", "texts": texts}
    call_command("migrate", verbosity=0)
    owner = tenants.create_organization("chaos", "Chaos")
    with scope.organization(owner.id):
        shop = tenants.add_shop(
            owner, "chaos", "Chaos", sender_name="Chaos", sender_mail="chaos@example.com", contact="chaos@example.com",
            postal_address="Tokyo", site_url="https://chaos.example",
        )  # fmt: skip
        tenants.set_secret(shop, "shopify", SECRET, actor="chaos")
        seed_reasons(shop)
        steps = [say, {"kind": "wait", "minutes": pause_minutes}, say]
        scenario = scenarios.begin(shop, actor="chaos", name="chaos", flow={"steps": steps})
        scenarios.publish(scenario.id, actor="chaos")
        scenarios.switch(scenario.id, is_on=True, actor="chaos")
    connection.close()
    return shop.public_key


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def play(asked: argparse.Namespace) -> dict[str, Any]:
    """One database with so many workers; returns the figures."""
    with tempfile.TemporaryDirectory(prefix="kaeru-chaos-") as name, ExitStack() as stack:
        home = Path(name)
        os.environ.update(
            DJANGO_SETTINGS_MODULE="kaeru.conf.settings", KAERU_HOME=name, KAERU_DEMO="0", KAERU_DEBUG="0",
            KAERU_SECRET_KEY="chaos-only-" + "k" * 40, KAERU_BASE_URL="http://localhost", KAERU_ALLOW_PRIVATE_EGRESS="1",
        )  # fmt: skip
        server = stack.enter_context(_database(asked.database, home))
        import django

        django.setup()
        from scripts import chaos_stage as stage
        from tests.fakes.shopify import FakeShopify
        from tests.smtp import catcher

        inbox = stack.enter_context(catcher())
        os.environ["KAERU_MAIL_URL"] = inbox.url
        key, port, log = _furnish(asked.pause_minutes), _free_port(), home / "log"
        dice, watch = random.Random(asked.seed), stage.Watch()
        processes = [stage.web(port, log, asked.lease)]
        processes += [stage.worker(n, log, asked.lease) for n in range(asked.workers if server else 0)]

        def look_after() -> float:
            for one in processes:
                one.look_after()
            return 0.05

        begun = time.monotonic()
        keeper, watcher = stage.Loop(look_after), stage.Loop(watch.look)
        shop = FakeShopify(SECRET, domain="chaos.myshopify.com")
        address = f"http://127.0.0.1:{port}/hooks/shopify/{key}"
        sender = stage.Sender(address, shop, asked.enrolments, asked.seconds * 0.8)
        restarts = _storm(asked, dice, processes, server)
        _settle(sender, watch, begun + asked.seconds + asked.grace)
        sender.end()
        watcher.end()
        keeper.end()
        for one in processes:
            one.end()
        if asked.log:
            Path(asked.log).write_bytes(log.read_bytes())
        found = _count(asked, inbox.copies(), sender, watch)
        return {
            **found,
            "kills": sum(one.killed for one in processes),
            "ended": sum(one.ended for one in processes),
            "restarts": restarts,
            "seconds": round(time.monotonic() - begun),
        }


def _storm(asked: argparse.Namespace, dice: random.Random, processes: list[Any], server: Any) -> int:
    """Kill and restart until the time is over; returns how often the database went away."""
    until = time.monotonic() + asked.seconds
    kill_at = time.monotonic() + 4
    restart_at, restarts = time.monotonic() + dice.uniform(*asked.restart_every), 0
    while time.monotonic() < until:
        now = time.monotonic()
        if now >= kill_at:
            dice.choice(processes).kill(dice)
            kill_at = now + dice.uniform(0.1, 1.9) * asked.kill_every
        if server and now >= restart_at:
            server.stop(crash=restarts % 2 == 1)
            time.sleep(dice.uniform(0.0, 2.0))
            server.start()
            restarts += 1
            restart_at = time.monotonic() + dice.uniform(*asked.restart_every)
        time.sleep(0.02)
    return restarts


def _settle(sender: Any, watch: Any, until: float) -> None:
    """Wait until everything is sent and nothing is open for a while."""
    calm = 0
    while time.monotonic() < until and calm < 4:
        time.sleep(0.5)
        calm = calm + 1 if not sender.is_alive() and watch.open == 0 else 0


def _count(asked: argparse.Namespace, copies: Counter[str], sender: Any, watch: Any) -> dict[str, Any]:
    from kaeru.core import scope
    from kaeru.messages.models import Message
    from kaeru.scenarios.models import Enrollment

    with scope.everyone():
        ends = Counter(Enrollment.objects.values_list("state", "end_reason"))
        messages = list(Message.objects.values_list("key", "state", "source_id", "template_id"))
    states = Counter(state for _, state, _, _ in messages)
    arrived = {str(key): copies[str(key)] for key, _, _, _ in messages}
    each = Counter((source, template) for _, _, source, template in messages)
    return {
        "enrolments": sum(ends.values()),
        "finished": ends["ended", "finished"],
        "unanswered": 2 * asked.enrolments - len(sender.acknowledged),
        "states": dict(states),
        "mails": sum(copies.values()),
        "lost": 2 * asked.enrolments - len(each) + sum(s == "sent" and not arrived[str(k)] for k, s, _, _ in messages),
        "doubled": sum(n - 1 for n in copies.values()) + sum(n - 1 for n in each.values()),
        "unknown": states["unknown"],
        "unknown_arrived": sum(s == "unknown" and arrived[str(k)] > 0 for k, s, _, _ in messages),
        "longest": {name: round(seconds, 1) for name, seconds in watch.longest.items()},
        "oldest_message": watch.oldest,
        "refused": dict(sender.refused),
    }


def faults(asked: argparse.Namespace, found: dict[str, Any]) -> list[str]:
    """What must not be."""
    wrong = [f"{name} {found[name]}" for name in ("lost", "doubled", "unanswered") if found[name]]
    if found["finished"] != asked.enrolments or found["enrolments"] != asked.enrolments:
        wrong.append(f"{found['finished']} of {asked.enrolments} finished ({found['enrolments']} begun)")
    open_states = {name: n for name, n in found["states"].items() if name not in {"sent", "unknown"}}
    if open_states:
        wrong.append(f"messages {open_states}")
    stuck = {name: age for name, age in found["longest"].items() if age > LONGEST_STUCK_SECONDS}
    return wrong + ([f"stuck {stuck}"] if stuck else [])


def parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=600, help="of each run")
    parser.add_argument("--enrolments", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=["sqlite", "postgres"])
    parser.add_argument("--workers", type=int, help="on PostgreSQL; without: 1, then 4")
    parser.add_argument("--kill-every", type=float, default=6.0, help="seconds between two kills on average")
    parser.add_argument(
        "--restart-every",
        type=float,
        nargs=2,
        default=(5, 40),
        help="seconds between two restarts of PostgreSQL, from and to",
    )
    parser.add_argument("--pause-minutes", type=int, default=1, help="between the two messages of an enrolment")
    parser.add_argument("--lease", type=float, default=0.0, help="shorter leases, in seconds, for short runs")
    parser.add_argument("--grace", type=float, default=GRACE_SECONDS, help="seconds after the last kill")
    parser.add_argument("--log", default="", help="keep the processes' output in this file")
    parser.add_argument("--play", action="store_true", help=argparse.SUPPRESS)
    return parser


HEAD = f"{'':20} enrolments finished  mails kills restarts lost doubled unknown longest wait"


def _line(name: str, found: dict[str, Any]) -> str:
    longest = max(found["longest"].values(), default=0.0)
    return (
        f"{name:20} {found['enrolments']:10} {found['finished']:8} {found['mails']:6} {found['kills']:5} {found['restarts']:8}"
        f" {found['lost']:4} {found['doubled']:7} {found['unknown']:7} {longest:10.1f} s"
    )


def main() -> int:
    """Exit code 1 when anything was lost, doubled or stuck."""
    asked = parser().parse_args()
    if asked.play:
        print(json.dumps(play(asked)))
        return 0
    kinds = [asked.database] if asked.database else ["sqlite", "postgres"]
    sizes = [asked.workers] if asked.workers else [1, 4]
    cases = [(kind, workers) for kind in kinds for workers in ([1] if kind == "sqlite" else sizes)]
    lines, wrong = [], []
    for kind, workers in cases:
        options = [*sys.argv[1:], "--play", "--database", kind, "--workers", str(workers)]
        command = [sys.executable, "-m", "scripts.chaos", *options]
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)
        found = json.loads(done.stdout.splitlines()[-1])
        name = f"{kind}, {workers} worker{'s' if workers > 1 else ''}"
        wrong += [f"{name}: {fault}" for fault in faults(asked, found)]
        lines.append(_line(name, found))
        print(f"{name}: {found}", flush=True)
    print(f"{asked.seconds:.0f} s each, seed {asked.seed}", HEAD, *lines, sep="\n")
    print("\n".join(f"WRONG {fault}" for fault in wrong) or "nothing lost, nothing doubled, nothing stuck")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
