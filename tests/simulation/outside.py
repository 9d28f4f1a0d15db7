"""Everybody outside of the house: a mail server, LINE, and the shops' own systems, with bad days."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from kaeru.channels.base import Letter, Outcome, Result, Worded
from kaeru.core import http
from kaeru.core.http import Answer, Unanswered
from tests.simulation.chance import Chance
from tests.simulation.host import Host

DEADLY = 0.04
"""How likely the process dies in the moment that only the other side knows of: the letter went, and nobody has noted it."""
WEATHERS = {"fine": 6.0, "busy": 1.0, "slow": 1.0, "down": 0.5, "wild": 1.0}
ANSWERS: dict[str, dict[str, float]] = {
    "fine": {"accepts": 97, "dead_address": 1, "silent_yes": 1, "silent_no": 1},
    "busy": {"accepts": 40, "busy": 55, "silent_yes": 5},
    "slow": {"accepts": 85, "slow": 10, "silent_yes": 3, "silent_no": 2},
    "down": {"down": 1},
    "still": {"accepts": 1},
    "wild": {
        "accepts": 50,
        "busy": 12,
        "slow": 8,
        "silent_yes": 8,
        "silent_no": 8,
        "refuses": 4,
        "breaks": 5,
        "down": 5,
    },
}
"""What comes of a hand-over, by weather. `silent`: no answer came; the letter went (yes) or not (no)."""

STATUSES: dict[str, dict[int, float]] = {
    "still": {204: 1},
    "fine": {204: 95, 500: 4, 0: 1},
    "down": {503: 1, 0: 1},
    "wild": {204: 60, 500: 20, 429: 10, 0: 10},
}
"""What a shop's system answers, by weather. 0: no answer came."""


@dataclass(slots=True)
class Arrival:
    """A letter that the other side took."""

    key: str
    channel: str
    address: str
    is_advertisement: bool
    answered: bool
    """Kaeru heard the yes."""


@dataclass(slots=True)
class Outside:
    """What the outside saw, and how it behaves today."""

    host: Host
    chance: Chance
    judge: Callable[[Letter], None]
    """Called when a hand-over begins: may this letter go?"""
    ambush: Callable[[Letter], None]
    """Called between a letter's wording and its hand-over: now or never."""
    arrived: Callable[[Letter, datetime], None]
    """Called when a letter has arrived that was handed over at that time."""
    deadly: float = DEADLY
    weather: dict[str, str] = field(default_factory=lambda: {"mail": "fine", "line": "fine", "shops": "fine"})
    arrivals: list[Arrival] = field(default_factory=list)
    tried: Counter[str] = field(default_factory=Counter)
    """Hand-overs by key, whatever came of them."""
    taken: set[str] = field(default_factory=set)
    """Keys that the channel with keys has taken: LINE answers 409 to the second."""
    told: dict[str, list[tuple[str, bytes]]] = field(default_factory=dict)
    """By webhook key: what each try brought (answer, body)."""
    heard: Callable[[str, bytes], None] = lambda key, body: None

    def turn(self) -> None:
        """Tomorrow's weather."""
        for name in self.weather:
            self.weather[name] = self.chance.weighed(WEATHERS)

    def clear_up(self) -> None:
        """Everybody is back."""
        self.deadly = 0.0
        for name in self.weather:
            self.weather[name] = "fine"

    def take(self, channel: str, letter: Letter) -> Result:
        """A letter is handed over."""
        assert not connection.in_atomic_block, "a call to the outside within a transaction"
        key, handed_at = str(letter.key), self.host.now()
        self.judge(letter)
        self.tried[key] += 1
        self.host.boundary()
        answer = self.chance.weighed(ANSWERS[self.weather[channel]])
        self.host.passes(
            self.chance.choice((0.05, 0.05, 0.2, 1.0, 6.0))
            if answer != "slow"
            else self.chance.choice((20.0, 70.0, 140.0))
        )
        if channel == "line" and key in self.taken:
            return Result(Outcome.ACCEPTED, "409 already taken", key)
        if answer in ("accepts", "slow", "silent_yes"):
            self.taken.add(key)
            self.arrivals.append(Arrival(key, channel, letter.address, letter.is_advertisement, answer != "silent_yes"))
            self.arrived(letter, handed_at)
            self.host.boundary(deadly=self.deadly)
        self.host.boundary()
        return self._result(answer, key)

    def _result(self, answer: str, key: str) -> Result:
        match answer:
            case "accepts" | "slow":
                return Result(Outcome.ACCEPTED, "250", key)
            case "busy":
                return Result(Outcome.TRANSIENT, "429")
            case "down":
                return Result(Outcome.TRANSIENT, "connection refused", is_server_down=True)
            case "dead_address":
                return Result(Outcome.REFUSED, "550", is_address_dead=True)
            case "refuses":
                return Result(Outcome.REFUSED, "554")
            case "breaks":
                raise RuntimeError("a mistake in the channel, made on purpose")
        return Result(Outcome.UNKNOWN, "no answer")

    def post(self, url: str, body: bytes, headers: dict[str, str], *, most_bytes: int = 0) -> Answer:
        """A shop's system is called."""
        assert not connection.in_atomic_block, "a call to the outside within a transaction"
        key = headers["webhook-id"]
        self.host.boundary()
        self.host.passes(0.2)
        status = self.chance.weighed(STATUSES.get(self.weather["shops"], STATUSES["wild"]))
        has_acted = status == 204 or (status == 0 and self.chance.happens(0.5))
        self.told.setdefault(key, []).append(("acted" if has_acted else str(status), body))
        if has_acted and sum(answer == "acted" for answer, _ in self.told[key]) == 1:
            self.heard(key, body)
        self.host.boundary()
        if status == 0:
            raise Unanswered("no answer")
        return Answer(status, b"")


class Way:
    """A channel as the product sees one."""

    def __init__(self, name: str, outside: Outside) -> None:
        self.name = name
        self._outside = outside

    def word(self, letter: Letter) -> Worded:
        """The letter's own words; then somebody may come between."""
        text = "".join(piece.text for piece in letter.body)
        worded = Worded("".join(piece.text for piece in letter.subject), text, "")
        self._outside.ambush(letter)
        return worded

    @contextmanager
    def open(self) -> Iterator["Way"]:
        """A line."""
        yield self

    def send(self, letter: Letter, worded: Worded) -> Result:
        """Hand it over."""
        return self._outside.take(self.name, letter)


@contextmanager
def standing(outside: Outside) -> Iterator[None]:
    """The channels and the shops' systems are these."""
    from kaeru.channels import registry

    paths, found = dict(registry._paths), registry.get
    ways: dict[str, Any] = {name: Way(name, outside) for name in ("mail", "line")}
    registry._paths.clear()
    registry._paths.update(dict.fromkeys(ways, ""))
    registry.get = ways.__getitem__  # type: ignore[assignment]
    post = http.post
    http.post = outside.post
    try:
        yield
    finally:
        registry._paths.clear()
        registry._paths.update(paths)
        registry.get = found
        http.post = post
