"""Addresses of the calendar."""

from django.urls import path

from kaeru.console import calendar, calendar_feeds, calendar_leave, calendar_new, calendar_offer, calendar_visit

urlpatterns = [
    path("calendar/", calendar.calendar, name="calendar"),
    path("calendar/new/", calendar_new.new, name="calendar_new"),
    path("calendar/leave/", calendar_leave.leave, name="calendar_leave"),
    path("calendar/leave/<int:exception_id>/remove/", calendar_leave.remove, name="calendar_leave_remove"),
    path("calendar/block/", calendar_leave.block, name="calendar_block"),
    path("calendar/block/<int:block_id>/remove/", calendar.unblock, name="calendar_unblock"),
    path("calendar/offer/", calendar_offer.offer_time, name="calendar_offer"),
    path("calendar/clashes/", calendar_leave.clashes, name="calendar_clashes"),
    path("calendar/feeds/", calendar_feeds.feeds, name="calendar_feeds"),
    path("calendar/visits/<int:booking_id>/", calendar_visit.detail, name="visit"),
    path("calendar/visits/<int:booking_id>/move/", calendar_visit.move, name="visit_move"),
    path("calendar/visits/<int:booking_id>/tell/", calendar_visit.tell, name="visit_tell"),
    path("calendar/visits/<int:booking_id>/cancel/", calendar_visit.cancel, name="visit_cancel"),
    path("calendar/visits/<int:booking_id>/note/", calendar_visit.note, name="visit_note"),
    path("calendar/visits/<int:booking_id>/offer/", calendar_offer.offer_visit, name="visit_offer"),
    path("calendar/visits/<int:booking_id>/as-it-is/", calendar_visit.leave_as_is, name="visit_as_is"),
]
