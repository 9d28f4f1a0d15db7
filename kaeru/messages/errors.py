"""What can go wrong, by what to do next."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a text cannot be used: where, and in the reader's language what to do."""

    path: str
    """`ja.subject`, `en.body`, …"""
    code: str
    message: str
    line: int = 0
    """Line of the text, counted from 1; 0 when it is about the whole."""
    is_warning: bool = False
    """It may be published all the same."""


class TextsRefused(ValueError):
    """The texts cannot be published; `problems` says why."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(f"{len(problems)} problems in the texts")
        self.problems = list(problems)


class RuleRefused(ValueError):
    """A sending rule that cannot be kept; `code` is of `timing.check_rule` or `timing.check_cap`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class TemplateBroken(ValueError):
    """A template cannot be read or filled in; `detail` is for people who write templates, `line` counts from 1."""

    def __init__(self, code: str, detail: str = "", line: int = 0) -> None:
        super().__init__(f"{code}: {detail}")
        self.code, self.detail, self.line = code, detail, line


class OverruleRefused(ValueError):
    """A rule that nobody may overrule, an unknown one, or no reason given; `code` says which: absolute | unknown | no_reason."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code
