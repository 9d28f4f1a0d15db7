"""Splits that learn: what they know, and each choice with its probabilities."""

import django.db.models.deletion
import kaeru.core.ids
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0003_aliases'),
        ('scenarios', '0005_holdout'),
        ('tenants', '0005_staff_language'),
    ]

    operations = [
        migrations.CreateModel(
            name='SplitLesson',
            fields=[
                ('id', models.BigIntegerField(default=kaeru.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('key', models.CharField(max_length=60, unique=True)),
                ('weights', models.JSONField()),
                ('told', models.JSONField(default=list)),
                ('learned_at', models.DateTimeField(null=True)),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.organization')),
                ('scenario', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='scenarios.scenario')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='SplitChoice',
            fields=[
                ('id', models.BigIntegerField(default=kaeru.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('enrollment_id', models.BigIntegerField(db_index=True)),
                ('key', models.CharField(max_length=60)),
                ('way', models.CharField(max_length=1)),
                ('shares', models.JSONField()),
                ('at', models.DateTimeField()),
                ('customer', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.customer')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.organization')),
                ('shop', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.shop')),
            ],
            options={
                'indexes': [models.Index(models.F('key'), models.F('customer_id'), models.F('at'), name='choice_of_split')],
            },
        ),
    ]
