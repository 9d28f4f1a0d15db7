"""A LINE of one's own, and a shop that speaks there."""

from collections.abc import Iterator
from typing import Any

import pytest

from kaeru.channels.line import conversation
from kaeru.channels.line.models import LineAccount
from kaeru.messages import passes as messages
from tests.cast import Cast
from tests.fakes.line_wire import LineWire, line_wire


@pytest.fixture
def line(settings: Any, db: None) -> Iterator[LineWire]:
    """The platform."""
    messages.mend()
    with line_wire(settings) as wire:
        yield wire
    messages.mend()


@pytest.fixture
def account(line: LineWire, cast: Cast) -> LineAccount:
    """Kotori's official account; Yuki and Haru are its friends."""
    from tests.fakes.line_wire import HARU, YUKI

    made = line.connect(cast.kotori)
    line.platform.befriend(line.bot(cast.kotori), [YUKI, HARU])
    return made


@pytest.fixture
def talk(monkeypatch: pytest.MonkeyPatch) -> list[conversation.Handler]:
    """The handlers of this test alone."""
    handlers: list[conversation.Handler] = []
    monkeypatch.setattr(conversation, "_handlers", handlers)
    return handlers
