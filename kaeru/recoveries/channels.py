"""By which way a scenario would speak to the customer, read off its program: known before anybody is treated or held. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any


def channel_of(program: Sequence[Mapping[str, Any]]) -> str:
    """The preferred channel of its first offer, else `call`, else of its first notice; empty when it speaks to nobody.

    `program` is what a revision keeps: a list of operations.
    """
    says = [one for one in program if one.get("op") == "message" and one.get("templates")]
    offers = [one for one in says if one.get("purpose") == "advertisement"]
    if offers:
        return str(offers[0]["templates"][0][0])
    if any(one.get("op") == "call" for one in program):
        return "call"
    return str(says[0]["templates"][0][0]) if says else ""
