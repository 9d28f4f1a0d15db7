"""Addresses of the desk."""

from django.urls import path

from kaeru.console import desk, desk_case, desk_shortages

urlpatterns = [
    path("desk/", desk.listing, name="desk"),
    path("desk/<int:case_id>/", desk_case.detail, name="case"),
    path("desk/<int:case_id>/decide/", desk_case.decide, name="case_decide"),
    path("desk/<int:case_id>/undo/", desk_case.undo, name="case_undo"),
    path("desk/<int:case_id>/take/", desk_case.take, name="case_take"),
    path("desk/<int:case_id>/assign/", desk_case.assign, name="case_assign"),
    path("desk/<int:case_id>/snooze/", desk_case.snooze, name="case_snooze"),
    path("desk/<int:case_id>/note/", desk_case.note, name="case_note"),
    path("desk/shortages/", desk_shortages.listing, name="shortages"),
    path("desk/shortages/new/", desk_shortages.new, name="new_shortage"),
    path("desk/shortages/<int:shortage_id>/", desk_shortages.detail, name="shortage"),
    path("settings/desk/", desk.how, name="desk_terms"),
]
