"""People held back for comparison. Scenarios that are there already hold nobody back: see docs/decisions/0018."""

import django.db.models.deletion
import kaeru.core.ids
import kaeru.scenarios.holdout
import kaeru.scenarios.models
from django.db import migrations, models


def draw_salts(apps, schema_editor):
    """Each scenario's chance is its own, also of those that one statement gave the same salt."""
    scenarios = apps.get_model("scenarios", "Scenario")
    rows = list(scenarios._base_manager.only("id"))
    for row in rows:
        row.salt = kaeru.scenarios.models.new_salt()
    scenarios._base_manager.bulk_update(rows, ["salt"], batch_size=500)


class Migration(migrations.Migration):

    dependencies = [
        ('customers', '0003_aliases'),
        ('scenarios', '0004_rehearsal_runs'),
        ('tenants', '0005_staff_language'),
    ]

    operations = [
        migrations.AddField(
            model_name='scenario',
            name='holdout',
            field=models.CharField(blank=True, default="off", max_length=8),
        ),
        migrations.AlterField(
            model_name='scenario',
            name='holdout',
            field=models.CharField(blank=True, default=kaeru.scenarios.holdout.usual_setting, max_length=8),
        ),
        migrations.AddField(
            model_name='scenario',
            name='salt',
            field=models.CharField(default=kaeru.scenarios.models.new_salt, max_length=32),
        ),
        migrations.RunPython(draw_salts, migrations.RunPython.noop),
        migrations.CreateModel(
            name='Assignment',
            fields=[
                ('id', models.BigIntegerField(default=kaeru.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('arm', models.CharField(max_length=8)),
                ('pi', models.FloatField()),
                ('bucket', models.PositiveSmallIntegerField()),
                ('at', models.DateTimeField()),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='customers.customer')),
                ('organization', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.organization')),
                ('revision', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='scenarios.revision')),
                ('scenario', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='scenarios.scenario')),
                ('shop', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.shop')),
            ],
            options={
                'constraints': [models.UniqueConstraint(models.F('scenario_id'), models.F('customer_id'), name='assignment_once')],
            },
        ),
    ]
