from django.db import migrations, models
from django.db.models import F


def due_when_received(apps, schema_editor):
    apps.get_model("connectors", "InboundDelivery")._base_manager.update(due_at=F("received_at"))


class Migration(migrations.Migration):
    dependencies = [("connectors", "0001_initial")]

    operations = [
        migrations.AddField("inbounddelivery", "due_at", models.DateTimeField(null=True)),
        migrations.RunPython(due_when_received, migrations.RunPython.noop, elidable=True),
        migrations.AlterField("inbounddelivery", "due_at", models.DateTimeField()),
        migrations.AddIndex("inbounddelivery", models.Index("received_at", name="inbound_age")),
    ]
