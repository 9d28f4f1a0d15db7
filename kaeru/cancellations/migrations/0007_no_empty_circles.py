"""The guidance of "shipping fee too high" has no "○○" any more: read as a gap that nobody filled in, it would be held back."""

from django.db import migrations

BEFORE = "カートに「あと○○円で送料無料」と表示されますので、ほかの商品とあわせてご検討ください。"
AFTER = "カートに、送料無料まであといくらかが表示されますので、ほかの商品とあわせてご検討ください。"


def word_anew(apps, schema_editor):
    """What a shop has worded itself stays."""
    from kaeru.core import scope

    with scope.everyone():
        rows = apps.get_model("cancellations", "Reason")._base_manager.filter(code="shipping_fee_too_high")
        for row in rows.iterator():
            if (row.guidance or {}).get("ja") == BEFORE:
                rows.filter(id=row.id).update(guidance={**row.guidance, "ja": AFTER})


class Migration(migrations.Migration):
    dependencies = [("cancellations", "0006_case_in_line")]

    operations = [migrations.RunPython(word_anew, migrations.RunPython.noop)]
