"""The cut-off of repairs goes into the policy: a shop has one clock. A policy that names one already keeps its own."""

from django.db import migrations

EMPTY = {"cutoff": None, "rules": [], "otherwise": "accept", "grounds": {}, "refund": {}}
"""A shop without a policy accepts every wish; so does this one."""


def into_the_policy(apps, schema_editor):
    """As a version of its own, so that the older ones stay what they were."""
    from kaeru.core import clock, ids, scope

    policies = apps.get_model("cancellations", "CancelPolicy")._base_manager
    with scope.everyone():
        rows = apps.get_model("cancellations", "RepairTerms")._base_manager.exclude(cut_off=None)
        for row in rows.iterator():
            newest = policies.filter(shop_id=row.shop_id).order_by("-number").first()
            document = dict(newest.document) if newest else dict(EMPTY)
            if document.get("cutoff"):
                continue
            policies.create(
                id=ids.new_id(), organization_id=row.organization_id, shop_id=row.shop_id, created_at=clock.now(),
                number=newest.number + 1 if newest else 1, created_by="upgrade", document={**document, "cutoff": f"{row.cut_off:%H:%M}"},
            )


class Migration(migrations.Migration):
    dependencies = [("cancellations", "0007_no_empty_circles")]

    operations = [
        migrations.RunPython(into_the_policy, migrations.RunPython.noop),
        migrations.RemoveField("repairterms", "cut_off"),
    ]
