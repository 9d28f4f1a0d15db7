from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('connectors', '0005_malls'),
    ]

    operations = [
        migrations.AddField(
            model_name='connection',
            name='key_warned',
            field=models.PositiveSmallIntegerField(null=True),
        ),
    ]
