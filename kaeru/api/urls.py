"""Addresses of the API door."""

from django.urls import URLPattern, URLResolver, path

from kaeru.api import probes
from kaeru.api.hooks import app_hook, hook
from kaeru.api.line_hook import line_hook
from kaeru.api.v1.api import patterns
from kaeru.channels.mail.hooks import mail_hook_patterns

api_patterns: list[URLPattern | URLResolver] = patterns()
hook_patterns: list[URLPattern | URLResolver] = [
    *mail_hook_patterns,
    path("line/<slug:public_key>", line_hook, name="line_hook"),
    path("<slug:source>/<slug:public_key>", hook, name="hook"),
    path("<slug:source>", app_hook, name="app_hook"),
]
probe_patterns: list[URLPattern | URLResolver] = [
    path("healthz", probes.healthz, name="healthz"),
    path("readyz", probes.readyz, name="readyz"),
    path("metrics", probes.metrics_page, name="metrics"),
]
