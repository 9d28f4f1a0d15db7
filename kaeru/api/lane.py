"""A lane of its own for webhooks: they have no session, no language, no form, so they pass by the middleware that serves people.

It saves about a third of what a delivery costs; the address is in `urls.py` like every other, and answers the same without it.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from kaeru.api.hooks import hook
from kaeru.api.line_hook import SOURCE, line_hook

_START = "/hooks/"


class HookLane:
    """Stands behind the security headers and before everything else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Straight to the door, when the address has the form of one."""
        if request.path_info.startswith(_START):
            source, _, public_key = request.path_info[len(_START) :].partition("/")
            if source and public_key and "/" not in public_key:
                answer = line_hook(request, public_key) if source == SOURCE else hook(request, source, public_key)
                answer.headers.setdefault("Content-Length", str(len(answer.content)))
                return answer
        return self.get_response(request)
