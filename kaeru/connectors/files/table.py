"""Strict CSV with line numbers: a row is right, or it is a Rejection that names its line; nothing is swallowed.

Python's csv module takes everything after an unclosed quote for one field. Here such a row is rejected with the line where
the quote opened, and reading goes on with the next line. So it does for a row over several lines that has the wrong number
of columns: most likely its quote should have closed earlier.

Limits: a field holds at most 1,000,000 characters, a row 4,000,000. Quotes inside an unquoted field are text, as in Excel.
"""

import re
from collections import deque
from collections.abc import Iterator
from typing import TextIO

from kaeru.connectors.files.errors import BadCell, FileRefused, Rejection

MOST_FIELD = 1_000_000
MOST_ROW = 4_000_000
Row = tuple[int, list[str]]
_TO_CLOSING_QUOTE = re.compile(r'([^"]*+(?:""[^"]*+)*+)"')


class Table:
    """The rows of a text stream. The stream must keep line ends as they are (`newline=""`)."""

    def __init__(self, stream: TextIO, delimiter: str = ",") -> None:
        self._stream = stream
        self._delimiter = delimiter
        self._ahead: deque[str] = deque()
        self._taken: list[str] = []
        self._line = 0
        header = next(self._records(), None)
        if header is None:
            raise FileRefused("empty", "the file has no header row")
        if isinstance(header, Rejection):
            raise FileRefused(header.code, f"the header cannot be read: {header.message}", header.line)
        self.header_line, self.header = header

    def rows(self) -> Iterator[Row | Rejection]:
        """The rows after the header: (line number where the row begins, fields), or the Rejection of a row."""
        return self._records(len(self.header))

    def _records(self, width: int = 0) -> Iterator[Row | Rejection]:
        delimiter, between, ahead, readline = (
            self._delimiter,
            f'"{self._delimiter}"',
            self._ahead,
            self._stream.readline,
        )
        while line := self._read() if ahead else readline(MOST_ROW):
            if len(line) == MOST_ROW:
                line = self._cut(line)
            self._line += 1
            text = line.rstrip("\r\n")
            if not text:
                continue
            if '"' not in text:
                fields = text.split(delimiter)
            elif text[0] == text[-1] == '"' and text.count('"') == 2 * len(fields := text[1:-1].split(between)):
                pass  # every field quoted, none holding a quote
            else:
                fields = []
            if fields and (len(fields) == width or not width) and len(line) <= MOST_FIELD and "\0" not in line:
                yield self._line, fields
            else:
                yield self._carefully(line, width)

    def _carefully(self, line: str, width: int) -> Row | Rejection:
        """The row that begins with this line, field by field; on trouble the lines after the first are given back."""
        number, self._taken = self._line, []
        try:
            fields = self._fields(line)
            if width and len(fields) != width:
                raise BadCell("columns", f"{len(fields)} columns where the header has {width}" + self._span())
        except BadCell as trouble:
            self._ahead.extendleft(reversed(self._taken))
            self._line = number
            return Rejection(number, trouble.code, trouble.message)
        return number, fields

    def _span(self) -> str:
        return f"; the row runs over {len(self._taken) + 1} lines: is a quote not closed?" if self._taken else ""

    def _fields(self, line: str) -> list[str]:
        fields: list[str] = []
        place, size = 0, len(line)
        if size >= MOST_ROW:
            raise BadCell("too_long", f"the row has {MOST_ROW:,} characters or more")
        if "\0" in line:
            raise BadCell("zero_byte", "the row holds a zero byte")
        while True:
            if line.startswith('"', place):
                opened = self._line
                field, line, place = self._quoted(line, place + 1, MOST_ROW - size)
                size += len(field)
                after = line[place : place + 1]
                if after not in ("", "\r", "\n", self._delimiter):
                    where = f", line {self._line}" if self._line != opened else ""
                    raise BadCell(
                        "quote",
                        f"the quote opened in line {opened} (column {len(fields) + 1}) is followed by text after it closes{where}",
                    )
            else:
                end = line.find(self._delimiter, place)
                field = line[place:end] if end >= 0 else line[place:].rstrip("\r\n")
                place += len(field)
            if len(field) > MOST_FIELD:
                raise BadCell("too_long", f"column {len(fields) + 1} has more than {MOST_FIELD:,} characters")
            fields.append(field)
            if line[place : place + 1] != self._delimiter:
                return fields
            place += 1

    def _quoted(self, line: str, place: int, room: int) -> tuple[str, str, int]:
        """The text up to the closing quote, and where reading goes on. Each line is looked at once, however long the field."""
        opened, parts, size = self._line, [], 0
        while not (closed := _TO_CLOSING_QUOTE.match(line, place)):
            parts.append(line[place:])
            size += len(parts[-1])
            if size > min(MOST_FIELD, room):
                raise BadCell(
                    "too_long",
                    f"the field that opens with a quote in line {opened} has more than {MOST_FIELD:,} characters: is the quote not closed?",
                )
            line, place = self._read(), 0
            self._line += 1
            if not line:
                raise BadCell("unclosed_quote", f"the quote opened in line {opened} is never closed")
            self._taken.append(line)
            if "\0" in line:
                raise BadCell("zero_byte", f"a zero byte in line {self._line}")
        parts.append(closed[1])
        return "".join(parts).replace('""', '"'), line, closed.end()

    def _read(self) -> str:
        """The next line with its end, "" at the end of the file."""
        line = self._ahead.popleft() if self._ahead else self._stream.readline(MOST_ROW)
        return self._cut(line) if len(line) == MOST_ROW else line

    def _cut(self, line: str) -> str:
        """Of a line too long for any row only the beginning is kept, one character too many for a row."""
        rest = line
        while rest and rest[-1] not in "\r\n":
            rest = self._stream.readline(MOST_ROW)
        return line + "\n"
