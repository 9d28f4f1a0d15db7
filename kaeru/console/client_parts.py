"""What the pages about a salon's clients have in common: which salon, which client, where their pages are."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from kaeru.appointments.salons.models import Service
from kaeru.console import client_words
from kaeru.console.calendar_pages import NoSalon, salon_shop
from kaeru.console.doors import Visit, show
from kaeru.customers.models import Customer
from kaeru.tenants.models import Shop, ShopKind

HERE = "clients"
SalonPage = Callable[..., HttpResponse]


def of_salon(view: SalonPage) -> SalonPage:
    """The view of a page about a salon gets it as `shop`; who asked for no shop in particular is led to the first salon."""

    @wraps(view)
    def found(request: HttpRequest, visit: Visit, **kwargs: Any) -> HttpResponse:
        try:
            shop = salon_shop(request, visit)
        except NoSalon as other:
            return redirect(other.to)
        return view(request, visit, shop=shop, **kwargs)

    return found


def address(name: str, shop: Shop, visit: Visit, *parts: object) -> str:
    """Of a page of this salon."""
    slug = f"?shop={shop.slug}" if len(visit.shops) > 1 else ""
    return reverse(f"console:{name}", args=parts or None) + slug


def client(customer_id: int) -> Customer:
    """The client; 404 for who is not in this organization, or no salon's client."""
    found = Customer.objects.select_related("shop").filter(id=customer_id).first()
    if found is None or found.shop.kind != ShopKind.SALON:
        raise Http404
    return found


def service_names(shop: Shop) -> dict[int, str]:
    """What the salon's services are called in the reader's language, those no longer offered included."""
    return client_words.names_of(Service.objects.filter(shop=shop).values_list("id", "name", "name_en"))


def show_form(
    request: HttpRequest, visit: Visit, template: str, who: Customer, form: forms.Form, **more: Any
) -> HttpResponse:
    """A form about one client, with the way back to their card; 422 when something is to be put right."""
    context = {
        "form": form,
        "shop": who.shop,
        "who": visit.person(who.name),
        "up": address("client", who.shop, visit, who.id),
        **more,
    }
    return show(request, visit, template, HERE, context, 422 if form.errors else 200)
