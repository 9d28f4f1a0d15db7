"""What a policy asks of a mall that the mall cannot do: said when it is saved, with what to do instead."""

from collections.abc import Mapping
from typing import Any, Final

from kaeru.audiences.checks import Problem
from kaeru.connectors.capabilities import lacking
from kaeru.tenants.models import Shop

NEEDS: Final = {"accept": "can_cancel", "refuse": "can_decline", "repair_only": "can_decline", "ask": ""}
"""The capability that a result needs where nobody looks at it."""


def problems_at(shop: Shop, document: Mapping[str, Any]) -> list[Problem]:
    """What of a checked document the shop's mall cannot do, by path; nothing for a shop without a mall. One statement."""
    results = {f"rules.{index}.result": rule["result"] for index, rule in enumerate(document.get("rules", ()))}
    results["otherwise"] = document.get("otherwise", "accept")
    needed = {NEEDS[result] for result in results.values()} - {""}
    instead = {one.capability: one.instead for one in lacking(shop, needed)}
    return [
        Problem(path, "mall_cannot", instead[NEEDS[result]])
        for path, result in results.items()
        if NEEDS[result] in instead
    ]
