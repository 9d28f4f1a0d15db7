"""Who stands beside and judges each hand-over, by what the outside told, with arithmetic of their own.

Nothing here calls the product's rules: times of silence, caps and reasons to stop are worked out again from the law's side.
"""

import re
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import jpholiday
from django.db import connection

from kaeru.channels.base import Letter
from tests.simulation.world import Person, World

_PERSON = re.compile(r"客(\d+)-(\d+)")
_LETTER = """
SELECT m.source, m.source_id, m.shop_id, m.purpose, t.purpose, e.about, e.entered_at, e.order_id, e.cancellation_id, r.scenario_id
FROM messages_message m JOIN messages_template t ON t.id = m.template_id
LEFT JOIN scenarios_enrollment e ON e.id = m.source_id LEFT JOIN scenarios_revision r ON r.id = e.revision_id
WHERE m.key = %s"""


def ask(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """Rows as the database has them, past the product and past the machine's boundaries."""
    with connection.cursor() as cursor:
        raw = cursor.cursor
        if connection.vendor == "sqlite":
            return list(connection.connection.execute(statement.replace("%s", "?"), values))
        raw.execute(statement, values)
        return list(raw.fetchall())


def moment(value: Any) -> datetime:
    """A time out of the database."""
    from datetime import UTC

    told = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return told if told.tzinfo else told.replace(tzinfo=UTC)


TO_STAFF = ("staff", "desk", "desk_morning", "discrepancy", "late_morning", "forecast", "mall_key")
"""Messages to the shop's own people."""
A_MOMENT = timedelta(minutes=5)
"""Between the beginning of a hand-over, from which Kaeru counts, and its sight from outside."""


def _is_holiday(day: date) -> bool:
    return bool(jpholiday.is_holiday(day))


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute


class Enough(BaseException):
    """One finding is all that was asked for."""


@dataclass
class Witness:
    """Findings, each one sentence that begins with the world's seed."""

    worlds: dict[int, World]
    """By shop."""
    findings: list[str] = field(default_factory=list)
    is_paused: bool = False
    """The whole installation is."""
    judged: int = 0
    is_eager: bool = False
    """Stop at the first finding."""

    def accuse(self, world: World | None, what: str) -> None:
        """Something must not be."""
        self.findings.append(f"seed {world.seed if world else '?'}: {what}")
        if self.is_eager:
            raise Enough

    def judge(self, letter: Letter, now: datetime) -> None:
        """A hand-over begins: may it?"""
        self.judged += 1
        key: Any = letter.key.hex if connection.vendor == "sqlite" else letter.key
        rows = ask(_LETTER, key)
        if not rows:
            self.accuse(None, f"a letter that nobody wrote: {letter.key}")
            return
        source, _source_id, shop_id, purpose, written_as, about, entered_at, order_id, _cancellation_id, scenario_id = (
            rows[0]
        )
        world = self.worlds[shop_id]
        words = "".join(piece.text for piece in (*letter.subject, *letter.body))
        self._tenant(world, letter, words)
        if world.unsure:
            return
        told = f"message of {letter.address} ({written_as}, {source}) at {now:%Y-%m-%d %H:%M:%S}"
        if self.is_paused or world.is_paused or world.is_organization_paused:
            self.accuse(world, f"{told}: goes out while everything is paused")
        if scenario_id in world.off:
            self.accuse(world, f"{told}: goes out while its scenario is off")
        why = self._over(world, about, entered_at, order_id)
        if why:
            self.accuse(world, f"{told}: goes out although {why}")
        if source in TO_STAFF:
            if letter.address != f"staff@w{world.seed}.example":
                self.accuse(world, f"{told}: meant for the staff")
            return
        channel = next((name for name in ("mail", "line") if world.person(name, letter.address)), "")
        person = world.person(channel, letter.address) if channel else None
        if person is None:
            self.accuse(world, f"{told}: to an address that nobody has")
            return
        is_ad = "advertisement" in (purpose, written_as)
        self._consent(world, person, channel, told, is_ad=is_ad)
        self._time(world, channel, told, now, is_ad=is_ad)
        if is_ad:
            self._cap(world, person, told, now)

    def _tenant(self, world: World, letter: Letter, words: str) -> None:
        if letter.shop.id != world.shop.id or not re.match(
            rf"(w{world.seed}c|staff@w{world.seed}\.|U{world.seed}-)", letter.address
        ):
            self.accuse(world, f"a letter of the shop goes to {letter.address}")
        others = {seed for seed, _ in _PERSON.findall(words) if int(seed) != world.seed}
        if others:
            self.accuse(world, f"a letter names people of {others}")

    def _over(self, world: World, about: str, entered_at: Any, order_id: int | None) -> str:
        """Why nobody needs the message any more, by what the shop told."""
        if about == "customer":
            return ""
        mine = next((one for one in world.bought if one.order_id == order_id), None)
        if mine is None or mine.told is None:
            return ""
        told = mine.told
        if told.shipped_at is not None and told.cancelled_at is None:
            return "the order is on its way"
        if about == "order":
            return "the order is cancelled" if told.cancelled_at is not None else ""
        for one in world.bought:
            if one is mine or one.person is not mine.person or one.told is None:
                continue
            if one.told.placed_at > moment(entered_at) and one.told.cancelled_at is None:
                return f"{one.told.source_id} was ordered"
        return ""

    def _consent(self, world: World, person: Person, channel: str, told: str, *, is_ad: bool) -> None:
        if channel in person.dead:
            self.accuse(world, f"{told}: to an address that bounced or complained")
        if is_ad and not person.wants_ads(channel):
            self.accuse(
                world,
                f"{told}: an advertisement without consent ({person.consent.get(channel)}, stopped {sorted(person.stopped)})",
            )

    def _time(self, world: World, channel: str, told: str, now: datetime, *, is_ad: bool) -> None:
        rule = world.rules.get(channel)
        here = now.astimezone(ZoneInfo(world.shop.timezone))
        clock = _minute(here.time())
        if rule is None:
            if is_ad and (clock >= 21 * 60 or clock < 8 * 60):
                self.accuse(world, f"{told}: {here:%H:%M} is within quiet hours")
            return
        if not is_ad and rule.covers != "everything":
            return
        if here.weekday() not in rule.weekdays:
            self.accuse(world, f"{told}: not on this day of the week")
        if not rule.on_holidays and world.shop.timezone == "Asia/Tokyo" and _is_holiday(here.date()):
            self.accuse(world, f"{told}: on a holiday")
        if rule.quiet_from is not None and rule.quiet_to is not None:
            begins, ends = _minute(rule.quiet_from), _minute(rule.quiet_to)
            is_quiet = begins <= clock < ends if begins < ends else clock >= begins or clock < ends
            if is_quiet:
                self.accuse(world, f"{told}: {here:%H:%M} is within quiet hours")

    def _cap(self, world: World, person: Person, told: str, now: datetime) -> None:
        if world.cap is None:
            return
        since = now - timedelta(days=world.cap.days) + A_MOMENT
        had = sum(at > since for at in person.advertised)
        if had >= world.cap.most:
            self.accuse(
                world, f"{told}: {had} advertisements in {world.cap.days} days already, {world.cap.most} are allowed"
            )

    def arrived(self, letter: Letter, handed_at: datetime) -> None:
        """A letter arrived: advertisements count for the cap from the moment they were handed over."""
        world = self.worlds[letter.shop.id]
        for channel in ("mail", "line") if letter.is_advertisement else ():
            person = world.person(channel, letter.address)
            if person is not None:
                person.advertised.append(handed_at)
