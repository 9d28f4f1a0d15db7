"""Addresses of what prevents cancellations: late parcels, prices and stock, causes."""

from django.urls import path

from kaeru.console import mall_checks, mall_findings, mall_late, prevention

urlpatterns = [
    path("late/", mall_late.listing, name="late"),
    path("late/tell/", mall_late.tell, name="late_tell"),
    path("late/<int:notice_id>/pasted/", mall_late.pasted, name="late_pasted"),
    path("late/checks/", mall_checks.listing, name="checks"),
    path("late/checks/upload/", mall_checks.upload, name="check_upload"),
    path("late/checks/<int:discrepancy_id>/settle/", mall_checks.settle, name="check_settle"),
    path("standing/findings/", mall_findings.listing, name="findings"),
    path("standing/findings/<int:finding_id>/answer/", mall_findings.answer, name="finding_answer"),
    path("settings/prevention/", prevention.prevention, name="prevention"),
]
