"""All chance of a run, from its numbers alone."""

import os
import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import blake2b
from typing import Any, TypeVar

T = TypeVar("T")


class Chance(random.Random):
    """A stream of its own for whatever its names name: what is drawn here moves nothing elsewhere."""

    def __new__(cls, *names: Any) -> "Chance":
        return super().__new__(cls)

    def __init__(self, *names: Any) -> None:
        digest = blake2b("/".join(map(str, names)).encode(), digest_size=8).digest()
        super().__init__(int.from_bytes(digest, "big"))

    def happens(self, probability: float) -> bool:
        """Whether it does this time."""
        return self.random() < probability

    def weighed(self, weights: Mapping[T, float]) -> T:
        """One of the keys, each as often as its weight says."""
        return self.choices(list(weights), list(weights.values()))[0]


@contextmanager
def seeded(chance: Chance) -> Iterator[None]:
    """What the system would draw at random (keys, codes, jitter) comes from `chance`."""
    before = os.urandom, random._urandom  # type: ignore[attr-defined]
    os.urandom = random._urandom = chance.randbytes  # type: ignore[attr-defined]
    state = random.getstate()
    random.seed(chance.getrandbits(64))
    try:
        yield
    finally:
        os.urandom, random._urandom = before  # type: ignore[attr-defined]
        random.setstate(state)
