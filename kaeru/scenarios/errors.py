"""What can go wrong with a scenario."""

from collections.abc import Sequence

from kaeru.scenarios.steps import Problem


class NotPublishable(ValueError):
    """The draft has problems; they say where and what to do."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = tuple(problems)
