"""Addresses of the results."""

from django.urls import path

from kaeru.console import result_files, result_forms, results

urlpatterns = [
    path("results/", results.results, name="results"),
    path("results/costs/", result_forms.state, name="results_state"),
    path("results/sharing/", result_forms.share, name="results_share"),
    path("results/coupons/", result_forms.allow_coupons, name="results_coupons"),
    path("results/audit.csv", result_files.audit_file, name="results_audit"),
    path("results/<slug:name>.csv", result_files.table, name="results_table"),
]
