"""What is written to the log: JSON lines of what happened to which row, never a name, an address or a token."""

import logging
import re
from typing import Any

_TOKEN_PATH = re.compile(r"(/(?:c|r|u|b)/)[A-Za-z0-9_-]{12,}")
_MAIL = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+\.[A-Za-z]{2,}")


class Scrub(logging.Filter):
    """Takes link tokens and mail addresses out of every record, whoever wrote it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Always True: the record stays, its personal parts go."""
        text = record.getMessage()
        clean = _MAIL.sub("[mail]", _TOKEN_PATH.sub(r"\1[link]", text))
        if clean != text:
            record.msg, record.args = clean, ()
        return True


LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"scrub": {"()": Scrub}},
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "filters": ["scrub"], "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django.server": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
        "django.request": {"level": "ERROR"},
        "aiosmtpd": {"level": "ERROR"},
        "mail.log": {"level": "ERROR"},
        "procrastinate": {"level": "WARNING"},
    },
}
