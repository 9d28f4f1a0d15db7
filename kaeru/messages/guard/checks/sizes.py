"""How much fits: LINE messages and SMS."""

import math
import re
from collections.abc import Iterator

from kaeru.messages.guard.page import Page
from kaeru.messages.guard.text import Hit, Rule

LONGEST_ON_LINE = 500
MOST_MARKS = 3
MOST_PARTS = 3
_LOUD = re.compile(r"[!！]{2,}")
_MARKS = re.compile(r"[!！]")
_PLAIN = re.compile(r"[\x20-\x7e\n\r£¥àéùìòÇØøÅåÆæßÉÄÖÑÜäöñüà]*")


def line_length(page: Page, rule: Rule) -> Iterator[Hit]:
    """Long, or loud."""
    body = page.text.body
    if len(body) > LONGEST_ON_LINE or _LOUD.search(body) or len(_MARKS.findall(body)) > MOST_MARKS:
        yield Hit()


def parts_of(body: str) -> int:
    """In how many parts an SMS goes."""
    alone, each = (160, 153) if _PLAIN.fullmatch(body) else (70, 67)
    size = len(body.encode("utf-16-le")) // 2
    return 1 if size <= alone else math.ceil(size / each)


def sms(page: Page, rule: Rule) -> Iterator[Hit]:
    """More than three parts, or nobody's name."""
    if parts_of(page.text.body) > MOST_PARTS or not page.shows(rule.words["sender"]):
        yield Hit()
