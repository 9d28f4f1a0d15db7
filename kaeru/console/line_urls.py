"""Addresses of the LINE settings."""

from django.urls import path

from kaeru.console import line

urlpatterns = [
    path("settings/line/", line.line, name="line"),
    path("settings/line/webhook/", line.point, name="line_point"),
    path("settings/line/look/", line.look, name="line_look"),
    path("settings/line/leave/", line.leave, name="line_leave"),
]
