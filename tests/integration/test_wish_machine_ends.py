"""The machine of wishes is tried itself: led to the end of a swap, it sees when that end is wrong."""

import pytest

from kaeru.cancellations import swaps
from kaeru.cancellations.models import Swap, SwapState
from tests.integration.test_wish_machine import Wishes


def _swapped() -> str:
    """The machine led by hand to the end of a swap; returns how it ended."""
    machine = Wishes()
    try:
        machine.open(is_live=True, codes=("change_payment", "change_payment"))
        machine.swap(is_ordered=True)
        machine.swap_to_the_end(words=[])
        machine.an_old_order_goes_only_while_its_new_one_stands()
        return Swap.objects.get().state
    finally:
        machine.teardown()


@pytest.mark.usefixtures("db")
def test_it_reaches_the_end_of_a_swap_and_sees_when_that_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _swapped() == "done"
    monkeypatch.setattr(swaps, "_settle", lambda swap: swaps._end([swap], SwapState.DONE))
    with pytest.raises(AssertionError, match="the old order still stands"):
        _swapped()
