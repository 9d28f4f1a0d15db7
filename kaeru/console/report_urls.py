"""Addresses of the monthly report and the coupon planner."""

from django.urls import path

from kaeru.console import coupon_planner, reports

urlpatterns = [
    path("results/planner/", coupon_planner.planner_page, name="planner"),
    path("results/reports/", reports.last, name="reports"),
    path("results/reports/<slug:month>/", reports.month, name="report"),
    path("results/reports/<slug:month>/pdf/", reports.file, name="report_pdf"),
    path("settings/report/", reports.terms, name="report_terms"),
]
