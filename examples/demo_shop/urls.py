"""Addresses of the shop."""

from django.urls import path

from examples.demo_shop import hooks, views

app_name = "demo_shop"
urlpatterns = [
    path("", views.shelf, name="shelf"),
    path("products/<slug:key>", views.product, name="product"),
    path("cart", views.cart, name="cart"),
    path("checkout", views.checkout, name="checkout"),
    path("drafts/<slug:key>", views.draft, name="draft"),
    path("orders", views.order_list, name="orders"),
    path("orders/<slug:purchase_id>", views.order, name="order"),
    path("orders/<slug:purchase_id>/staff", views.staff, name="staff"),
    path("hooks/kaeru", hooks.kaeru, name="hook"),
]
