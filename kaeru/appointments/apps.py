"""Django's registration of the room."""

from django.apps import AppConfig


class AppointmentsConfig(AppConfig):
    """予約: salons, bookings, openings."""

    name = "kaeru.appointments"
    label = "appointments"
