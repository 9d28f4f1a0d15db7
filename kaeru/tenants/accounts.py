"""Signing in: accounts are made by invitation or by the command line, never by whoever finds the page."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class ClosedSignup(DefaultAccountAdapter):  # type: ignore[misc]
    """allauth with the sign-up door closed."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False
