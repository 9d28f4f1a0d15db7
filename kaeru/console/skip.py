"""The demo's one button: to the next thing that happens."""

from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from kaeru.console.doors import Visit, page
from kaeru.core.templatetags.look import moment
from kaeru.scenarios import queries as scenarios
from kaeru.scenarios.models import EnrollmentState
from kaeru.worker import demo_clock


def _due_of(cancellation: str) -> datetime | None:
    """When this cancellation's scenario goes on; None when none is named, or it does not wait."""
    way = scenarios.of_cancellation(int(cancellation)) if cancellation.isdecimal() and len(cancellation) < 19 else None
    return way.due_at if way is not None and way.state == EnrollmentState.WAITING else None


@page("see", "POST")
def skip(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Skip to the next step; only the demo has this."""
    if not settings.KAERU_DEMO:
        raise Http404
    reached = demo_clock.skip_to_next_step(_due_of(request.POST.get("cancellation", "")))
    if reached is None:
        messages.info(request, _("Nothing waits. Cancel an order in the sample shop first."))
    else:
        messages.success(request, _("It is now %(moment)s.") % {"moment": moment(reached)})
    came_from = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(came_from, allowed_hosts={request.get_host()})
    return HttpResponseRedirect(came_from if is_ours else reverse("console:today"))
