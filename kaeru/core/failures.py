"""What a person sees when a page cannot be shown: what happened, what is safe, what to do."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _


def _wants_json(request: HttpRequest) -> bool:
    return request.path.startswith(("/api/", "/hooks/"))


def _page(request: HttpRequest, status: int, code: str, what: str, do: str) -> HttpResponse:
    if _wants_json(request):
        return JsonResponse({"error": {"code": code, "message": f"{what} {do}"}}, status=status)
    return render(request, "kaeru/failure.html", {"status": status, "what": what, "do": do}, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400."""
    return _page(
        request, 400, "bad_request", _("This request could not be understood."), _("Please go back and try again.")
    )


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403."""
    return _page(request, 403, "forbidden", _("Your role does not allow this."), _("Please ask the owner of the shop."))


def csrf(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form without its page token."""
    return _page(
        request,
        403,
        "csrf",
        _("This page was open for too long. Nothing was changed."),
        _("Please reload the page and try again."),
    )


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404."""
    return _page(
        request,
        404,
        "not_found",
        _("There is nothing at this address."),
        _("Please check the address, or open the link from the mail again."),
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """500."""
    return _page(
        request,
        500,
        "server_error",
        _("Something went wrong on our side. Nothing was lost."),
        _("Please try again in a few minutes."),
    )
