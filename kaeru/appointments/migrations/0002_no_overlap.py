from django.db import migrations

from kaeru.appointments.bookings import judge


def appoint(apps, editor):
    judge.appoint(editor)


def dismiss(apps, editor):
    judge.dismiss(editor)


class Migration(migrations.Migration):
    """Two spans of one resource never overlap."""

    dependencies = [("appointments", "0001_initial")]

    operations = [migrations.RunPython(appoint, dismiss)]
