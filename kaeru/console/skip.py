"""The demo's one button: to the next thing that happens."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from kaeru.console.doors import Visit, page
from kaeru.core.templatetags.look import moment
from kaeru.worker import demo_clock


@page("see", "POST")
def skip(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Skip to the next step; only the demo has this."""
    if not settings.KAERU_DEMO:
        raise Http404
    reached = demo_clock.skip_to_next_step()
    if reached is None:
        messages.info(request, _("Nothing waits. Cancel an order in the sample shop first."))
    else:
        messages.success(request, _("It is now %(moment)s.") % {"moment": moment(reached)})
    came_from = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(came_from, allowed_hosts={request.get_host()})
    return HttpResponseRedirect(came_from if is_ours else reverse("console:today"))
