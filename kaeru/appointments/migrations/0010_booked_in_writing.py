from django.db import migrations, models


class Migration(migrations.Migration):
    """The words of the mail that confirms a visit booked on the salon's page."""

    dependencies = [("appointments", "0009_times_read_from_indexes")]

    operations = [migrations.AddField("visitterms", "template_booked", models.BigIntegerField(null=True))]
