from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0002_line_tags'),
    ]

    operations = [
        migrations.AddField(
            model_name='order',
            name='cancel_asked_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='order',
            name='dispatch_by',
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name='order',
            name='is_reserved',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='order',
            name='mall_state',
            field=models.CharField(blank=True, max_length=20),
        ),
        migrations.AddField(
            model_name='order',
            name='paid_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='order',
            name='wished_on',
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name='order',
            name='wished_slot',
            field=models.CharField(blank=True, max_length=20),
        ),
    ]
