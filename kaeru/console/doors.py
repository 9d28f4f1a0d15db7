"""The way in: who may see a page. A page names the permission it needs; what is not named is refused.

Every page runs inside its member's organization, so that another organization's id is simply not there (404), and inside
the shop's time zone, so that 8:50 means the owner's 8:50.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from kaeru.console import demo
from kaeru.console.places import OF_SHOPS, places
from kaeru.console.standstill import standstills
from kaeru.core import scope, wording
from kaeru.tenants.models import Member, Organization, Shop, ShopKind
from kaeru.tenants.rules import can

Page = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class Visit:
    """One signed-in request: who, for whom, about which shop."""

    member: Member
    organization: Organization
    shops: tuple[Shop, ...]
    shop: Shop | None
    """The shop the page is about: `?shop=slug`, else the first one."""
    is_asked: bool = False
    """Whether `?shop=` named it."""

    @property
    def actor(self) -> str:
        """The member as the audit trail names them."""
        return f"member:{self.member.id}"

    @property
    def shop_ids(self) -> list[int]:
        """All shops of the organization."""
        return [shop.id for shop in self.shops]

    @property
    def salons(self) -> list[Shop]:
        """The organization's salons."""
        return [shop for shop in self.shops if shop.kind == ShopKind.SALON]

    @property
    def sellers(self) -> list[Shop]:
        """Its shops that sell."""
        return [shop for shop in self.shops if shop.kind != ShopKind.SALON]

    @property
    def language(self) -> str:
        """`ja` or `en`."""
        return wording.language_of(translation.get_language())

    def may(self, permission: str) -> bool:
        """Whether the member's role holds the permission."""
        return can(self.member.role, permission)

    def person(self, name: str) -> str:
        """A customer's name as this member may see it."""
        shown = name or _("Guest")
        return shown if self.may("see_people") or not name else f"{shown[0]}•••"


def page(permission: str, *methods: str) -> Callable[[Page], Page]:
    """A page for members whose role holds `permission`, answering to `methods` (GET when none is named)."""
    allowed = methods or ("GET",)

    def wrap(view: Page) -> Page:
        @wraps(view)
        def guarded(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return redirect_to_login(
                    request.get_full_path() if request.method == "GET" else reverse("console:today")
                )
            if request.method not in (*allowed, *(("HEAD",) if "GET" in allowed else ())):
                return HttpResponseNotAllowed(allowed)
            member = _member(request)
            if member is None or not can(member.role, permission):
                raise PermissionDenied
            with scope.organization(member.organization_id):
                visit = _visit(request, member)
                zone = visit.shop.timezone if visit.shop else settings.TIME_ZONE
                with timezone.override(ZoneInfo(zone)):
                    return view(request, visit, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]
        guarded.methods = allowed  # type: ignore[attr-defined]
        return guarded

    return wrap


def places_of(request: HttpRequest) -> list[Member]:
    """Where the signed-in person has a place, the oldest first."""
    with scope.everyone():
        own = Member.objects.filter(user_id=str(request.user.pk)).select_related("organization", "user")
        return list(own.order_by("id")[:20])


def _member(request: HttpRequest) -> Member | None:
    """The member's place: the organization chosen in this session, else their first one."""
    own = places_of(request)
    chosen = request.session.get("organization_id")
    return next((place for place in own if place.organization_id == chosen), own[0] if own else None)


def _visit(request: HttpRequest, member: Member) -> Visit:
    shops = tuple(Shop.objects.order_by("id"))
    asked = request.GET.get("shop", "")
    named = next((shop for shop in shops if shop.slug == asked), None)
    visit = Visit(member=member, organization=member.organization, shops=shops, shop=named, is_asked=named is not None)
    return visit if named else replace(visit, shop=_first(visit, request))


def _first(visit: Visit, request: HttpRequest) -> Shop | None:
    """The shop of a page that was asked for without one: the first of those that the page says something about."""
    here = request.resolver_match
    among = visit.sellers if here is not None and here.url_name in OF_SHOPS else visit.shops
    return next(iter(among or visit.shops), None)


def way_back(request: HttpRequest) -> HttpResponse:
    """To the page that the form names as the one it was on, when it is one of ours; else to Today."""
    back = request.POST.get("back", "")
    is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()}) and back.startswith("/")
    return HttpResponseRedirect(back if is_ours else reverse("console:today"), status=303)


def show(
    request: HttpRequest,
    visit: Visit,
    template: str,
    here: str,
    context: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    """Draw a page inside the shell."""
    shell = {
        "visit": visit,
        "here": here,
        "places": places(visit),
        "organization_name": visit.shop.name if visit.shop and visit.is_asked else visit.organization.name,
        "member_name": visit.member.user.name or visit.member.user.email,
        "standstills": standstills(visit.organization, visit.shops, may_decide=visit.may("decide")),
        "may_pause": visit.may("decide"),
        "demo": demo.bar() if settings.KAERU_DEMO else None,
    }
    return render(request, template, {**shell, **(context or {})}, status=status)
