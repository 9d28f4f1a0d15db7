"""Addresses of the inbox."""

from django.urls import path

from examples.inbox import views

app_name = "inbox"
urlpatterns = [
    path("", views.mails, name="mails"),
    path("<slug:key>/", views.mail, name="mail"),
    path("<slug:key>/body", views.body, name="body"),
    path("<slug:key>/source", views.source, name="source"),
]
