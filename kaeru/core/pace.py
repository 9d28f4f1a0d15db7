"""How often Python looks for cycles, while much is made and nothing of it points back."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def rare_collections() -> Iterator[None]:
    """Records come by the hundred thousand and hold no cycles: looking for cycles at Python's usual pace takes a third of the time."""
    usual = gc.get_threshold()
    gc.set_threshold(200_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
