"""What is written to the log: one line of what happened to which row, never a name, an address or a token."""

import logging
import re
from typing import Any

_PERSONAL = (
    (re.compile(r"(/(?:c|r|u|b)/)[A-Za-z0-9_-]{12,}"), r"\1[link]"),
    (re.compile(r"(/o/[A-Za-z0-9_-]+/)[A-Za-z0-9._-]{12,}"), r"\1[link]"),
    (re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+\.[A-Za-z]{2,}"), "[mail]"),
    (re.compile(r"\b(kaeru_|whsec_)[A-Za-z0-9_+/=-]{12,}"), r"\1[secret]"),
    (re.compile(r"(//[^\s/:@]+:)[^\s/@]+@"), r"\1[secret]@"),
)
"""Link tokens, mail addresses, keys and secrets, passwords in addresses: what it looks like, and what stands there instead."""


def scrub(text: str) -> str:
    """The text without its personal parts."""
    for pattern, instead in _PERSONAL:
        text = pattern.sub(instead, text)
    return text


class Line(logging.Formatter):
    """Scrubs the finished line, so that nothing slips through: not an argument, not a traceback, whoever wrote it."""

    def format(self, record: logging.LogRecord) -> str:
        """The line as it is written."""
        return scrub(super().format(record))


LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": Line, "format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django.server": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        "django.request": {"level": "ERROR"},
        "aiosmtpd": {"level": "ERROR"},
        "mail.log": {"level": "ERROR"},
        "procrastinate": {"level": "WARNING"},
    },
}
