"""What can go wrong, named after what to do next."""

from collections.abc import Sequence

from kaeru.scenarios.fields import Problem


class NotPublishable(Exception):
    """The draft has problems; `problems` says where and what to mend."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = list(problems)


class DraftMoved(Exception):
    """Somebody else saved the draft meanwhile; `version` is the one that stands now."""

    def __init__(self, version: int) -> None:
        super().__init__(f"the draft is at version {version}")
        self.version = version
