"""Addresses of the phones and of the platform's API."""

from django.urls import path

from examples.line import views

app_name = "line"
urlpatterns = [
    path("", views.phones, name="phones"),
    path("api/<path:path>", views.api, name="api"),
    path("paint.css", views.paint, name="paint"),
    path("state", views.state, name="state"),
    path("dialog/bot/accountLink", views.link, name="link"),
    path("liff/<slug:liff_id>", views.liff, name="liff"),
    path("liff/<slug:liff_id>/<path:rest>", views.liff, name="liff"),
    path("<slug:bot>/quota", views.quota, name="quota"),
    path("<slug:bot>/<slug:user>/", views.chat, name="chat"),
    path("<slug:bot>/<slug:user>/bubbles", views.bubbles, name="bubbles"),
    path("<slug:bot>/<slug:user>/tap", views.tap, name="tap"),
    path("<slug:bot>/<slug:user>/friend", views.befriend, name="befriend"),
]
