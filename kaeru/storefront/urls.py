"""Addresses of the public pages: short, with an unguessable token."""

from django.urls import URLPattern, path

from kaeru.storefront.booking import booking
from kaeru.storefront.cancel import cancel
from kaeru.storefront.door import door
from kaeru.storefront.ical import feed
from kaeru.storefront.liff import liff
from kaeru.storefront.line_link import line_link
from kaeru.storefront.opening import opening
from kaeru.storefront.reorder import reorder
from kaeru.storefront.style import brand, logo
from kaeru.storefront.unsubscribe import unsubscribe
from kaeru.storefront.visit import visit

urlpatterns: list[URLPattern] = [
    path("c/<slug:token>", cancel, name="cancel"),
    path("o/<slug:public_key>/<str:token>", door, name="door"),
    path("r/<slug:token>", reorder, name="reorder"),
    path("u/<slug:token>", unsubscribe, name="unsubscribe"),
    path("v/<slug:token>/", visit, name="visit"),
    path("b/<slug:public_key>/", booking, name="book"),
    path("liff/<slug:public_key>/", liff, name="liff"),
    path("line/link/<str:token>/", line_link, name="line_link"),
    path("f/<slug:token>", opening, name="opening"),
    path("ical/<slug:token>.ics", feed, name="ical"),
    path("brand/<slug:public_key>.css", brand, name="brand"),
    path("brand/<slug:public_key>/<str:tag>", logo, name="logo"),
]
