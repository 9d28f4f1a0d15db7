"""Addresses of the pages about openings, segments and broadcasts."""

from django.urls import path

from kaeru.console import broadcasts, openings, refill, segments

urlpatterns = [
    path("openings/", openings.listing, name="openings"),
    path("openings/new/", openings.new, name="opening_new"),
    path("openings/<int:opening_id>/", openings.detail, name="opening"),
    path("openings/<int:opening_id>/start/", openings.start, name="opening_start"),
    path("openings/<int:opening_id>/stop/", openings.stop, name="opening_stop"),
    path("segments/", segments.listing, name="segments"),
    path("segments/new/", segments.new, name="segment_new"),
    path("segments/begin/", segments.begin, name="segments_begin"),
    path("segments/earlier/", segments.earlier, name="segment_earlier"),
    path("segments/<int:segment_id>/", segments.segment, name="segment"),
    path("broadcasts/", broadcasts.listing, name="broadcasts"),
    path("broadcasts/new/", broadcasts.new, name="broadcast_new"),
    path("broadcasts/<int:broadcast_id>/", broadcasts.detail, name="broadcast"),
    path("settings/refill/", refill.refill, name="refill"),
]
