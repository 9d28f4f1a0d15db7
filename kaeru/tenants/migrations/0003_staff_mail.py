from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenants", "0002_opening_hours")]
    operations = [
        migrations.AddField("shop", "staff_mail", models.EmailField(blank=True, max_length=254, default=""), preserve_default=False)
    ]
