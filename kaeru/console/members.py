"""Members: who works here and what each may do; and, for those who work in several places, where they are now."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from kaeru.console import phrases
from kaeru.console.doors import Visit, page, places_of, show
from kaeru.console.forms import MemberForm
from kaeru.tenants import actions, queries
from kaeru.tenants.models import Member


@page("see_people", "GET", "POST")
def members(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The list; owners add people and take their place away."""
    may_manage = visit.may("manage_members")
    if request.method == "POST" and not may_manage:
        raise PermissionDenied
    if request.POST.get("remove"):
        return _remove(request, visit)
    form = MemberForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        actions.add_member(visit.organization, told["email"], told["role"], name=told["name"], actor=visit.actor)
        messages.success(
            request,
            _("%(name)s has a place here. They set their password with “I forgot the password”.")
            % {"name": told["name"]},
        )
        return redirect("console:members")
    rows = [
        {
            "id": member.id,
            "name": member.user.name or member.user.email,
            "email": member.user.email,
            "role": phrases.said(phrases.ROLE, member.role),
            "is_me": member.id == visit.member.id,
        }
        for member in queries.members()
    ]
    context = {"rows": rows, "form": form, "may_manage": may_manage}
    return show(request, visit, "console/members.html", "settings", context, status=422 if form.errors else 200)


def _remove(request: HttpRequest, visit: Visit) -> HttpResponse:
    member_id = request.POST["remove"]
    member = Member.objects.filter(id=int(member_id)).first() if member_id.isdecimal() and len(member_id) < 20 else None
    if member is None:
        raise Http404
    if member.id == visit.member.id or not actions.remove_member(member.id, actor=visit.actor):
        messages.error(request, _("This place cannot be taken away: it is yours, or the last owner's."))
    else:
        messages.success(request, _("The place was taken away. They see nothing of this shop any more."))
    return redirect("console:members")


@page("see", "POST")
def move(request: HttpRequest, visit: Visit) -> HttpResponse:
    """To another organization in which this person has a place; 404 for any other."""
    asked = request.POST.get("organization", "")
    if not asked:
        return HttpResponse(status=400)
    if asked not in {str(place.organization_id) for place in places_of(request)}:
        raise Http404
    request.session["organization_id"] = int(asked)
    return redirect("console:today")
