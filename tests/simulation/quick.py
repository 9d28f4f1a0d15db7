"""What makes a run fast without touching what it is about: pure functions of the same words are asked once."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kaeru.messages import actions, guarding, rules
from kaeru.scenarios import actions as scenarios
from kaeru.scenarios.checks import Surroundings
from kaeru.tenants.models import Shop

_kept: dict[Any, list[Any]] = {}
_around: dict[bool, Surroundings] = {}


@contextmanager
def quick() -> Iterator[None]:
    """Texts of messages are checked once for all worlds: there are three of them. Shops differ for a check in one thing only."""
    asked: Any = rules.check_texts

    def check_texts(texts: Any, purpose: str, allowed: Any) -> list[Any]:
        key = json.dumps(texts, sort_keys=True), purpose, frozenset(allowed)
        if key not in _kept:
            _kept[key] = asked(texts, purpose, allowed)
        return _kept[key]

    judged: Any = guarding.check

    def check(texts: Any, purpose: str, **told: Any) -> list[Any]:
        key = "guard", json.dumps(texts, sort_keys=True), purpose, repr(sorted(told.items()))
        if key not in _kept:
            _kept[key] = judged(texts, purpose, **told)
        return _kept[key]

    looked: Any = scenarios.surroundings

    def surroundings(shop: Shop) -> Surroundings:
        key = bool(shop.notify_url)
        if key not in _around:
            _around[key] = looked(shop)
        return _around[key]

    here: Any = actions
    there: Any = rules
    was = here.check_texts
    there.check_texts = here.check_texts = check_texts
    above: Any = scenarios
    above.surroundings = surroundings
    guard: Any = guarding
    guard.check = check
    try:
        yield
    finally:
        above.surroundings = looked
        guard.check = judged
        there.check_texts, here.check_texts = asked, was
