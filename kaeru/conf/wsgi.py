"""The web application, for gunicorn."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kaeru.conf.settings")
application = get_wsgi_application()
get_resolver().url_patterns  # noqa: B018  (imports every door now, not while the first visitors wait)
