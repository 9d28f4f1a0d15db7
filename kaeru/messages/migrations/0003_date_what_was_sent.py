from django.db import migrations
from django.db.models.functions import Coalesce


def date_what_was_sent(apps, schema_editor):
    """What left before this version counts for the customers' caps, too."""
    sent = apps.get_model("messages", "Message").objects.filter(handed_at=None, state__in=["sending", "sent", "unknown"])
    sent.update(handed_at=Coalesce("ended_at", "due_at"))


class Migration(migrations.Migration):

    dependencies = [
        ('messages', '0002_sending_rules'),
    ]

    operations = [
        migrations.RunPython(date_what_was_sent, migrations.RunPython.noop),
    ]
