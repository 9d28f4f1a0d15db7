"""A scenario as a file that reads well in a review: the same order each time, texts as they are, nothing escaped that can be read."""

import re
from collections.abc import Mapping
from typing import Any

import yaml

from kaeru.scenarios.flow import EMPTY, Flow, arms_of
from kaeru.scenarios.holdout import BY_ITSELF, write
from kaeru.scenarios.kinds import kinds

VERSION = 1
HEAD = ("kaeru_scenario", "name", "reason", "holdout")
SETTINGS = ("trigger", "when", "exit_when", "goal", "again_after_days")
_OPENING = """\
# A scenario of Kaeru: what follows a cancellation. Kaeru reads this file with `kaeru scenario import`, or on the scenario's page.
# Kaeru のシナリオファイルです。`kaeru scenario import`、またはシナリオの画面から読み込めます。
# Steps run from top to bottom; an id stays with its step when it is moved. Money is in the currency's smallest unit.
# `kaeru scenario check` tells what is wrong with it, line by line. docs/reference/scenario-files.md explains every word.
"""


_BREAKS = re.compile("[\r\x85\u2028\u2029\ufeff]")
"""Signs that YAML takes for the end of a line: only escaped they stay what they are."""


class _Dumper(yaml.SafeDumper):
    """Lists are indented below their name; texts of several lines stand as blocks."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent lists, too."""
        super().increase_indent(flow, indentless=False)

    def ignore_aliases(self, data: Any) -> bool:
        """Everything is written out: a file has no anchors."""
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = '"' if _BREAKS.search(text) else "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def dump(flow: Mapping[str, Any], *, name: str = "", reason: str = "", holdout: str = BY_ITSELF) -> str:
    """The file. What the flow holds is in it, unknown words included, so that reading it gives the same flow.

    `holdout`: the scenario's setting of who is held back for comparison; by itself is not written.
    """
    head: dict[str, Any] = {"kaeru_scenario": VERSION}
    if name:
        head["name"] = name
    if reason:
        head["reason"] = reason
    if holdout != BY_ITSELF:
        head["holdout"] = write(holdout)
    said = {key: flow[key] for key in SETTINGS if key in flow and (key == "trigger" or flow[key] != EMPTY[key])}
    rest = {key: value for key, value in flow.items() if key not in SETTINGS and key != "steps"}
    document = {**head, **said, **rest, "steps": [_ordered(step) for step in flow["steps"]]}
    body = yaml.dump(document, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=1_000_000)
    return _OPENING + str(body)


def _ordered(step: Any) -> Any:
    """id, kind, the kind's own fields in their order, what else there is, then the ways."""
    if not isinstance(step, Mapping):
        return step
    known = kinds().get(str(step.get("kind")))
    arms = [arm.name for arm in arms_of(step)]
    first = ["id", "kind", *(field.name for field in (known.fields if known is not None else ()))]
    middle = [name for name in step if name not in first and name not in arms]
    made = {name: step[name] for name in (*first, *middle) if name in step}
    for name in arms:
        if name in step:
            made[name] = [_ordered(inner) for inner in step[name]] if isinstance(step[name], list) else step[name]
    return made


def complete(told: Mapping[str, Any]) -> Flow:
    """The flow of a document that leaves out what is usual."""
    return {**EMPTY, **{key: value for key, value in told.items() if key not in HEAD}}
