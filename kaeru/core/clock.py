"""What time it is for the shop. All business time is read here, so that a demo or a test can run it faster."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, slots=True)
class Clock:
    """A clock that shows `shown` at the real moment `real` and runs `speed` times as fast as the wall."""

    real: float
    shown: datetime
    speed: float = 1.0

    def read(self, real: float) -> datetime:
        """The time shown at the real moment `real` (seconds since the epoch)."""
        return self.shown + timedelta(seconds=(real - self.real) * self.speed)

    def real_seconds_until(self, moment: datetime, real: float) -> float:
        """How many real seconds until this clock shows `moment`; negative when it has."""
        return (moment - self.read(real)).total_seconds() / self.speed


_clock: Clock | None = None


def now() -> datetime:
    """Aware UTC time of the business."""
    return datetime.now(UTC) if _clock is None else _clock.read(time.time())


def set_clock(clock: Clock | None) -> None:
    """Replace this process's clock; None means the wall clock."""
    global _clock
    _clock = clock


def current() -> Clock:
    """The clock in force."""
    real = time.time()
    return _clock or Clock(real=real, shown=datetime.fromtimestamp(real, UTC))


def skip_to(moment: datetime) -> Clock:
    """Move the clock forward to `moment` (never back) and return it; the caller keeps it if it must survive a restart."""
    clock, real = current(), time.time()
    set_clock(Clock(real=real, shown=max(moment, clock.read(real)), speed=clock.speed))
    return current()


def wait_seconds(moment: datetime) -> float:
    """Real seconds until `moment` on the clock in force."""
    return current().real_seconds_until(moment, time.time())


def wall() -> datetime:
    """Real time, for leases and time-outs of running work: never for business."""
    return datetime.now(UTC)


def in_real_seconds(seconds: float) -> datetime:
    """The moment this clock will show `seconds` real seconds from now: for trying again what another server refused."""
    return current().read(time.time() + seconds)
