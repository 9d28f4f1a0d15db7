"""Lets the phone show pages of this site inside: on the demo only, only pages that a client sees, only in a frame of this site."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

NOT_INSIDE = ("/account/", "/settings/", "/admin/")


class WithinPhone:
    """Outermost middleware of the demo: what is asked for by a frame may be shown in one of ours."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, and open the frame where it was asked for by one of this site."""
        response = self.get_response(request)
        is_framed = (
            request.headers.get("Sec-Fetch-Dest") == "iframe" and request.headers.get("Sec-Fetch-Site") == "same-origin"
        )
        if is_framed and not request.path.startswith(NOT_INSIDE):
            policy = response.headers.get("Content-Security-Policy", "")
            response.headers["Content-Security-Policy"] = policy.replace(
                "frame-ancestors 'none'", "frame-ancestors 'self'"
            )
            response.headers["X-Frame-Options"] = "SAMEORIGIN"
        return response
