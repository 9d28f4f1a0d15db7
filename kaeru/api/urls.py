"""Addresses of the API door."""

from django.urls import URLPattern, URLResolver

api_patterns: list[URLPattern | URLResolver] = []
hook_patterns: list[URLPattern | URLResolver] = []
probe_patterns: list[URLPattern | URLResolver] = []
