"""Who moves the enrolments in bench/engine: the product's pass, a bare SQL loop, a Procrastinate job per step."""

import hmac
import secrets
import sys
import time
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

import django

from bench.engine_fill import BUDGET, DUE, WAIT_SECONDS, reorder
from bench.stage import result

MOMENTS = [DUE, DUE + timedelta(seconds=WAIT_SECONDS + 1), DUE + timedelta(seconds=2 * WAIT_SECONDS + 2)]
"""When each of the three steps is due."""
LIMIT = 1000


def timed(count: int, run: Callable[[datetime], int]) -> None:
    """Let `run` move everything that is due at each of the three moments; buyers re-order before the third."""
    spent, moved = 0.0, 0
    for number, moment in enumerate(MOMENTS):
        if number == 2:
            reorder(count)
        begun = time.perf_counter()
        while done := run(moment):
            moved += done
        spent += time.perf_counter() - begun
    result(seconds=round(spent, 3), steps=moved, steps_per_second=round(moved / spent), **_effects())


def _effects() -> dict[str, int]:
    """What was written, so that players can be held to the same work."""
    from django.db import connection

    def count(table: str, where: str = "1 = 1") -> int:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {table} WHERE {where}")
            return int(cursor.fetchone()[0])

    return {
        "messages": count("messages_message"),
        "coupons": count("offers_coupon"),
        "reordered": count("scenarios_enrollment", "end_reason = 'reordered'"),
        "finished": count("scenarios_enrollment", "end_reason = 'finished'"),
        "logs": count("scenarios_steplog"),
    }


def product(count: int) -> None:
    """The pass that `kaeru serve` and `kaeru worker` run."""
    from kaeru.core import clock
    from kaeru.scenarios.engine import move_due

    def run(moment: datetime) -> int:
        clock.set_clock(clock.Clock(real=time.time(), shown=moment, speed=1e-9))
        return move_due(LIMIT)

    timed(count, run)


CLAIM = """
SELECT e.id, e.organization_id, e.shop_id, e.customer_id, e.step, o.total,
       EXISTS (SELECT 1 FROM orders_order n WHERE n.customer_id = e.customer_id AND n.placed_at > e.entered_at
               AND n.shop_id = e.shop_id AND n.id <> e.order_id AND n.cancelled_at IS NULL) AS again, o.currency
FROM scenarios_enrollment e JOIN orders_order o ON o.id = e.order_id
JOIN cancellations_cancellationrequest c ON c.id = e.cancellation_id
WHERE e.state = 'waiting' AND e.due_at <= {p} ORDER BY e.due_at LIMIT {p}"""
LOG = "INSERT INTO scenarios_steplog (id, organization_id, enrollment_id, position, kind, outcome, reason, at) VALUES ({v8})"
MESSAGE = (
    "INSERT INTO messages_message (id, organization_id, shop_id, customer_id, template_id, purpose, channel, source, source_id, key, "
    "state, reason, due_at, attempts, created_at) VALUES ({v15})"
)
COUPON = (
    "INSERT INTO offers_coupon (id, organization_id, shop_id, customer_id, enrollment_id, code, kind, value, minimum, cost, currency, "
    "issued_at, expires_at, redeemed_order_ref) VALUES ({v14})"
)


class Bare:
    """The same row work by hand: one connection of the driver, decisions written out for this one program."""

    def __init__(self) -> None:
        from django.conf import settings
        from django.db import connection

        self.postgres = bool(settings.IS_POSTGRES)
        self.mark = "%s" if self.postgres else "?"
        connection.ensure_connection()
        self.raw: Any = connection.connection
        with connection.cursor() as cursor:
            cursor.execute("SELECT id FROM messages_template ORDER BY id")
            self.templates = [row[0] for row in cursor.fetchall()]
            cursor.execute("SELECT id FROM scenarios_scenario")
            self.split = f"{cursor.fetchone()[0]}:split"
        self.counter = 1 << 60

    def sql(self, text: str) -> str:
        marks = {f"v{n}": ", ".join([self.mark] * n) for n in (8, 14, 15)}
        return text.format(p=self.mark, **marks)

    def key(self) -> int:
        self.counter += 1
        return self.counter

    def at(self, moment: datetime) -> Any:
        return moment if self.postgres else moment.replace(tzinfo=None).isoformat(" ")

    def willing(self, cursor: Any, customers: list[int]) -> set[int]:
        """Consent and opt-outs, as the law wants them read."""
        marks = "ANY(%s)" if self.postgres else f"({', '.join('?' * len(customers))})"
        values: list[Any] = [customers] if self.postgres else customers
        test = "=" if self.postgres else "IN"
        cursor.execute(
            f"SELECT c.customer_id, i.shop_id, i.value FROM customers_consent c JOIN customers_identity i ON i.customer_id = c.customer_id "
            f"AND i.kind = 'mail' WHERE c.customer_id {test} {marks} AND c.channel = 'mail' AND c.withdrawn_at IS NULL",
            values,
        )
        address = {row[0]: hmac.digest(b"k" * 32, row[2].encode(), "sha256") for row in cursor.fetchall()}
        hashes = list(address.values())
        marks = "ANY(%s)" if self.postgres else f"({', '.join('?' * len(hashes))})"
        cursor.execute(
            f"SELECT address_hash FROM customers_suppression WHERE channel = 'mail' AND address_hash {test} {marks}",
            [hashes] if self.postgres else hashes,
        )
        closed = {bytes(row[0]) for row in cursor.fetchall()}
        return {customer for customer, found in address.items() if found not in closed}

    def update(self, cursor: Any, change: str, kinds: tuple[str, ...], rows: list[tuple[Any, ...]]) -> None:
        """Many rows, each with its own values, the last of which is the key."""
        if not self.postgres:
            cursor.executemany(f"UPDATE scenarios_enrollment SET {change.format(*'????')} WHERE id = ?", rows)
            return
        names = [f"v.c{index}" for index in range(len(kinds))]
        arrays = ", ".join(f"%s::{kind}[]" for kind in (*kinds, "bigint"))
        columns = ", ".join(name.removeprefix("v.") for name in (*names, "id"))
        cursor.execute(
            f"UPDATE scenarios_enrollment e SET {change.format(*names)} FROM unnest({arrays}) AS v({columns}) WHERE e.id = v.id",
            [list(column) for column in zip(*rows, strict=True)],
        )

    def rested(self, cursor: Any, customers: list[int], moment: datetime) -> set[int]:
        """Customers without a coupon in four weeks, locked; in the lock's order, as the law of deadlocks wants it."""
        marks = "ANY(%s)" if self.postgres else f"({', '.join('?' * len(customers))})"
        values: list[Any] = [sorted(customers)] if self.postgres else customers
        test = "=" if self.postgres else "IN"
        if self.postgres:
            cursor.execute(
                f"SELECT id FROM customers_customer WHERE id {test} {marks} ORDER BY id FOR NO KEY UPDATE", values
            )
        cursor.execute(
            f"SELECT customer_id, max(issued_at) FROM offers_coupon WHERE customer_id {test} {marks} GROUP BY customer_id",
            values,
        )
        since = self.at(moment - timedelta(weeks=4))
        return set(customers) - {row[0] for row in cursor.fetchall() if row[1] > since}

    def charge(self, cursor: Any, spent: dict[str, int], shop: int, organization: int) -> None:
        """One budget for each way of the split."""
        for key, cost in spent.items():
            cursor.execute(
                self.sql(
                    'INSERT INTO offers_budget (id, organization_id, shop_id, key, month_on, "limit", spent) '
                    "VALUES ({p}, {p}, {p}, {p}, '2026-11-01', {p}, {p}) "
                    "ON CONFLICT (shop_id, key, month_on) DO UPDATE SET spent = offers_budget.spent + excluded.spent"
                ),
                [self.key(), organization, shop, key, BUDGET, cost],
            )

    def run(self, moment: datetime) -> int:
        cursor = self.raw.cursor()
        if not self.postgres:
            cursor.execute("BEGIN IMMEDIATE")
        lock = " FOR UPDATE OF e SKIP LOCKED" if self.postgres else ""
        at, later = self.at(moment), self.at(moment + timedelta(seconds=WAIT_SECONDS))
        cursor.execute(self.sql(CLAIM) + lock, [at, LIMIT])
        rows = cursor.fetchall()
        messages, coupons, logs, forward, ended = [], [], [], [], []
        asking = [row[3] for row in rows if row[4] != 0 and not row[6]]
        willing = self.willing(cursor, asking) if asking else set()
        giving = [row[3] for row in rows if row[4] == 2 and not row[6] and row[5] >= 3000 and row[3] in willing]
        rested = self.rested(cursor, giving, moment) if giving else set()
        spent: dict[str, int] = {}
        for key, organization, shop, customer, step, total, again, currency in rows:
            if again:
                logs.append((self.key(), organization, key, step, "exit", "ended", "reordered", at))
                ended.append((step, "reordered", at, key))
            elif step in (0, 10):
                template, purpose = (self.templates[0], "notice") if step == 0 else (self.templates[1], "advertisement")
                if step == 0 or customer in willing:
                    name = uuid.uuid4()
                    messages.append(
                        (self.key(), organization, shop, customer, template, purpose, "mail", "enrollment", key,
                         name if self.postgres else name.hex, "waiting", "", at, 0, at)
                    )  # fmt: skip
                logs.append((self.key(), organization, key, step, "message", "done", "", at))
                if step == 0:
                    logs.append((self.key(), organization, key, 1, "wait", "done", "", at))
                    forward.append((2, later, later, key))
                else:
                    ended.append((11, "finished", at, key))
            else:
                is_dear = total >= 3000
                logs.append((self.key(), organization, key, 2, "branch", "then" if is_dear else "else", "", at))
                if is_dear:
                    digest = blake2b(f"{customer}/{self.split}".encode(), digest_size=8).digest()
                    way = "a" if int.from_bytes(digest, "big") / 2**64 < 0.5 else "b"
                    logs.append((self.key(), organization, key, 3, "split", way, "", at))
                    if customer in rested:
                        code = "".join(secrets.choice("23456789ABCDEFGHJKLMNPQRSTUVWXYZ") for _ in range(13))
                        until = self.at(moment + timedelta(days=14))
                        kind, value, cost = ("amount", 500, 500) if way == "a" else ("percent", 10, total // 10)
                        coupons.append(
                            (
                                self.key(),
                                organization,
                                shop,
                                customer,
                                key,
                                code,
                                kind,
                                value,
                                0,
                                cost,
                                currency,
                                at,
                                until,
                                "",
                            )
                        )
                        spent[way] = spent.get(way, 0) + cost
                    logs.append((self.key(), organization, key, 4 if way == "a" else 6, "coupon", "done", "", at))
                logs.append((self.key(), organization, key, 9, "wait", "done", "", at))
                forward.append((10, later, later, key))
        if spent:
            self.charge(cursor, spent, rows[0][2], rows[0][1])
        for statement, values in ((MESSAGE, messages), (COUPON, coupons), (LOG, logs)):
            if values and self.postgres:
                with cursor.copy(statement.split(" VALUES")[0].replace("INSERT INTO", "COPY") + " FROM STDIN") as copy:
                    for entry in values:
                        copy.write_row(entry)
            elif values:
                cursor.executemany(self.sql(statement), values)
        if forward:
            change = "step = {0}, due_at = {1}, rest_until = {2}, attempts = 0"
            self.update(cursor, change, ("int", "timestamptz", "timestamptz"), forward)
        if ended:
            kinds = ("int", "text", "timestamptz")
            self.update(
                cursor, "state = 'ended', step = {0}, end_reason = {1}, ended_at = {2}, attempts = 0", kinds, ended
            )
        cursor.execute("COMMIT") if not self.postgres else self.raw.commit()
        return len(rows)


def bare(count: int) -> None:
    """The limit: no ORM, no rules, no registry."""
    from django.db import connection

    player = Bare()
    if player.postgres:
        connection.connection.autocommit = False
    try:
        timed(count, player.run)
    finally:
        if player.postgres:
            connection.connection.commit()


def job(count: int) -> None:
    """The peer: each step of each enrolment is one Procrastinate job, run by its own worker."""
    from procrastinate.contrib.django import app

    from kaeru.core import clock
    from kaeru.scenarios.engine import move_due

    @app.task(name="bench.step")
    def step(number: int) -> None:
        move_due(1)

    clock.set_clock(clock.Clock(real=time.time(), shown=MOMENTS[0], speed=1e-9))
    step.batch_defer(*({"number": number} for number in range(count)))  # type: ignore[arg-type]
    with app.replace_connector(app.connector.get_worker_connector()) as ready:  # type: ignore[attr-defined]
        begun = time.perf_counter()
        ready.run_worker(
            wait=False, concurrency=1, listen_notify=False, install_signal_handlers=False, delete_jobs="always"
        )
        spent = time.perf_counter() - begun
    result(seconds=round(spent, 3), steps=count, steps_per_second=round(count / spent), **_effects())


if __name__ == "__main__":
    django.setup()
    {"product": product, "bare": bare, "job": job}[sys.argv[1]](int(sys.argv[2]))
