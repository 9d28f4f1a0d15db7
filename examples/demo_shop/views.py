"""The shop's pages: shelf, product, cart, last look before ordering, orders."""

import uuid
from datetime import timedelta
from urllib.parse import urlencode

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from examples.demo_shop import catalogue, clock, kaeru_client, orders, pricing, store
from examples.demo_shop.pricing import CartLine, Coupon
from examples.demo_shop.store import Buyer

CART = "kotori_cart"
PAYMENTS = ("card", "konbini", "bank")
USUAL, FAST = timedelta(days=4), timedelta(days=2)
"""From the order to the door."""


def _cart(request: HttpRequest) -> list[CartLine]:
    """The cart in the cookie; a cookie that somebody changed is an empty cart."""
    try:
        return pricing.read_items(signing.loads(request.COOKIES.get(CART, ""), salt=CART))
    except signing.BadSignature:
        return []


def _keep_cart(response: HttpResponse, lines: list[CartLine]) -> HttpResponse:
    response.set_cookie(CART, signing.dumps(pricing.write_items(lines), salt=CART), httponly=True, samesite="Lax")
    return response


def _coupon(code: str, lines: list[CartLine]) -> Coupon | None:
    return kaeru_client.check_coupon(code[:40], pricing.add_up(lines)) if code and lines else None


def _buyer(ref: str) -> Buyer:
    """Who is signed in: the sample customer, or whoever the re-order link was written to."""
    told = kaeru_client.reorder(ref) if ref else None
    purchase = store.purchase(told.order_id) if told else None
    found = store.buyer(purchase.buyer_id if purchase else "guest-" + (get_language() or "ja"))
    if found is None:
        raise Http404("run `kaeru demo` once: it fills the shop")
    return found


@require_safe
def shelf(request: HttpRequest) -> HttpResponse:
    """All products."""
    return render(request, "demo_shop/shelf.html", {"products": catalogue.PRODUCTS, "count": len(_cart(request))})


@require_safe
def product(request: HttpRequest, key: str) -> HttpResponse:
    """One product."""
    found = catalogue.product(key)
    if found is None:
        raise Http404
    return render(request, "demo_shop/product.html", {"product": found, "count": len(_cart(request))})


@require_http_methods(["GET", "HEAD", "POST"])
def cart(request: HttpRequest) -> HttpResponse:
    """The cart: the visitor's own, or the one that a link describes (`?items=&coupon=&ref=`)."""
    if request.method == "POST":
        lines = pricing.read_items(pricing.write_items(_cart(request)) + "," + request.POST.get("sku", "")[:40])
        return _keep_cart(HttpResponseRedirect(reverse("demo_shop:cart"), status=303), lines)
    ref = request.GET.get("ref", "")[:40]
    lines = pricing.read_items(request.GET["items"]) if "items" in request.GET else _cart(request)
    code = request.GET.get("coupon", "").strip()
    if ref and not lines:
        told = kaeru_client.reorder(ref)
        lines, code = (told.items, code or told.coupon) if told else ([], code)
    coupon = _coupon(code, lines)
    return render(
        request,
        "demo_shop/cart.html",
        {
            "lines": lines,
            "items": pricing.write_items(lines),
            "coupon": coupon,
            "total": pricing.add_up(lines, coupon),
            "ref": ref,
            "count": len(lines),
            "is_rebuilt": bool(ref),
        },
    )


@require_safe
def draft(request: HttpRequest, key: str) -> HttpResponse:
    """A cart that was made ready: straight to the last look, where it only needs to be paid."""
    found = store.draft(key)
    if found is None:
        raise Http404
    query = urlencode({"items": found.items, "ref": found.ref, "draft": found.id})
    return HttpResponseRedirect(reverse("demo_shop:checkout") + "?" + query)


@require_http_methods(["GET", "HEAD", "POST"])
def checkout(request: HttpRequest) -> HttpResponse:
    """The last look: what, how many, how much, how paid, when delivered, how cancelled. Only the POST orders."""
    form = request.POST if request.method == "POST" else request.GET
    lines, ref = pricing.read_items(form.get("items", "")), form.get("ref", "")[:40]
    if not lines:
        return HttpResponseRedirect(reverse("demo_shop:cart"), status=303)
    coupon, buyer = _coupon(form.get("coupon", "").strip(), lines), _buyer(ref)
    is_gone = False
    if request.method == "POST" and form.get("once") and form.get("payment") in PAYMENTS:
        code = coupon.code if coupon and not coupon.problem else ""
        elsewhere = " ".join(form.get("address", "").split())[:200] if form.get("deliver") == "elsewhere" else ""
        try:
            made = orders.place(
                buyer, lines, form["payment"], coupon_code=code, ref=ref, once=form["once"][:40], address=elsewhere
            )
        except orders.CouponGone as refusal:
            coupon, is_gone = Coupon(code, problem=str(refusal)), True
        else:
            response = HttpResponseRedirect(
                reverse("demo_shop:order", args=[made.id]) + "?" + urlencode({"new": 1}), status=303
            )
            response.delete_cookie(CART)
            return response
    kept = store.draft(form.get("draft", "")[:40])
    context = {
        "lines": lines,
        "items": pricing.write_items(lines),
        "coupon": coupon,
        "total": pricing.add_up(lines, coupon),
        "ref": ref,
        "buyer": buyer,
        "once": f"draft-{kept.id}" if kept else uuid.uuid4().hex,
        "draft": kept,
        "is_kept": bool(kept and kept.held_until and kept.held_until > clock.now()),
        "arrives": {"usual": clock.now() + USUAL, "fast": clock.now() + FAST},
        "count": len(lines),
    }
    return render(request, "demo_shop/checkout.html", context, status=409 if is_gone else 200)


@require_safe
def order(request: HttpRequest, purchase_id: str) -> HttpResponse:
    """One order, as its buyer sees it; with the link for cancelling that the order mail has, too."""
    purchase = store.purchase(purchase_id)
    buyer = store.buyer(purchase.buyer_id) if purchase else None
    if purchase is None or buyer is None:
        raise Http404
    can_cancel = purchase.cancelled_at is None and purchase.shipped_at is None
    context = {
        "order": purchase,
        "buyer": buyer,
        "cancel_address": kaeru_client.cancel_address(purchase.id) if can_cancel else "",
        "changes": store.changes_of(purchase.id),
        "is_new": "new" in request.GET,
        "told": request.GET.get("told", ""),
        "count": len(_cart(request)),
    }
    return render(request, "demo_shop/order.html", context)


@require_safe
def order_list(request: HttpRequest) -> HttpResponse:
    """The newest orders. A real shop shows each buyer only their own."""
    return render(request, "demo_shop/orders.html", {"orders": store.newest(40), "count": len(_cart(request))})


@require_POST
def staff(request: HttpRequest, purchase_id: str) -> HttpResponse:
    """The shop sends the parcel, says that it will be late, or cancels the order itself (buttons of the sample, to see what Kaeru makes of it)."""
    if request.POST.get("do") == "cancel":
        outcome = orders.cancel(purchase_id, reason="by_shop")
        kaeru_client.catch_up()
    elif request.POST.get("do") == "late":
        outcome = orders.tell_delay(purchase_id)
    else:
        outcome = orders.ship(purchase_id)
    if outcome == "unknown":
        raise Http404
    told = "?told=" + outcome if outcome in {"told", "untold", "held"} else ""
    return HttpResponseRedirect(reverse("demo_shop:order", args=[purchase_id]) + told, status=303)
