from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """A tap that moves a visit is known again; visits that are over are found without walking through all."""

    dependencies = [("appointments", "0006_calendar")]

    operations = [
        migrations.AddField("bookingchange", "key", models.CharField(blank=True, max_length=64, default=""), preserve_default=False),
        migrations.AddIndex("booking", models.Index("ends_at", name="booking_over", condition=Q(state="booked"))),
    ]
