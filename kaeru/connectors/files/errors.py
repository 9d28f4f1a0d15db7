"""What can be wrong with a file: the whole of it (FileRefused), or one row (Rejection)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rejection:
    """One row that was not taken. `line` counts the file's lines from 1, the header included."""

    line: int
    code: str
    message: str


class FileRefused(ValueError):
    """Nothing of the file can be read safely: wrong encoding, wrong layout, broken archive."""

    def __init__(self, code: str, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.line = line


class BadCell(ValueError):
    """One cell does not hold what its column should; `code` names the kind of trouble."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
