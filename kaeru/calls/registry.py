"""Which rooms ask for calls: each says what its call is about. Filled at start, like `messages.registry`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from kaeru.calls.models import CallTask


@dataclass(frozen=True, slots=True)
class About:
    """What a room says of one of its calls."""

    reason: Mapping[str, str] = field(default_factory=dict)
    """Why the customer cancelled, in the shop's words: {"ja": …, "en": …}."""
    cancellation_id: int | None = None
    """Whose whole story is one tap further."""


Tell = Callable[[Sequence[CallTask]], Mapping[int, About]]
"""By task id; one call for many tasks, a constant number of queries."""

_sources: dict[str, Tell] = {}


def register_source(name: str, tell: Tell) -> None:
    """Name the room's source (`CallTask.source`); a second call replaces the first."""
    _sources[name] = tell


def about(tasks: Sequence[CallTask]) -> dict[int, About]:
    """What each call is about; an empty About where no room answers for its source."""
    found: dict[int, About] = {task.id: About() for task in tasks}
    for name in sorted({task.source for task in tasks}):
        tell = _sources.get(name)
        if tell is not None:
            found.update(tell([task for task in tasks if task.source == name]))
    return found
