"""/b/SHOP/: book a visit: the service, who, the day and the time; then it is kept for ten minutes on its own page, where the client says
who they are. Choosing changes nothing; only a tap on a time keeps it.
"""

import secrets
from typing import Any

from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from kaeru.appointments.bookings.actions import Wish
from kaeru.appointments.errors import NotAllowed, NotOffered, Taken
from kaeru.appointments.salons.models import Resource, Service, Skill
from kaeru.appointments.slots.queries import NotThere
from kaeru.appointments.talk import refusals
from kaeru.appointments.talk.answers import Place, fee_rule
from kaeru.appointments.visits import actions, telling
from kaeru.appointments.visits.terms import terms_of
from kaeru.channels.line import friends
from kaeru.channels.line.models import LineFriend
from kaeru.core import links, scope
from kaeru.core.wording import language_of
from kaeru.storefront.pages import reading, show
from kaeru.storefront.times import read_start, times
from kaeru.tenants.models import Shop, ShopKind

VIA = "web"
MOST_HOLDS = 20
"""In ten minutes, from one address: a family books together, a program does not book everything away."""
HOLDS_SECONDS = 600


@require_http_methods(["GET", "HEAD", "POST"])
def booking(request: HttpRequest, public_key: str) -> HttpResponse:
    """The steps, one page each; what was chosen stands in the address, so that back is back."""
    with scope.everyone():  # the key names the salon; its menu and its free times are for everybody
        shop = Shop.objects.select_related("organization").filter(public_key=public_key, kind=ShopKind.SALON).first()
    if shop is None:
        raise Http404
    with scope.organization(shop.organization_id), reading(request, shop, None):
        response = _hold(request, shop) if request.method == "POST" else _page(request, shop)
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Cache-Control"] = "no-store"
    return response


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def _chosen(told: Any, shop: Shop) -> tuple[Service | None, list[Resource], Resource | None]:
    """Service, who can do it, and who is asked for."""
    key = _number(told.get("service", ""))
    rows = Service.objects.filter(shop=shop, is_active=True, is_online=True)
    service = rows.filter(id=key).first() if key is not None else None
    if service is None:
        return None, [], None
    able = Skill.objects.filter(service=service).values("staff_id")
    people = list(Resource.objects.filter(id__in=able, is_active=True, kind="staff").order_by("position", "id"))
    asked = _number(told.get("staff", ""))
    return service, people, next((one for one in people if one.id == asked), None)


def _page(request: HttpRequest, shop: Shop, problem: str = "", status: int = 200) -> HttpResponse:
    told = request.POST if request.method == "POST" else request.GET
    service, people, staff = _chosen(told, shop)
    language = language_of(translation.get_language())
    context: dict[str, Any] = {"problem": problem, "fee": fee_rule(Place(shop, language), terms_of(shop.id), 0)}
    if service is None:
        rows = Service.objects.filter(shop=shop, is_active=True, is_online=True).order_by("position", "id")
        first: dict[str, int] = {}
        placed = sorted((first.setdefault(row.category, place), place, row) for place, row in enumerate(rows))
        context["services"] = [(row, telling.named(row, language), _minutes(row)) for _, _, row in placed]
        return show(request, "book_service", shop, None, _("Book a visit"), status, **context)
    try:
        context["times"] = times(shop, service.id, told.get("day", ""), staff_id=staff.id if staff else None)
    except NotThere:
        raise Http404 from None
    context |= {
        "service": service,
        "service_name": telling.named(service, language),
        "minutes": _minutes(service),
        "people": [(one, telling.named(one, language)) for one in people],
        "staff": staff,
        "keeps": f"service={service.id}&" + (f"staff={staff.id}&" if staff else ""),
    }
    return show(request, "book_time", shop, None, _("Book a visit"), status, **context)


def _minutes(service: Service) -> int:
    return sum(int(stage["minutes"]) for stage in service.stages)


def _hold(request: HttpRequest, shop: Shop) -> HttpResponse:
    """Keep the time and lead to its page."""
    service, _people, staff = _chosen(request.POST, shop)
    at = read_start(request.POST.get("at", ""))
    if service is None or at is None:
        return _page(request, shop, status=422)
    if _is_too_often(request):
        return _page(request, shop, str(_("Please wait a few minutes, or call the salon.")), 429)
    friend = _friend(request, shop)
    customer = None if friend is None else friend.customer_id
    nonce = request.session.setdefault("books", secrets.token_hex(8))
    wish = Wish(
        shop.id, service.id, at, customer_id=customer, staff_id=staff.id if staff else None, is_nominated=staff is not None,
        origin="line" if friend else "web", key=f"{nonce}:{service.id % 10**9}:{request.POST['at']}:{staff.id % 10**9 if staff else ''}",
    )  # fmt: skip
    try:
        row = actions.hold(shop, wish, via="line" if friend else VIA)
    except (Taken, NotOffered, NotAllowed) as no:
        return _page(request, shop, refusals.said(no), 409)
    page = telling.addresses(shop.organization_id, [row.id])[row.id]
    token = page.rstrip("/").rpartition("/")[2]
    if links.resolve(telling.PURPOSE, token) is None:
        raise Http404
    return HttpResponseRedirect(reverse("visit", args=[token]), status=303)


def _friend(request: HttpRequest, shop: Shop) -> LineFriend | None:
    """Who is here from inside LINE, as LINE itself said in this session; with a card from here on."""
    key = request.session.get(f"line:{shop.id}")
    friend = LineFriend.objects.filter(id=key, shop=shop).first() if key else None
    if friend is not None and friend.customer_id is None:
        friends.card_of(friend)
        friend.refresh_from_db()
    return friend


def _is_too_often(request: HttpRequest) -> bool:
    key = f"book:{request.META.get('REMOTE_ADDR', '')}"
    cache.add(key, 0, timeout=HOLDS_SECONDS)
    try:
        return cache.incr(key) > MOST_HOLDS
    except ValueError:  # its minutes ended between the two lines
        return False
