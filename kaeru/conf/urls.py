"""Every address of the installation, door by door."""

from django.conf import settings
from django.urls import include, path

from kaeru.api.urls import api_patterns, hook_patterns, probe_patterns

urlpatterns = [
    *probe_patterns,
    path("api/v1/", include(api_patterns)),
    path("hooks/", include(hook_patterns)),
    path("account/", include("allauth.urls")),
    path("", include("kaeru.storefront.urls")),
    path("", include("kaeru.console.urls")),
]
if settings.KAERU_DEMO:
    urlpatterns = [
        path("demo/shop/", include("examples.demo_shop.urls")),
        path("demo/inbox/", include("examples.inbox.urls")),
        path("demo/line/", include("examples.line.urls")),
        *urlpatterns,
    ]

handler400 = "kaeru.core.failures.bad_request"
handler403 = "kaeru.core.failures.forbidden"
handler404 = "kaeru.core.failures.not_found"
handler500 = "kaeru.core.failures.server_error"
