"""The log tells what happened, and of whom it tells nothing."""

import io
import logging

import pytest

from kaeru.conf.logs import LOGGING, Line

TOKEN = "q7Zr_9-xK2mN4pL8vT1wY5bC3dF6gH0j"


@pytest.fixture
def written() -> tuple[logging.Logger, io.StringIO]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Line(LOGGING["formatters"]["line"]["format"]))
    logger = logging.Logger("test")
    logger.addHandler(handler)
    return logger, stream


@pytest.mark.parametrize(
    ("message", "arguments", "gone", "kept"),
    [
        ("GET /c/%s 200", (TOKEN,), TOKEN, "/c/[link]"),
        ("GET %s", (f"https://kaeru.example/u/{TOKEN}?lang=en",), TOKEN, "?lang=en"),
        (f"GET /o/kotori1/1.MTAwMQ.1795420800.ja.{TOKEN} 404", (), "MTAwMQ", "/o/kotori1/[link] 404"),
        ("bounced: hanako.yamada+x@mail.example.jp", (), "hanako", "[mail]"),
        ("to %s", ("<花子@mail.example.jp>",), "花子", "[mail]"),
        ("key kaeru_%s refused", (TOKEN,), TOKEN, "kaeru_[secret]"),
        ("secret whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", (), "C2FVsBQI", "whsec_[secret]"),
        ("cannot reach postgresql://kaeru:geheim@db/kaeru", (), "geheim", "postgresql://kaeru:[secret]@db/kaeru"),
        ("cancellation 250179921220155905 recorded", (), "[", "250179921220155905"),
    ],
)
def test_it_takes_personal_parts_out(
    written: tuple[logging.Logger, io.StringIO], message: str, arguments: tuple[str, ...], gone: str, kept: str
) -> None:
    logger, stream = written
    logger.warning(message, *arguments)
    assert gone not in stream.getvalue()
    assert kept in stream.getvalue()


def test_it_takes_them_out_of_tracebacks_too(written: tuple[logging.Logger, io.StringIO]) -> None:
    logger, stream = written
    try:
        raise ValueError(f"hanako@mail.example.jp cannot open /r/{TOKEN}")
    except ValueError:
        logger.exception("failed")
    assert "Traceback" in stream.getvalue()
    assert "hanako" not in stream.getvalue()
    assert TOKEN not in stream.getvalue()


def test_it_is_what_every_handler_uses() -> None:
    assert {handler["formatter"] for handler in LOGGING["handlers"].values()} == {"line"}
    assert LOGGING["formatters"]["line"]["()"] is Line
