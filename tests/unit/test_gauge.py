"""The gauge is drawn truly: zero at the left, lines in their place, red only when one is crossed."""

from hypothesis import given
from hypothesis import strategies as st

from kaeru.console.gauge import draw


def test_it_shows_how_far_the_line_is() -> None:
    gauge = draw(0.035, [(0.07, "7%", False)])
    assert (gauge.fill, gauge.ticks[0].at, gauge.tone) == (35.71, 71.43, "good")
    assert draw(0.06, [(0.07, "7%", False)]).tone == "clock"
    assert draw(0.08, [(0.07, "7%", True)]).tone == "bad"


def test_it_keeps_labels_apart() -> None:
    gauge = draw(10, [(35, "35", False), (55, "55", False), (75, "75", False), (80, "80", False), (100, "100", False)])
    assert [tick.is_below for tick in gauge.ticks] == [False, True, False, True, False]


@given(value=st.floats(0, 2), limits=st.lists(st.floats(0.001, 1), min_size=1, max_size=5, unique=True).map(sorted))
def test_it_stays_within_the_drawing(value: float, limits: list[float]) -> None:
    gauge = draw(value, [(at, "x", value > at) for at in limits])
    assert 0 <= gauge.fill <= 100
    assert all(0 <= tick.at <= 100 for tick in gauge.ticks)
    assert (gauge.tone == "bad") is any(value > at for at in limits)
