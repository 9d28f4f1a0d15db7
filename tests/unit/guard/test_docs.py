"""The page about the guard lists the rules as they are."""

from pathlib import Path

import pytest

from kaeru.messages.guard import book
from kaeru.messages.guard.text import Rule

PAGE = Path(__file__).parents[3] / "docs/reference/guard.md"


def row(rule: Rule) -> str:
    """The rule's line in the table."""
    does = "block, always" if rule.is_absolute else rule.severity.value
    where = ", ".join((*rule.kinds, *rule.channels, *(f"side: {side}" for side in rule.sides))) or "any"
    return f"| {rule.id} | {rule.title['en']} | {does} | {where} | {rule.starts} | {rule.source} |"


@pytest.mark.parametrize("rule", book.rules(), ids=lambda rule: rule.id)
def test_it_lists_every_rule_with_its_source(rule: Rule) -> None:
    assert row(rule) in PAGE.read_text("utf-8")


def test_it_lists_no_rule_that_is_gone() -> None:
    rows = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| L")]
    assert len(rows) == len(book.rules())


@pytest.mark.parametrize("rule", book.rules(), ids=lambda rule: rule.id)
def test_it_explains_every_rule_in_both_languages(rule: Rule) -> None:
    for told in (rule.title, rule.why, rule.better):
        assert told["ja"].strip() and told["en"].strip()
        assert "！" not in told["ja"]
    assert rule.source
    assert rule.check or rule.finds or rule.enforced
