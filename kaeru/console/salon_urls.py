"""Addresses of the salon's settings."""

from django.urls import path

from kaeru.console import salon

urlpatterns = [
    path("settings/salon/", salon.salon, name="salon"),
    path("settings/salon/services/new/", salon.service, name="salon_service_new"),
    path("settings/salon/services/<int:service_id>/", salon.service, name="salon_service"),
    path("settings/salon/people/new/", salon.person, name="salon_person_new"),
    path("settings/salon/people/<int:resource_id>/", salon.person, name="salon_person"),
    path("settings/salon/chairs/new/", salon.place, name="salon_place_new"),
    path("settings/salon/chairs/<int:chair_id>/", salon.place, name="salon_place"),
    path("settings/salon/days/new/", salon.day, name="salon_day"),
    path("settings/salon/days/<int:exception_id>/usual/", salon.usual_day, name="salon_day_usual"),
    path("settings/salon/arrange/", salon.arrange, name="salon_arrange"),
]
