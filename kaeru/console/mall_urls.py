"""Addresses of the mall pages."""

from django.urls import path

from kaeru.console import mall_standing

urlpatterns = [
    path("standing/", mall_standing.standing, name="standing"),
    path("standing/join/", mall_standing.join, name="standing_join"),
    path("standing/reading/", mall_standing.read, name="standing_read"),
    path("standing/seen/", mall_standing.note, name="standing_note"),
    path("standing/leave/", mall_standing.leave, name="standing_leave"),
]
