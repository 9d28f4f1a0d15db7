"""A file's bytes, unpacked when it is gzip, and its text once the encoding is known."""

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO

from kaeru.connectors.files.errors import FileRefused

_BUFFER = 1 << 18
_GZIP, _ZIP, _OLD_EXCEL = b"\x1f\x8b", b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


@contextmanager
def open_bytes(path: Path) -> Iterator[BinaryIO]:
    """The file's bytes; gzip is known by its first bytes, not by its name. Raises FileRefused for what is no table of text."""
    with ExitStack() as opened:
        try:
            raw = opened.enter_context(path.open("rb", _BUFFER))
        except OSError as failure:
            raise FileRefused("unreadable", f"cannot open {path}: {failure.strerror}") from None
        start = raw.read(4)
        raw.seek(0)
        if start in {_ZIP, _OLD_EXCEL}:
            raise FileRefused("not_csv", "this is a zip archive or an Excel book: unpack it, or save it as CSV first")
        try:
            if start.startswith(_GZIP):
                unpacked = opened.enter_context(gzip.GzipFile(fileobj=raw))
                yield opened.enter_context(io.BufferedReader(unpacked, _BUFFER))
            else:
                yield raw
        except (EOFError, gzip.BadGzipFile, zlib.error) as failure:
            raise FileRefused("broken_gzip", f"the gzip archive is damaged or cut short: {failure}") from None


@contextmanager
def open_text(path: Path, encoding: str) -> Iterator[TextIO]:
    """The file's text with its line ends left alone, decoded strictly."""
    with open_bytes(path) as raw:
        text = io.TextIOWrapper(raw, encoding, "strict", newline="")
        try:
            yield text
        except UnicodeDecodeError:
            raise FileRefused("changed", "the file changed while it was read") from None
        finally:
            text.detach()
