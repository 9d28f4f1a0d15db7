"""The peer of bench/slots: django-appointment on the same salon, in an environment of its own under .cache.

Run by that environment's Python, without the house: `python -m bench.slots_peer ROUNDS`. Prints one JSON line.
"""

import datetime
import json
import statistics
import sys
import time
from importlib import import_module
from typing import Any

from bench.slots_world import DAYS, STAFF, build

SETTINGS: dict[str, Any] = {
    "SECRET_KEY": "bench-only", "USE_TZ": True, "TIME_ZONE": "Asia/Tokyo", "ALLOWED_HOSTS": ["*"],
    "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
    "INSTALLED_APPS": ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.messages", "django.contrib.sessions", "appointment"],
    "DATABASES": {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "/dev/shm/kaeru-bench-peer.sqlite3"}},
    "APPOINTMENT_SLOT_DURATION": 15, "APPOINTMENT_BUFFER_TIME": 0,
    "LOGGING_CONFIG": None,
}  # fmt: skip


def main(rounds: int, database: str) -> None:
    """Fill it, ask it for ninety minutes on all days with each person, and say how long that takes."""
    import logging

    logging.disable(logging.CRITICAL)
    import django
    from django.conf import settings

    SETTINGS["DATABASES"]["default"]["NAME"] = database
    settings.configure(**SETTINGS)
    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    call_command("migrate", verbosity=0, run_syncdb=True)
    first = datetime.datetime.now().date() + datetime.timedelta(days=1)
    people, service = fill(first)
    ask_one = import_module("appointment.services").get_available_slots_for_staff

    def ask() -> set[datetime.datetime]:
        found: set[datetime.datetime] = set()
        for day in (first + datetime.timedelta(days=n) for n in range(DAYS)):
            for one in people:
                found.update(ask_one(day, one, (day.weekday() + 1) % 7, service=service))
        return found

    with CaptureQueriesContext(connection) as told:
        starts = ask()
    took = []
    for _ in range(rounds):
        begun = time.perf_counter()
        ask()
        took.append((time.perf_counter() - begun) * 1000)
    from importlib.metadata import version

    print(
        json.dumps(
            {
                "ms": statistics.median(took),
                "starts": len(starts),
                "statements": len(told),
                "version": version("django-appointment"),
            }
        )
    )


def fill(first: datetime.date) -> tuple[list[Any], Any]:
    """The same people, shifts, breaks and visits."""
    models = import_module("appointment.models")
    from django.contrib.auth.models import User

    world = build(first.weekday())
    models.Config.objects.create(
        slot_duration=15,
        lead_time=datetime.time(10),
        finish_time=datetime.time(20),
        appointment_buffer_time=0,
        slot_gap_time=10,
    )
    service = models.Service.objects.create(name="cut", duration=datetime.timedelta(minutes=90), price=9900)
    client = User.objects.create_user("client")
    people = []
    for who in range(STAFF):
        user = User.objects.create_user(f"staff{who}", first_name=f"s{who}")
        one = models.StaffMember.objects.create(user=user, slot_duration=15, slot_gap_time=10)
        one.services_offered.add(service)
        people.append(one)
        for weekday in range(7):
            if weekday not in world.off[who]:
                opens = _at(world.starts[who])
                closes = _at(world.starts[who] + 540)
                models.WorkingHours.objects.create(
                    staff_member=one, day_of_week=(weekday + 1) % 7, start_time=opens, end_time=closes
                )
    taken = [
        *world.staff,
        *((who, day, world.breaks[who], world.breaks[who] + 60) for who in range(STAFF) for day in range(DAYS)),
    ]
    for who, day, start, end in taken:
        on = first + datetime.timedelta(days=day)
        asked = models.AppointmentRequest.objects.bulk_create([
            models.AppointmentRequest(date=on, start_time=_at(start), end_time=_at(end), service=service, staff_member=people[who],
                               id_request=f"{who}-{day}-{start}")
        ])  # fmt: skip
        models.Appointment.objects.bulk_create(
            [
                models.Appointment(
                    client=client, appointment_request=asked[0], id_request=f"{who}-{day}-{start}", amount_to_pay=0
                )
            ]
        )
    return people, service


def _at(minute: int) -> datetime.time:
    return datetime.time(minute // 60 % 24, minute % 60)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
