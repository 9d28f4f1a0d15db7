import django.db.models.deletion
import kaeru.core.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('connectors', '0004_shopify_upkeep'),
        ('orders', '0003_malls'),
        ('tenants', '0003_staff_mail'),
    ]

    operations = [
        migrations.AddField(
            model_name='connection',
            name='key_expires_on',
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name='connection',
            name='poll_minutes',
            field=models.PositiveSmallIntegerField(default=5),
        ),
        migrations.AddField(
            model_name='connection',
            name='rules',
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name='gateterms',
            name='cancels_alone',
            field=models.BooleanField(default=False),
        ),
        migrations.CreateModel(
            name='Inquiry',
            fields=[
                ('id', models.BigIntegerField(default=kaeru.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('source_id', models.CharField(max_length=100)),
                ('asked_at', models.DateTimeField()),
                ('title', models.CharField(blank=True, max_length=300)),
                ('body', models.TextField(blank=True)),
                ('category', models.CharField(blank=True, max_length=60)),
                ('is_about_claim', models.BooleanField(default=False)),
                ('answered_at', models.DateTimeField(null=True)),
                ('answer_text', models.TextField(blank=True)),
                ('order', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='orders.order')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.organization')),
                ('shop', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.shop')),
            ],
            options={
                'indexes': [models.Index(models.F('shop_id'), models.F('asked_at'), condition=models.Q(('answered_at', None)), name='inquiry_open')],
                'constraints': [models.UniqueConstraint(models.F('organization_id'), models.F('shop_id'), models.F('source_id'), name='inquiry_source')],
            },
        ),
    ]
