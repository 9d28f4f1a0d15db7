"""Errors as a machine reads them: {"error": {"code", "message", "fields"?}}. The code is a promise, the message is for people."""

from collections.abc import Sequence
from typing import Any

from django.http import JsonResponse


def error(status: int, code: str, message: str, fields: Sequence[dict[str, str]] = ()) -> JsonResponse:
    """An answer that says what went wrong, and where."""
    content: dict[str, Any] = {"code": code, "message": message}
    if fields:
        content["fields"] = list(fields)
    answer = JsonResponse({"error": content}, status=status)
    if status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="Kaeru"'
    return answer


class Refused(Exception):
    """An operation that ends in an error answer; raised in v1, turned into `error(...)` at its door."""

    def __init__(self, status: int, code: str, message: str, field: str = "") -> None:
        super().__init__(code)
        self.status, self.code, self.message, self.field = status, code, message, field

    def answer(self) -> JsonResponse:
        """The error answer."""
        fields = [{"path": self.field, "message": self.message}] if self.field else []
        return error(self.status, self.code, self.message, fields)


def not_found(what: str) -> Refused:
    """404: there is nothing of that id in this shop, or it belongs to somebody else; both look the same."""
    return Refused(404, "not_found", f"There is no such {what} in this shop.")
