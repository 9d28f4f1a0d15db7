"""Scenarios become documents: start, conditions and goal beside the steps. What is on the way goes on where it was."""

from typing import Any

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0


class Ids:
    """Ids of steps in reading order: s1, s2, …"""

    def __init__(self) -> None:
        self.last = 0

    def next(self) -> str:
        self.last += 1
        return f"s{self.last}"


def step(old: dict[str, Any], ids: Ids) -> dict[str, Any]:
    """A step as it is written from now on."""
    new = {"id": ids.next(), **old}
    if old.get("kind") == "wait":
        new["mode"] = "span"
    if old.get("kind") == "coupon":
        if old.get("coupon") == "percent":
            new["percent"] = new.pop("value", 10)
        new["budget"] = 30_000
    if old.get("kind") == "branch":
        if new.pop("on", "") == "first_order":
            new.pop("at_least", None)
            new["if"] = {"field": "order.is_first", "op": "is", "value": True}
        else:
            new["if"] = {"field": "order.value", "op": "at_least", "value": _number(new.pop("at_least", 0))}
        for side in ("then", "else"):
            new[side] = [step(inner, ids) for inner in old.get(side) or []]
    return new


def flow(steps: Any) -> dict[str, Any]:
    """The document around the steps that there were."""
    ids = Ids()
    return {
        "trigger": "cancellation.requested", "when": None, "exit_when": None, "goal": "", "again_after_days": 30,
        "steps": [step(one, ids) for one in steps] if isinstance(steps, list) else [],
    }  # fmt: skip


def operation(old: dict[str, Any]) -> dict[str, Any]:
    """An operation under its new form: the same position, the same effect."""
    match old["op"]:
        case "wait":
            return {"op": "wait", "seconds": old["seconds"], "days": 0, "months": 0}
        case "message":
            templates = [["mail", int(old["template_id"])]]
            return {"op": "message", "templates": templates, "purpose": old["purpose"], "needs_coupon": False}
        case "coupon":
            terms = {"type": old["kind"], "value": old["value"], "days": old["days"], "minimum": old["minimum"]}
            return {"op": "coupon", **terms, "budget_key": "", "budget": None}
        case "branch":
            first = {"field": "order.is_first", "op": "is", "value": True}
            value = {"field": "order.value", "op": "at_least", "value": old["at_least"]}
            condition = first if old["on"] == "first_order" else value
            return {"op": "branch", "condition": {"condition": condition}, "otherwise": old["otherwise"]}
    return old


def places(document: dict[str, Any]) -> list[str]:
    """For each operation of the program the step it came from: as the compiler of before laid them out."""
    found: list[str] = []

    def lay(steps: list[dict[str, Any]]) -> None:
        for one in steps:
            found.append(one["id"])
            if one["kind"] == "branch":
                lay(one["then"])
                found.append(one["id"])
                lay(one["else"])

    lay(document["steps"])
    return found


def forward(apps: Any, schema_editor: Any) -> None:
    """Write drafts and revisions anew."""
    Scenario, Revision = apps.get_model("scenarios", "Scenario"), apps.get_model("scenarios", "Revision")
    for scenario in Scenario._base_manager.all():
        Scenario._base_manager.filter(id=scenario.id).update(draft=flow(scenario.draft))
    for revision in Revision._base_manager.all():
        document = flow(revision.flow)
        Revision._base_manager.filter(id=revision.id).update(
            flow=document, program=[operation(one) for one in revision.program], places=places(document)
        )
    apps.get_model("scenarios", "Enrollment")._base_manager.update(subject_id=F("cancellation_id"), rest_until=F("due_at"))


class Migration(migrations.Migration):
    dependencies = [
        ("cancellations", "0001_initial"),
        ("orders", "0001_initial"),
        ("scenarios", "0001_initial"),
    ]
    operations = [
        migrations.RemoveConstraint("scenario", "scenario_reason"),
        migrations.RemoveConstraint("scenario", "scenario_no_reason"),
        migrations.AddField("scenario", "position", models.PositiveSmallIntegerField(default=100)),
        migrations.AddField("scenario", "draft_version", models.PositiveIntegerField(default=0)),
        migrations.AlterField("scenario", "draft", models.JSONField(default=dict)),
        migrations.AddIndex("scenario", models.Index("shop_id", "position", "id", name="scenario_order")),
        migrations.RenameField("revision", "steps", "flow"),
        migrations.AddField("revision", "trigger", models.CharField(default="cancellation.requested", max_length=60)),
        migrations.AddField("revision", "goal", models.CharField(blank=True, max_length=60, default=""), preserve_default=False),
        migrations.AddField("revision", "places", models.JSONField(default=list)),
        migrations.AddField("revision", "note", models.CharField(blank=True, max_length=200, default=""), preserve_default=False),
        migrations.RemoveConstraint("enrollment", "enrollment_once"),
        migrations.AddField("enrollment", "trigger", models.CharField(default="cancellation.requested", max_length=60)),
        migrations.AddField("enrollment", "subject_id", models.BigIntegerField(default=0), preserve_default=False),
        migrations.AddField("enrollment", "about", models.CharField(default="cancellation", max_length=15)),
        migrations.AddField("enrollment", "awaiting", models.CharField(blank=True, max_length=60, default=""), preserve_default=False),
        migrations.AddField("enrollment", "heard", models.CharField(blank=True, max_length=60, default=""), preserve_default=False),
        migrations.AddField("enrollment", "rest_until", models.DateTimeField(null=True)),
        migrations.AlterField(
            "enrollment", "cancellation",
            models.ForeignKey(
                db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+",
                to="cancellations.cancellationrequest",
            ),
        ),
        migrations.AlterField(
            "enrollment", "order",
            models.ForeignKey(
                db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="orders.order"
            ),
        ),
        migrations.AlterField("steplog", "kind", models.CharField(max_length=20)),
        migrations.RunPython(forward, migrations.RunPython.noop),
        migrations.AddConstraint(
            "enrollment", models.UniqueConstraint("subject_id", "trigger", name="enrollment_once")
        ),
    ]
